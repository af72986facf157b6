#!/usr/bin/env python3
"""Writes data/pod-fields.json: the fields that Kubernetes knows of a Pod, in any of its versions of CLIENTS.

Run (Python 3.11+, `uv` on the PATH, access to the Python package index):

    python3 data/generate_pod_fields.py

The models of Kubernetes' official Python client are generated from its OpenAPI description; each client is asked for
them. To add a version of Kubernetes, add its client and run again.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

CLIENTS = ["27.2.0", "28.1.0", "29.0.0", "30.1.0", "31.0.0", "32.0.1", "33.1.0", "34.1.0", "35.0.0", "36.0.0", "37.0.2"]  # the major is the minor of Kubernetes
# What an API server fills in, which no template has.
LEFT_OUT = {"V1PodStatus", "V1ManagedFieldsEntry"}


def probe() -> dict:
    """Runs beside one client (`--probe`): type -> field -> the type in it, [a list] or {a map} of such, or nothing."""
    from kubernetes.client import models

    table: dict[str, dict[str, str]] = {}

    def nested(kind: str) -> str:
        if listed := re.fullmatch(r"list\[(.+)\]", kind, re.I):
            inner = nested(listed[1])
            return inner and f"[{inner}]"
        if mapped := re.fullmatch(r"dict[(\[]str, (.+)[)\]]", kind, re.I):
            inner = nested(mapped[1])
            return inner and f"{{{inner}}}"
        if kind in LEFT_OUT or not hasattr(getattr(models, kind, None), "attribute_map"):
            return ""
        add(kind)
        return kind.removeprefix("Core").removeprefix("V1")

    def add(kind: str) -> None:
        name = kind.removeprefix("Core").removeprefix("V1")
        if name not in table:
            model, table[name] = getattr(models, kind), {}
            for attribute, held in model.openapi_types.items():
                table[name][model.attribute_map[attribute]] = nested(held)

    add("V1Pod")
    return table


def main() -> None:
    if sys.argv[1:] == ["--probe"]:
        print(json.dumps(probe()))
        return
    all_fields: dict[str, dict[str, str]] = {}
    for client in CLIENTS:
        command = ["uv", "run", "-q", "--no-project", "--with", f"kubernetes=={client}", "python", __file__, "--probe"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for kind, fields in json.loads(answer).items():
            all_fields.setdefault(kind, {}).update(fields)
    lines = [f"  {json.dumps(kind)}: {json.dumps(all_fields[kind], sort_keys=True)}" for kind in sorted(all_fields)]
    Path(__file__).with_name("pod-fields.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
