"""Local settings of this deployment, from cdk8s-airflow.

Takes over what the platform's own settings define (`user_settings` beside this file) and what the image brings in its
`config/airflow_local_settings.py`, and hardens the pods that tasks start, where these leave something open, so that
the Pod Security level of their namespace admits them.
"""

import importlib.util
import os
import re
import sys

XCOM_SIDECAR_USER = 65534  # its image runs as root; None where the namespace gives every pod its user
LEVELS = {}  # the Pod Security level of a namespace, where it is another than `restricted`
CELERY_HEARTBEAT = "/tmp/celery-heartbeat"
SCRIPTS = "/opt/cdk8s-airflow"
_HERE = os.path.dirname(os.path.abspath(__file__))


def _import(path):
    spec = importlib.util.spec_from_file_location("airflow_local_settings_" + os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _load(path):
    """The public names of a settings file, as Airflow reads them; nothing where there is no such file."""
    if not os.path.isfile(path):
        return {}
    module = _import(path)
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    return {name: getattr(module, name) for name in names}


_image = _load(os.path.join(os.path.dirname(_HERE), "airflow_local_settings.py"))
_user = _load(os.path.join(_HERE, "user_settings.py"))
_settings = {**_image, **_user}
# Beside this file where a server has a certificate: new connections follow its files.
_load(os.path.join(_HERE, "tls_files.py"))
# For the API server and the webserver: headers that browsers obey.
_load(os.path.join(_HERE, "response_headers.py"))
# For the API server: its clients leave it before it ends.
_load(os.path.join(_HERE, "drain.py"))
# Airflow 2 with OpenTelemetry: what it sends says in which form it is.
_load(os.path.join(_HERE, "otlp_content_type.py"))
globals().update(_settings)
__all__ = sorted({*_settings, "pod_mutation_hook"})

if os.environ.get("CDK8S_AIRFLOW_GUARD"):  # an API server that serves both users and tasks
    from airflow_local_settings import execution_guard

    execution_guard.install()


def _get(context, model, name):
    """A field of a security context, which operators take as a model or as a dict in the names of the API."""
    return context.get(model.attribute_map[name]) if isinstance(context, dict) else getattr(context, name, None)


def _fill(context, model, **defaults):
    """The security context with what it leaves open; the given one may be shared by several pods and is left alone."""
    import copy

    context = copy.copy(context) if context else model()
    for name, value in defaults.items():
        if _get(context, model, name) is not None:
            continue
        if isinstance(context, dict):
            context[model.attribute_map[name]] = value
        else:
            setattr(context, name, value)
    return context


def _level(pod):
    """What to fill in: nothing where the namespace enforces nothing, or where the fields are not those of Linux."""
    windows = getattr(getattr(pod.spec, "os", None), "name", None) == "windows"
    return "privileged" if windows else LEVELS.get(getattr(getattr(pod, "metadata", None), "namespace", None), "restricted")


def _open(context, model):
    """What a container leaves open of what `restricted` demands; nothing that would contradict what it says itself."""
    capabilities = _get(context, model, "capabilities") or {}
    added = {name.upper().removeprefix("CAP_") for name in (capabilities.get("add") if isinstance(capabilities, dict) else capabilities.add) or []}
    # Kubernetes refuses the first beside SYS_ADMIN, and without what the others have by default those that are added are of no use.
    escalation = {} if "SYS_ADMIN" in added else {"allow_privilege_escalation": False}
    return {**escalation, "drop": ["ALL"] if added <= {"NET_BIND_SERVICE"} else None}


def _harden(pod):
    """Fills in what `restricted` demands and the pod does not say; what it does say stays, and is not contradicted."""
    from kubernetes.client import models as k8s

    level = _level(pod)
    if level == "privileged":
        return
    spec, pods, containers = pod.spec, k8s.V1PodSecurityContext, k8s.V1SecurityContext
    made = [*(spec.init_containers or []), *(spec.containers or [])]
    own = [container.security_context or {} for container in made]
    users = [_get(spec.security_context or {}, pods, "run_as_user"), *(_get(context, containers, "run_as_user") for context in own)]
    # A privileged container, such as docker:dind, is root without saying so.
    root = 0 in users or any(_get(context, containers, "privileged") for context in own)
    restricted = level == "restricted"
    spec.security_context = _fill(spec.security_context, pods, seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
                                  **({"run_as_non_root": True} if restricted and not root else {}))
    for container in made:
        sidecar = container.name == "airflow-xcom-sidecar"
        if _get(container.security_context or {}, containers, "privileged") or not (restricted or sidecar):
            continue
        defaults = _open(container.security_context or {}, containers)
        drop = defaults.pop("drop")
        context = _fill(container.security_context, containers, capabilities=k8s.V1Capabilities(), **defaults)
        if drop:
            capabilities = _fill(_get(context, containers, "capabilities"), k8s.V1Capabilities, drop=drop)
            if isinstance(context, dict):
                context["capabilities"] = capabilities
            else:
                context.capabilities = capabilities
        if sidecar:
            user = {} if XCOM_SIDECAR_USER is None or _get(spec.security_context, pods, "run_as_user") is not None else {"run_as_user": XCOM_SIDECAR_USER}
            context = _fill(context, containers, read_only_root_filesystem=True, **user)
        container.security_context = context


def _name_sessions():
    """By what name the database knows the sessions of this process, unless the connection says it: its command, and its pod."""
    command = [word for word in sys.argv[1:3] if re.fullmatch(r"[a-z-]*[a-z]", word) and not word.startswith("-")]
    if os.path.basename(sys.argv[0]) == "airflow" and command:
        os.environ.setdefault("PGAPPNAME", f"{'-'.join(command)}@{os.uname().nodename}"[:63])


def _prepare_worker():
    from celery.signals import heartbeat_sent, worker_init, worker_ready

    heartbeat_sent.connect(_touch)
    worker_init.connect(_know_both_names)
    worker_ready.connect(_know_consumer)


_consumer = None


def _know_consumer(sender, **_):
    global _consumer
    _consumer = sender


def _works():
    """Whether a Celery worker takes tasks, or has some: one whose consumer was cancelled sends heartbeats all the same."""
    from celery.worker import state

    tasks = getattr(_consumer, "task_consumer", None)
    takes = tasks is not None and any(tasks.consuming_from(queue.name) for queue in tasks.queues)
    return _consumer is None or takes or bool(state.reserved_requests)


def _touch(**_):
    """Lets the probe of a Celery worker see its heartbeats: celery_heartbeat.py looks at the file."""
    if _works():
        with open(CELERY_HEARTBEAT, "w"):
            pass
    else:
        print("this worker takes tasks from no queue, and has none; unless that ends, its probe restarts it", file=sys.stderr, flush=True)


def _know_both_names(sender, **_):
    """Under Airflow 2 the provider celery 3.17 sends tasks by a shorter name than its workers know them by."""
    tasks = sender.app.tasks
    full = "airflow.providers.celery.executors.celery_executor_utils.execute_command"
    if full in tasks:
        tasks.setdefault("execute_command", tasks[full])


def _complete_connections():
    """Adds to each connection of SQLAlchemy to the metadata database what its URL does not say."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    database_url, database_token = _import(f"{SCRIPTS}/database_url.py"), _import(f"{SCRIPTS}/database_token.py")

    @event.listens_for(Engine, "do_connect")
    def complete(dialect, _record, _arguments, parameters):
        if database_url.is_ours(parameters):
            database_url.complete(dialect.driver, parameters)
            if database_token.wanted():
                parameters["password"] = database_token.password(dialect)


_name_sessions()
if {"AIRFLOW_DATABASE_CONNECT_TIMEOUT", "AIRFLOW_DATABASE_POOLED", "AIRFLOW_DATABASE_TOKEN_SOURCE"} & os.environ.keys():
    _complete_connections()
if [os.path.basename(sys.argv[0]), *sys.argv[1:3]] == ["airflow", "celery", "worker"]:
    _prepare_worker()


def _restore(pod):
    """The executor of old providers (before 10.5) loses what is false in the pod template, and Kubernetes takes it for true."""
    if "kubernetes_executor" in ((pod.metadata and pod.metadata.labels) or {}):
        for name in ("automount_service_account_token", "enable_service_links"):
            if getattr(pod.spec, name, None) is None:
                setattr(pod.spec, name, False)


def pod_mutation_hook(pod):
    _restore(pod)
    for settings in (_image, _user):
        if "pod_mutation_hook" in settings:
            settings["pod_mutation_hook"](pod)
    _harden(pod)
