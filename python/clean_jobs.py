"""Deletes old Jobs of an Airflow: clean_jobs.py OPTIONS, a JSON of `instance`, `namespace`, `retention` (seconds), `keep` and `dryRun`.

The name of a Job ends with the hash of its pod, so each change leaves a Job. The Jobs of `keep`, which the YAML has, stay, as do the
newest Job of each component, Jobs that have not ended, and those of CronJobs, which have limits of their own.
"""

import re
import sys

import housekeeping

HASHED = re.compile(r"-[0-9a-f]{6}$")


def ended_at(job):
    """When the Job succeeded or failed; None where it has done neither."""
    status = job.get("status", {})
    for condition in status.get("conditions") or []:
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return housekeeping.moment(condition.get("lastTransitionTime") or job["metadata"]["creationTimestamp"])
    return None


def component(job):
    return job["metadata"].get("labels", {}).get("app.kubernetes.io/component")


def newest(jobs):
    found = {}
    for job in jobs:
        there = found.get(component(job))
        if there is None or there["metadata"]["creationTimestamp"] <= job["metadata"]["creationTimestamp"]:
            found[component(job)] = job
    return {job["metadata"]["uid"] for job in found.values()}


def main(kubernetes, options):
    path = f"/apis/batch/v1/namespaces/{options['namespace']}/jobs"
    selector = f"app.kubernetes.io/instance={options['instance']},app.kubernetes.io/managed-by=cdk8s-airflow"
    jobs = list({job["metadata"]["uid"]: job for job in kubernetes.list(path, selector)}.values())
    own = [job for job in jobs if not job["metadata"].get("ownerReferences") and HASHED.search(job["metadata"]["name"])]
    kept, deleted = newest(own), 0
    for job in own:
        name, ended = job["metadata"]["name"], ended_at(job)
        if job["metadata"]["uid"] in kept or name in options["keep"] or housekeeping.stuck(kubernetes, job):
            continue
        if ended is not None and housekeeping.is_old(kubernetes, ended, options["retention"]):
            if options["dryRun"] or kubernetes.delete(path, job, "Background"):
                deleted += 1
                print(f"{'would delete' if options['dryRun'] else 'deleted'} {name}", flush=True)
    print(f"{'would delete' if options['dryRun'] else 'deleted'} {deleted} Jobs", flush=True)


if __name__ == "__main__":
    main(housekeeping.Kubernetes(), housekeeping.options())
