#!/usr/bin/env python3
"""Writes data/metrics-<minor>.json: the metrics that each Airflow minor emits.

Run (Python 3.11+, `uv` on the PATH, access to the Python package index; about 2 minutes beside the environments of
`generate_permissions.py`, which it shares):

    python3 data/generate_metrics.py [--cache DIR]   # DIR keeps the environments, ~/.cache/cdk8s-airflow if not given

Airflow documents metrics that its code never sends, and sends some that it does not document. So the code itself is read: each
call of `incr`, `decr`, `gauge`, `timing` and `timer` of Airflow's statistics in the core, the Task SDK, and the providers of the
Celery and Kubernetes executors. Names with a variable part are the old form of a name with labels, and are left out, except those
of EXPANDED. From 3.2 on, Airflow ships a registry of its metrics (`metrics_template.yaml`), which the result is compared with.
"""

import argparse
import ast
import json
import re
import sys
from pathlib import Path

from generate import PREFIX, RELEASES, install, provider_pin, until_end_of
from generate_permissions import environment

METHODS = {"incr": "counter", "decr": "counter", "gauge": "gauge", "timing": "timer", "timer": "timer"}
SENDERS = re.compile(r"(^|\.)(Stats|stats|DualStatsManager)$")
PROVIDERS = ["celery", "cncf-kubernetes"]
EXPANDED = {
    "ti.{state}": ["ti.scheduled", "ti.queued", "ti.running", "ti.deferred"],
    "dagrun.duration.{self.state}": ["dagrun.duration.success", "dagrun.duration.failed"],
    **{f"{{self._stats_prefix}}.{what}": [f"{who}.dag_bag.{what}" for who in ("api_server", "scheduler")]
       for what in ("cache_hit", "cache_miss", "cache_clear", "cache_size")},
}  # fmt: skip
FOLDERS_LEFT_OUT = ("tests", "example_dags", "_vendor", "openlineage")


def assigned(name: ast.Name, function: ast.AST | None) -> list[ast.expr]:
    """What a function assigns to a variable."""
    def targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
        return node.targets if isinstance(node, ast.Assign) else [node.target]

    nodes = [node for node in ast.walk(function) if isinstance(node, (ast.Assign, ast.AnnAssign))] if function else []
    return [node.value for node in nodes if node.value and any(isinstance(t, ast.Name) and t.id == name.id for t in targets(node))]


def texts(node: ast.expr, function: ast.AST | None) -> set[str]:
    """The texts that an expression can be; `{name}` stands for what is not known."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.JoinedStr):
        found = {""}
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            options = texts(value, function) or {"{" + ast.unparse(value) + "}"}
            found = {text + option for text in found for option in options}
        return found
    if isinstance(node, ast.IfExp):
        return texts(node.body, function) | texts(node.orelse, function)
    if isinstance(node, ast.Call):
        return set().union(*(texts(argument, function) for argument in node.args))
    if isinstance(node, ast.Name):
        return set().union(*(texts(value, None) for value in assigned(node, function)))
    return set()


def labels(node: ast.expr | None, function: ast.AST | None, module: ast.AST) -> set[str]:
    """The names of the tags of a call. What a method or property of the same file answers is read there."""
    if isinstance(node, ast.Dict):
        keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
        spread = [value for key, value in zip(node.keys, node.values) if key is None]
        return keys.union(*(labels(value, function, module) for value in spread))
    if isinstance(node, ast.BinOp):
        return labels(node.left, function, module) | labels(node.right, function, module)
    if isinstance(node, ast.Name):
        return set().union(*(labels(value, None, module) for value in assigned(node, function)))
    if isinstance(node, ast.Call) and node.args:
        return set().union(*(labels(argument, function, module) for argument in node.args))
    named = node.func if isinstance(node, ast.Call) else node
    name = getattr(named, "attr", getattr(named, "id", None))
    bodies = [found for found in ast.walk(module) if isinstance(found, ast.FunctionDef) and found.name == name]
    if name == "stats_tags" and not bodies:  # of a DAG run or a task instance, whose class is in another file
        return {"dag_id", "run_type"} if "dag_run" in ast.unparse(named) else {"dag_id", "task_id"}
    answers = [(answer.value, body) for body in bodies for answer in ast.walk(body) if isinstance(answer, ast.Return)]
    return set().union(*(labels(value, body, module) for value, body in answers))


def calls(tree: ast.AST, function: ast.AST | None = None):
    """Each call in the tree, with the function around it."""
    for child in ast.iter_child_nodes(tree):
        inside = child if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        if isinstance(child, ast.Call):
            yield child, inside
        yield from calls(child, inside)


def scan(root: Path, found: dict[str, dict]) -> None:
    files = [file for file in sorted(root.rglob("*.py")) if not set(file.relative_to(root).parts) & set(FOLDERS_LEFT_OUT)]
    for file in files:
        text = file.read_text(encoding="utf-8")
        if not re.search(r"stats\b", text, re.I):
            continue
        module = ast.parse(text)
        for call, function in calls(module):
            method = call.func
            if not isinstance(method, ast.Attribute) or method.attr not in METHODS or not SENDERS.search(ast.unparse(method.value)):
                continue
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            stat = call.args[0] if call.args else given.get("stat", given.get("metric_name"))
            for name in texts(stat, function) if stat is not None else ():
                for full in EXPANDED.get(name, [name]):
                    if not re.fullmatch(r"[a-z][\w.-]*", full):
                        continue
                    known = found.setdefault(full, {"type": METHODS[method.attr], "labels": set()})
                    known["labels"] |= labels(given.get("tags"), function, module)


def registered(packages: Path) -> dict[str, str]:
    """The metrics of Airflow's own registry, with their types."""
    template = packages / "airflow/_shared/observability/metrics/metrics_template.yaml"
    if not template.exists():
        return {}
    text = template.read_text(encoding="utf-8")
    return dict(re.findall(r'- name: "([^"]+)".*?type: "(\w+)"', text, re.S))


def facts(release: str, day: str, cache: Path) -> dict:
    core = next(environment(release, day, cache).parent.parent.glob("lib/python3*/site-packages"))
    until = until_end_of(day)
    pins = [pin for name in PROVIDERS if (pin := provider_pin(release, name, until))]
    python = install(cache / f"metrics-{release}", [release, day, pins], until, lambda: [["--no-deps", *pins]])
    providers = next(python.parent.parent.glob("lib/python3*/site-packages"))
    found: dict[str, dict] = {}
    for root in (core / "airflow", providers / "airflow"):
        scan(root, found)
    known = registered(core)
    return {
        "release": release,
        "providers": {pin.split("==")[0].removeprefix(PREFIX): pin.split("==")[1] for pin in pins},
        "metrics": {name: {"type": found[name]["type"], "labels": sorted(found[name]["labels"])} for name in sorted(found)},
        "unregistered": sorted(set(found) - set(known)) if known else [],
        "neverEmitted": sorted(name for name in known if name not in found and "{" not in name),
    }


def write(path: Path, content: dict) -> None:  # one metric per line
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(metric)}" for name, metric in content["metrics"].items())
    others = {key: value for key, value in content.items() if key != "metrics"}
    parts = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in others.items()] + [f'  "metrics": {{\n{lines}\n  }}']
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/cdk8s-airflow"))
    args = parser.parse_args()
    for release, day in RELEASES.items():
        minor = release.rpartition(".")[0]
        print(f"reading {release}", file=sys.stderr)
        write(Path(__file__).parent / f"metrics-{minor}.json", facts(release, day, args.cache.expanduser()))


if __name__ == "__main__":
    main()
