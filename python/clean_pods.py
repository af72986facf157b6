"""Deletes old pods of tasks: clean_pods.py OPTIONS, a JSON of `instance`, `namespaces`, `finished`, `orphans` (seconds, or null) and `dryRun`.

`airflow kubernetes cleanup-pods` deletes the pods of every Airflow in the namespace, also those that are Pending because a node is being
added, and finds no pod that still runs. This script deletes only pods that the executor of this Airflow has made: those that have finished,
and orphans. An orphan is a pod whose scheduler is gone and whose task is over in the database.
"""

import datetime
import sys

import housekeeping

HEARTBEAT = 300  # seconds since the last heartbeat of a scheduler that still lives
FINISHED = ("success", "failed", "skipped", "upstream_failed", "removed")


class Tasks(housekeeping.Database):
    """What the metadata database knows of schedulers and tasks."""

    def __init__(self):
        super().__init__("job", "task_instance")

    def schedulers(self):
        """The ids of the schedulers that live."""
        alive = housekeeping.in_column(self.now - datetime.timedelta(seconds=HEARTBEAT), self.engine)
        job = self.tables["job"].c
        statement = self.sa.select(job.id).where(job.job_type == "SchedulerJob", job.state == "running", job.latest_heartbeat > alive)
        with self.reading() as connection:
            return {str(row[0]) for row in connection.execute(statement)}

    def is_over(self, annotations):
        """Whether Airflow no longer waits for this try of a task. None where the pod does not say which task it is."""
        try:
            key = {name: annotations[name] for name in ("dag_id", "task_id", "run_id")}
            index, number = int(annotations.get("map_index", -1)), int(annotations["try_number"])
        except (KeyError, ValueError):
            return None
        columns = self.tables["task_instance"].c
        row = self.first(self.sa.select(columns.state, columns.try_number).where(
            *[columns[name] == value for name, value in key.items()], columns.map_index == index))
        return row is None or row[0] in FINISHED or row[1] > number


def finished_at(pod):
    """When the last container of a pod ended."""
    status = pod.get("status", {})
    states = [one.get("state", {}).get("terminated") or {} for kind in ("containerStatuses", "initContainerStatuses") for one in status.get(kind) or []]
    times = [state["finishedAt"] for state in states if state.get("finishedAt")]
    times = times or [one["lastTransitionTime"] for one in status.get("conditions") or [] if one.get("lastTransitionTime")]
    return max(housekeeping.moment(time) for time in times or [pod["metadata"]["creationTimestamp"]])


class Cleaner:
    def __init__(self, kubernetes, options, tasks=Tasks):
        self.kubernetes, self.options, self.tasks = kubernetes, options, tasks
        self.schedulers = None
        self.deleted = {"finished": 0, "orphaned": 0}

    def run(self):
        selector = f"kubernetes_executor=True,app.kubernetes.io/instance={self.options['instance']},app.kubernetes.io/component=task"
        for namespace in self.options["namespaces"]:
            path = f"/api/v1/namespaces/{namespace}/pods"
            for pod in self.kubernetes.list(path, selector):
                kind = None if housekeeping.stuck(self.kubernetes, pod) else self.kind(pod)
                if kind and (self.options["dryRun"] or self.kubernetes.delete(path, pod)):
                    self.deleted[kind] += 1
        would = "would delete" if self.options["dryRun"] else "deleted"
        print(f"{would} {self.deleted['finished']} finished and {self.deleted['orphaned']} orphaned pods", flush=True)

    def kind(self, pod):
        """What makes the pod one to delete; None for a pod that stays."""
        finished, orphans = self.options["finished"], self.options["orphans"]
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return "finished" if finished is not None and housekeeping.is_old(self.kubernetes, finished_at(pod), finished) else None
        created = housekeeping.moment(pod["metadata"]["creationTimestamp"])
        if orphans is None or not housekeeping.is_old(self.kubernetes, created, orphans):
            return None
        if self.schedulers is None:
            self.tasks = self.tasks()
            self.schedulers = self.tasks.schedulers()
        scheduler = pod["metadata"].get("labels", {}).get("airflow-worker")
        if scheduler is None or scheduler in self.schedulers:
            return None
        return "orphaned" if self.tasks.is_over(pod["metadata"].get("annotations", {})) else None


if __name__ == "__main__":
    sys.exit(Cleaner(housekeeping.Kubernetes(), housekeeping.options()).run())
