"""The task pods of this deployment: kinds of pods that its platform offers to tasks. From cdk8s-airflow.

    from airflow_task_pods import gpu

    @task(executor_config=gpu())
    @task(executor_config=gpu(memory="64Gi"))        # tuned, as far as the platform allows
    @task(**gpu.task())                              # names the executor, or its queue, as well
    KubernetesPodOperator(task_id="train", **gpu.pod_operator())

`help(gpu)` tells about one, `python -m airflow_task_pods list` about all, and `python -m airflow_task_pods check dags`
checks the files of DAGs, without Airflow and without a cluster.
"""

# Underscored, so that `from airflow_task_pods import copy` asks for the profile of that name.
import copy as _copy
import difflib as _difflib
import json as _json
import os as _os
import re as _re
from fractions import Fraction as _Fraction

_UNITS = {None: _Fraction(1), **{unit: _Fraction(1, 1000**power) for power, unit in enumerate("mun", 1)}}
_UNITS.update({unit: _Fraction(1000**power) for power, unit in enumerate("kMGTPE", 1)})
_UNITS.update({f"{unit}i": _Fraction(1024**power) for power, unit in enumerate("KMGTPE", 1)})
_QUANTITY = _re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?")
_RESOURCES = {"cpu": "cpu", "memory": "memory", "ephemeral_storage": "ephemeral-storage", "gpus": None}


def _parse(text):
    """The value, the unit and the exponent of a quantity of Kubernetes; None where the text is none."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        return None
    number, unit, exponent = found.groups()
    return _Fraction(number) * _UNITS[unit] * _Fraction(10) ** int(exponent or 0), unit, exponent


def _cpu(call, value):
    """The text for a number of CPUs, and their number."""
    parsed = _parse(str(value))  # the text of a float is short and exact, that of a bool is no quantity
    if not parsed:
        raise ValueError(f"{call} is no quantity; write a number of CPUs, such as 2, 0.5 or '500m'")
    millis = parsed[0] * 1000
    if millis.denominator != 1:
        raise ValueError(f"{call} is finer than Kubernetes takes it; write whole thousandths of a CPU, such as '250m'")
    if isinstance(value, str):
        return value, parsed[0]
    return f"{parsed[0]}" if parsed[0].denominator == 1 else f"{millis}m", parsed[0]


def _bytes(call, value):
    """The text for an amount of memory or storage, and its bytes."""
    parsed = _parse(str(value))
    if not parsed or parsed[1] in ("m", "u", "n"):
        raise ValueError(f"{call} is no quantity of bytes; write a number with a unit, such as '16Gi' or '512Mi'")
    if not isinstance(value, str) or parsed[1:] == (None, None):
        raise ValueError(f"{call} has no unit and would be bytes; write text with a unit, such as '16Gi' or '512Mi'")
    return value, parsed[0]


def _count(call, value):
    """The text for a number of devices, and the number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{call} is no whole number; write one such as 1")
    return str(value), value


def _missing(kind, name, known):
    """What to say about a name that this deployment does not know."""
    close = _difflib.get_close_matches(name, known, 1)
    there = f", which has: {', '.join(known)}" if known else ", which has none"
    return f"no {kind} '{name}' in this deployment{there}" + (f"; did you mean '{close[0]}'?" if close else "")


def _words(resources):
    """Requests and limits for people."""
    listed = {kind: ", ".join(f"{name} {amount}" for name, amount in sorted(amounts.items())) for kind, amounts in resources.items()}
    return "; ".join(f"{kind} {listed[kind]}" for kind in ("requests", "limits") if listed.get(kind)) or "no requests and no limits"


def _with_base(pod, resources):
    """A copy of a pod whose first container is that of the task, with these resources unless None."""
    pod = _copy.deepcopy(pod)
    containers = pod.setdefault("spec", {}).setdefault("containers", [])
    if not containers:
        containers.append({})
    containers[0].setdefault("name", "base")
    if resources is not None:
        containers[0]["resources"] = resources
    return pod


def _model(call, pod):
    """A V1Pod, made as Airflow makes those of its templates."""
    try:
        from kubernetes.client import ApiClient, Configuration
        from kubernetes.client.models import V1Pod
    except ImportError as error:
        what = f"{call} makes a pod with the package 'kubernetes', which is not installed"
        raise ImportError(f"{what} ({error}); install apache-airflow-providers-cncf-kubernetes") from error
    # A configuration of its own: that of a process in a cluster has a hook, with which the pod could not be pickled.
    return ApiClient(configuration=Configuration())._ApiClient__deserialize_model(pod, V1Pod)


class TaskPod:
    """A kind of pod that the platform offers to tasks."""

    def __init__(self, name, profile, executor, queue):
        self._name = name
        self._profile = profile
        self._executor = executor
        self._queue = queue
        self._limits = {keyword: profile["limits"][keyword] for keyword in _RESOURCES if keyword in profile["limits"]}
        resources = _words(profile["resources"])
        about = [f"{profile['description']}\n"] if profile.get("description") else []
        self.__doc__ = "\n".join([*about, f"{resources[0].upper()}{resources[1:]}.", f"A task may set{self._allowed()}."])

    def __repr__(self):
        return f"airflow_task_pods.{self._name}"

    def __call__(self, **tuning):
        """The `executor_config` of a task."""
        self._check_executor()
        profile, resources = self._profile, self._tuned(tuning)
        config = {"pod_template_file": profile["templateFile"]} if "templateFile" in profile else {}
        if "override" in profile or resources is not None:
            config["pod_override"] = _model(f"{self._name}()", _with_base(profile.get("override", {}), resources))
        return config

    def task(self, **tuning):
        """The arguments of a task: its executor, or the queue that chooses it, and its `executor_config`."""
        chosen = {"executor": self._executor} if self._queue is None else {"queue": self._queue}
        return {**chosen, "executor_config": self(**tuning)}

    def pod_operator(self, **tuning):
        """The arguments of a KubernetesPodOperator, which runs an image of its own in such a pod."""
        arguments = {"pod_template_dict": _with_base(self._profile["operatorPod"], self._tuned(tuning))}
        if "startTimeout" in self._profile:  # the operator waits by itself, for 2 minutes unless told otherwise
            arguments["startup_timeout_seconds"] = self._profile["startTimeout"]
        return arguments

    def _allowed(self):
        """What a task may set, after those words."""
        limits = ", ".join(f"{keyword} (up to {limit})" for keyword, limit in self._limits.items())
        return f": {limits}" if limits else " no keyword, since the platform set no limits for tuning"

    def _check_executor(self):
        if self._executor is None:
            ignored = f"so the executor_config of {self._name}() would be ignored"
            raise RuntimeError(f"no executor of this deployment starts pods for tasks, {ignored}; use {self._name}.pod_operator() instead")

    def _check_keyword(self, keyword):
        if keyword not in self._limits:
            allowed = f"a task may set{self._allowed()}" if self._limits else self._allowed().strip()
            raise TypeError(f"{self._name}() takes no '{keyword}'; {allowed}")

    def _text(self, keyword, value):
        """The text for a value that the platform allows, and its number."""
        self._check_keyword(keyword)
        call, limit = f"{self._name}({keyword}={value!r})", self._limits[keyword]
        text, number = {"cpu": _cpu, "gpus": _count}.get(keyword, _bytes)(call, value)
        if number <= 0:
            raise ValueError(f"{call} must be more than 0; this deployment allows up to {limit}")
        if number > _parse(str(limit))[0]:
            raise ValueError(f"{call} is beyond the {limit} that this deployment allows; ask for less, or for another profile")
        return text, number

    def _tuned(self, tuning):
        """All resources of the task's container, since Airflow replaces them as a whole; None where nothing is tuned."""
        if not tuning:
            return None
        texts = {keyword: self._text(keyword, value) for keyword, value in tuning.items()}
        requests, limits = ({**self._profile["resources"].get(kind, {})} for kind in ("requests", "limits"))
        for keyword, (text, number) in texts.items():
            if keyword == "cpu":
                requests["cpu"] = text
                if "cpu" in limits and _parse(str(limits["cpu"]))[0] < number:
                    limits["cpu"] = text
                continue
            resource = _RESOURCES[keyword] or self._profile["gpuResource"]
            limits[resource] = text
            if keyword != "gpus" or resource in requests:
                requests[resource] = text
        return {kind: amounts for kind, amounts in (("requests", requests), ("limits", limits)) if amounts}


with open(_os.path.join(_os.path.dirname(_os.path.abspath(__file__)), "profiles.json"), encoding="utf-8") as _file:
    _deployment = _json.load(_file)
_pods = {name: TaskPod(name, profile, _deployment.get("executor"), _deployment.get("queue")) for name, profile in _deployment["profiles"].items()}
__all__ = sorted(_pods)


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    if name in _pods:
        return _pods[name]
    # `from airflow_task_pods import name` would hide the message of an AttributeError.
    raise ImportError(_missing("task pod", name, __all__))


def __dir__():
    return sorted([*__all__, "TaskPod", *(name for name in globals() if name.startswith("__"))])
