"""Stands in for kube-state-metrics 2.18, and at /targets for the discovery of Services by Prometheus, where a node has no images of them."""

import http.server
import json
import re
import sys

from kubernetes import client, config

NAMESPACE, *MORE = sys.argv[1:]
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
config.load_incluster_config()
core, apps, batch = client.CoreV1Api(), client.AppsV1Api(), client.BatchV1Api()


def pods():
    for pod in core.list_namespaced_pod(NAMESPACE).items:
        own = {"pod": pod.metadata.name, "uid": pod.metadata.uid}
        owner = (pod.metadata.owner_references or [None])[0]
        yield "pod_info", {**own, "created_by_kind": owner.kind if owner else "", "created_by_name": owner.name if owner else ""}, 1
        yield "pod_created", own, pod.metadata.creation_timestamp.timestamp()
        yield from (("pod_status_phase", {**own, "phase": phase}, int(pod.status.phase == phase)) for phase in PHASES)
        for condition in pod.status.conditions or []:
            if condition.type == "PodScheduled" and condition.status == "False":
                yield "pod_status_unschedulable", own, 1
        for kind, statuses in (("container", pod.status.container_statuses), ("init_container", pod.status.init_container_statuses)):
            for status in statuses or []:
                named = {**own, "container": status.name}
                yield f"pod_{kind}_status_ready", named, int(status.ready)
                if status.state.waiting:
                    yield f"pod_{kind}_status_waiting_reason", {**named, "reason": status.state.waiting.reason}, 1


def workloads():
    for deployment in apps.list_namespaced_deployment(NAMESPACE).items:
        own = {"deployment": deployment.metadata.name}
        yield "deployment_spec_replicas", own, deployment.spec.replicas
        yield "deployment_status_replicas_available", own, deployment.status.available_replicas or 0
    for stateful_set in apps.list_namespaced_stateful_set(NAMESPACE).items:
        own = {"statefulset": stateful_set.metadata.name}
        yield "statefulset_replicas", own, stateful_set.spec.replicas
        yield "statefulset_status_replicas_ready", own, stateful_set.status.ready_replicas or 0
    for job in batch.list_namespaced_job(NAMESPACE).items:
        own = {"job_name": job.metadata.name}
        yield "job_status_active", own, job.status.active or 0
        for condition in job.status.conditions or []:
            if condition.type == "Failed":
                for value in ("true", "false", "unknown"):
                    yield "job_failed", {**own, "condition": value}, int(condition.status.lower() == value)


def line(name, labels, value):
    text = ",".join(f'{label}="{text}"' for label, text in {"namespace": NAMESPACE, **labels}.items())
    return f"kube_{name}{{{text}}} {value}\n"


def targets():
    for namespace in (NAMESPACE, *MORE):
        services = {service.metadata.name: service for service in core.list_namespaced_service(namespace).items}
        for endpoints in core.list_namespaced_endpoints(namespace).items:
            service = services.get(endpoints.metadata.name)
            annotations = (service.metadata.annotations if service else None) or {}
            meta = {"namespace": namespace, "service_name": endpoints.metadata.name}
            meta |= {"service_annotation_" + re.sub(r"\W", "_", name): value for name, value in annotations.items()}
            labels = {f"__meta_kubernetes_{name}": value for name, value in meta.items()}
            for subset in endpoints.subsets or []:
                addresses = (subset.addresses or []) + (subset.not_ready_addresses or [])
                yield {"targets": [f"{address.ip}:{port.port}" for address in addresses for port in subset.ports or []], "labels": labels}


def answer(path):
    if path == "/livez":
        return "text/plain", "ok"
    if path == "/targets":
        return "application/json", json.dumps(list(targets()))
    return "text/plain", "".join(line(*sample) for samples in (pods, workloads) for sample in samples())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body = answer(self.path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
