"""Local settings of this deployment, from cdk8s-airflow.

Takes over what the platform's own settings define (`user_settings` beside this file) and what the image brings in its
`config/airflow_local_settings.py`, and hardens the pods that tasks start, where these leave something open, so that
the Pod Security level `restricted` admits them.
"""

import importlib.util
import os

_HERE = os.path.dirname(os.path.abspath(__file__))


def _load(path):
    """The public names of a settings file, as Airflow reads them; nothing where there is no such file."""
    if not os.path.isfile(path):
        return {}
    spec = importlib.util.spec_from_file_location("airflow_local_settings_" + os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("__")]
    return {name: getattr(module, name) for name in names}


_image = _load(os.path.join(os.path.dirname(_HERE), "airflow_local_settings.py"))
_user = _load(os.path.join(_HERE, "user_settings.py"))
_settings = {**_image, **_user}
globals().update(_settings)
__all__ = sorted({*_settings, "pod_mutation_hook"})


def _harden(pod):
    """Fills in what `restricted` demands and the pod does not say; what it does say stays."""
    from kubernetes.client import models as k8s

    spec = pod.spec
    if spec.security_context is None:
        spec.security_context = k8s.V1PodSecurityContext()
    if spec.security_context.run_as_non_root is None:
        spec.security_context.run_as_non_root = True
    if spec.security_context.seccomp_profile is None:
        spec.security_context.seccomp_profile = k8s.V1SeccompProfile(type="RuntimeDefault")
    for container in [*(spec.init_containers or []), *(spec.containers or [])]:
        context = container.security_context = container.security_context or k8s.V1SecurityContext()
        if context.allow_privilege_escalation is None:
            context.allow_privilege_escalation = False
        if context.capabilities is None:
            context.capabilities = k8s.V1Capabilities(drop=["ALL"])
        elif context.capabilities.drop is None:
            context.capabilities.drop = ["ALL"]
        if container.name == "airflow-xcom-sidecar" and context.run_as_user is None and spec.security_context.run_as_user is None:
            context.run_as_user = 65534  # its image runs as root


def pod_mutation_hook(pod):
    for settings in (_image, _user):
        if "pod_mutation_hook" in settings:
            settings["pod_mutation_hook"](pod)
    _harden(pod)
