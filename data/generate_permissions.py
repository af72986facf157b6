#!/usr/bin/env python3
"""Writes data/permissions.json: the permissions that the FAB auth manager of each Airflow minor has.

Run (Python 3.11+, `uv` on the PATH, access to the Python package index; about 5 minutes the first time):

    python3 data/generate_permissions.py [--cache DIR]   # DIR keeps the environments, ~/.cache/cdk8s-airflow if not given

For every release of `generate.py` an environment is made with that Airflow and the FAB provider of its day. Its own commands
make an empty database and write the permissions into it; the tables are then read. The FAB provider of the image decides the
permissions, so an image with a newer provider may have more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from generate import PYTHON, RELEASES, install, until_end_of


def probe() -> dict:
    """Runs inside a release's environment (`--probe`), after `airflow sync-perm`: what is in the database."""
    from airflow import settings
    from airflow.providers.fab.auth_manager.models import Permission

    try:
        from airflow.providers.fab.www.security import permissions
    except ImportError:
        from airflow.security import permissions

    resources: dict[str, list[str]] = {}
    with settings.Session() as session:
        for found in session.query(Permission):
            resources.setdefault(found.resource.name, []).append(found.action.name)
    details = getattr(permissions, "RESOURCE_DETAILS_MAP", None)
    of_dags = {value["prefix"]: sorted(value["actions"]) for value in details.values()} if details else {"DAG:": sorted(permissions.DAG_ACTIONS)}
    return {
        "dags": of_dags,
        "permissions": {name: sorted(resources[name]) for name in sorted(resources)},
    }


def environment(release: str, day: str, cache: Path) -> Path:
    until = until_end_of(day)
    return install(cache / f"fab-{release}", [release, day, PYTHON], until, lambda: [[f"apache-airflow[fab]=={release}"]])


def read(python: Path) -> dict:
    with tempfile.TemporaryDirectory() as home:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON"))}
        env = clean | {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }

        def run(*args: str) -> None:
            subprocess.run([str(python), "-W", "ignore", *args], env=env, cwd=home, check=True, stdout=sys.stderr)

        run("-m", "airflow", "db", "migrate")
        run("-m", "airflow", "sync-perm")
        answer = Path(home) / "answer.json"
        run(str(Path(__file__).resolve()), "--probe", str(answer))
        return json.loads(answer.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/cdk8s-airflow"))
    parser.add_argument("--probe", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.probe:
        Path(args.probe).write_text(json.dumps(probe()))
        return
    minors = {release.rpartition(".")[0]: read(environment(release, day, args.cache.expanduser())) for release, day in RELEASES.items()}
    lines = ",\n".join(f"  {json.dumps(minor)}: {json.dumps(facts)}" for minor, facts in minors.items())
    (Path(__file__).parent / "permissions.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
