#!/usr/bin/env python3
"""Records what Airflow's own code makes of the task pods that `npm run golden` hands over.

    python3 test/golden/record.py RELEASE JOB ANSWER [--cache DIR]

Makes or reuses an environment of that release with its provider for Kubernetes, as data/generate.py does, and runs
itself in it. JOB is a folder with `job.json` (see main.ts) and a folder per case: what a container of Airflow would have
at AIRFLOW_HOME.
"""

import argparse
import importlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = {"dag_id": "golden", "task_id": "task", "try_number": 1, "run_id": "manual", "map_index": 3}


def answer(job: Path) -> dict:
    """Runs inside a release's environment: what its Airflow makes of each case."""
    from importlib.metadata import version

    versions = {name: version(name) for name in ("apache-airflow", "apache-airflow-providers-cncf-kubernetes", "kubernetes")}
    told = json.loads((job / "job.json").read_text())
    return {
        "versions": versions,
        "taskPods": [task_pod(case, job / case["folder"]) for case in told["taskPods"]],
        "merges": [merge(case) for case in told["merges"]],
    }


def task_pod(case: dict, home: Path) -> dict:
    """The pod that the KubernetesExecutor creates for a task of this DAG file."""
    from airflow import settings

    sys.path[0] = str(home / "config")  # where Airflow finds both packages
    for name in [name for name in sys.modules if name.split(".")[0] in ("airflow_local_settings", "airflow_task_pods")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    forget = getattr(settings, "configure_policy_plugin_manager", None) or settings.get_policy_plugin_manager.cache_clear
    forget()  # the policies of the case before
    settings.import_local_settings()
    module = importlib.import_module("airflow_task_pods")
    config = stored(serialized(getattr(module, case["name"])(**case["tuning"])))
    template = config.get("pod_template_file", f"{case['home']}/pod_templates/default.yaml")
    return construct(file(home / Path(template).relative_to(case["home"])), from_obj(config), case["namespace"])


def serialized(config: dict) -> dict:
    """The `executor_config` of a task whose DAG went through the database."""
    from airflow.serialization import serialized_objects

    try:
        from airflow.sdk import DAG, BaseOperator
    except ImportError:  # 2.x
        from airflow.models.baseoperator import BaseOperator
        from airflow.models.dag import DAG
    serialization = getattr(serialized_objects, "DagSerialization", None) or serialized_objects.SerializedDAG
    with DAG(NAMES["dag_id"], schedule=None) as dag:
        BaseOperator(task_id=NAMES["task_id"], executor_config=config)
    return serialization.from_dict(json.loads(json.dumps(serialization.to_dict(dag)))).get_task(NAMES["task_id"]).executor_config


def stored(config: dict) -> dict:
    """The `executor_config` of a task instance, after the database and the queue of the executor."""
    from airflow.utils.sqlalchemy import ExecutorConfigType
    from sqlalchemy.dialects import sqlite

    dialect = sqlite.dialect()
    column = ExecutorConfigType()
    read = column.result_processor(dialect, None)(column.bind_processor(dialect)(config))
    return pickle.loads(pickle.dumps(read))


def construct(base, override, namespace: str, with_mutation_hook: bool = True) -> dict:
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    pod = PodGenerator.construct_pod(
        **NAMES, pod_id="golden", date=None, args=["airflow"], kube_image=None, namespace=namespace, scheduler_job_id="1",
        base_worker_pod=base, pod_override_object=override, with_mutation_hook=with_mutation_hook)  # fmt: skip
    return PodGenerator.serialize_pod(pod)


def merge(case: dict):
    """What Airflow merges of two pods in plain data, or the name of what it raises."""
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    try:
        base, override = (PodGenerator.deserialize_model_dict(case[name]) for name in ("base", "override"))
        if case["by"] == "executorPod":
            return construct(base, override, "airflow", with_mutation_hook=False)
        return PodGenerator.serialize_pod(PodGenerator.reconcile_pods(base, override))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def file(path: Path):
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    if not path.exists():
        raise FileNotFoundError(f"{path}: a task pod names a template that the library did not write")
    return PodGenerator.deserialize_model_file(str(path))


def from_obj(config: dict):
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    return PodGenerator.from_obj(config)


def environment(release: str, cache: Path) -> Path:
    """The Python of an environment with the release and the provider of its official image."""
    data = Path(__file__).parents[2] / "data"
    sys.path.insert(0, str(data))
    import generate

    day, minor = generate.RELEASES[release], release.rpartition(".")[0]
    provider = f"{generate.PREFIX}cncf-kubernetes"
    pins = [f"apache-airflow=={release}", f"{provider}=={json.loads((data / f'airflow-config-{minor}.json').read_text())['providers'][provider]}"]
    recipe = [release, day, generate.PYTHON, pins]
    return generate.install(cache / f"kubernetes-{release}", recipe, generate.until_end_of(day), lambda: [pins])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release")
    parser.add_argument("job", type=Path)
    parser.add_argument("answer", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/cdk8s-airflow"))
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        args.answer.write_text(json.dumps(answer(args.job)))
        return
    python = environment(args.release, args.cache.expanduser())
    with tempfile.TemporaryDirectory() as home:  # Airflow writes an airflow.cfg there
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON"))}
        env |= {"AIRFLOW_HOME": home, "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING", "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([str(python), "-W", "ignore", str(Path(__file__).resolve()), args.release, str(args.job.resolve()),
                        str(args.answer.resolve()), "--inside"], env=env, cwd=home, check=True, stdout=sys.stderr)  # fmt: skip


if __name__ == "__main__":
    main()
