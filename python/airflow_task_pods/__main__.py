"""Checks the files of DAGs against this deployment: python -m airflow_task_pods check dags

For the CI of repositories of DAGs: it reads the files without importing them, and needs neither Airflow nor a cluster.
Each finding is a line; the exit status is 1 where there is any, 2 where the command is wrong, else 0. It finds

- files that do not parse,
- names that are imported from `airflow_task_pods`, or read from the module, and are no profile,
- calls of a profile with a keyword that cannot be tuned, or with a literal beyond what the platform allows,
- `executor_config` that is a profile itself, or `.task()` or `.pod_operator()` of one,
- a `queue`, `pool` or `executor`, given as a literal, that this deployment does not know.

The latter only where it is Airflow's: in calls of a name that ends in Operator or Sensor, and in `.partial()` of one; in
decorators of Airflow such as `@task` and `@task.kubernetes`; in `.override()` in a file that imports Airflow; in a dict
that is the keyword `default_args` of a call, or is assigned to a name that contains it. `.partial()` of a decorated
function is not among them, since it takes the arguments of the function. A name counts as what it was imported as, unless
something else in the same function or module binds it too. `# task-pods: ignore` on the line of a finding hides it.
"""

import argparse
import ast
import importlib
import importlib.util
import os
import re
import sys
import textwrap
import warnings

PACKAGE = "airflow_task_pods"
IGNORE = re.compile(r"#\s*task-pods:\s*ignore\b")
KNOWN = {"queue": "queues", "pool": "pools", "executor": "executors"}
METHODS = ("task", "pod_operator")
TASKS = ("Operator", "Sensor")
DECORATOR = re.compile(r"airflow\.(sdk|decorators)(\.\w+)*\.task(\.\w+)*")
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def load():
    """The package that this file is part of, which Python does not import where it is run by its path."""
    if __package__:
        return importlib.import_module(__package__)
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(PACKAGE, os.path.join(here, "__init__.py"), submodule_search_locations=[here])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def imported(node, profiles):
    """The names that an import binds, and what they stand for."""
    names = {}
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.split(".")[0]
            names[alias.asname or first] = alias.name if alias.asname else first
        return names
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        names[alias.asname or alias.name] = f"{module}.{alias.name}"
    if names.pop("*", None) == f"{PACKAGE}.*":
        names.update({name: f"{PACKAGE}.{name}" for name in profiles})
    return names


def alike(one, other):
    """Whether two imports are of one thing, such as `task` of airflow.sdk and of airflow.decorators; None is no import."""
    if not one or not other:
        return False
    one, other = one.split("."), other.split(".")
    return (one[0], one[-1]) == (other[0], other[-1])


def bindings(nodes, profiles):
    """The names that are bound among the nodes, without those of inner scopes; None unless always by imports that are alike."""
    bound, left = {}, list(nodes)
    while left:
        node = left.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            here = imported(node, profiles)
        elif isinstance(node, ast.Name):
            here = {} if isinstance(node.ctx, ast.Load) else {node.id: None}
        elif isinstance(node, ast.arg):
            here = {node.arg: None}
        else:  # functions, classes, exceptions, patterns
            here = {name: None for name in (getattr(node, "name", None), getattr(node, "rest", None)) if isinstance(name, str)}
        for name, path in here.items():
            bound[name] = path if alike(bound.get(name, path), path) else None
        if not isinstance(node, (ast.Import, ast.ImportFrom, *SCOPES)):
            left.extend(ast.iter_child_nodes(node))
    return bound


class Checker(ast.NodeVisitor):
    """Collects the findings of a file, as pairs of a line and words."""

    def __init__(self, package, tree):
        self.package = package
        self.profiles = package.__all__
        self.findings = set()
        self.scopes = [bindings([tree], self.profiles)]
        self.has_airflow = any(
            path.split(".")[0] == "airflow"
            for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
            for path in imported(node, self.profiles).values()
        )
        self.visit(tree)

    def find(self, node, words):
        self.findings.add((node.lineno, str(words)))

    def path(self, node):
        """What a name, or an attribute of one, was imported as; None where it was not."""
        if isinstance(node, ast.Attribute):
            path = self.path(node.value)
            return path and f"{path}.{node.attr}"
        if isinstance(node, ast.Name):
            return next((scope[node.id] for scope in reversed(self.scopes) if node.id in scope), None)
        return None

    def profile(self, node):
        """The profile and the method that an expression names: `gpu` and `gpu.task`; None where it names none."""
        parts = (self.path(node) or "").split(".")
        if parts[0] != PACKAGE or len(parts) not in (2, 3) or parts[1] not in self.profiles:
            return None
        return getattr(self.package, parts[1]), parts[2] if len(parts) == 3 else None

    def generic_visit(self, node):
        if not isinstance(node, SCOPES):
            return super().generic_visit(node)
        arguments, body = getattr(node, "args", None), getattr(node, "body", None)
        inner = body if isinstance(body, list) else [body] if body else list(ast.iter_child_nodes(node))
        # Decorators and defaults belong to the scope around.
        for outer in [*getattr(node, "decorator_list", []), *(arguments.defaults + arguments.kw_defaults if arguments else [])]:
            if outer:
                self.visit(outer)
        self.scopes.append(bindings([*inner, arguments] if arguments else inner, self.profiles))
        for child in inner:
            self.visit(child)
        self.scopes.pop()

    def visit_Import(self, node):
        for alias in node.names:
            self.check_module(node, alias.name)

    def visit_ImportFrom(self, node):
        if node.level:
            return
        self.check_module(node, node.module)
        for alias in node.names:
            if node.module == PACKAGE and alias.name != "*":
                self.check_name(alias if hasattr(alias, "lineno") else node, alias.name)  # 3.9 has no line of its own

    def visit_Attribute(self, node):
        if self.path(node.value) == PACKAGE:
            self.check_name(node, node.attr)
        pod, method = self.profile(node.value) or (None, None)
        if pod and not method and node.attr not in METHODS and not node.attr.startswith("_"):
            self.find(node, f"{pod._name} has no '{node.attr}'; it has: {', '.join(METHODS)}")
        self.generic_visit(node)

    def visit_Call(self, node):
        pod, method = self.profile(node.func) or (None, None)
        if pod:
            self.check_tuning(node, pod, method)
        for keyword in node.keywords:
            if keyword.arg == "default_args":
                self.check_defaults(keyword.value)
            elif keyword.arg == "executor_config" or self.is_airflow(node.func):
                self.check_argument(keyword.arg, keyword.value)
        self.generic_visit(node)

    def visit_Assign(self, node):
        for target in getattr(node, "targets", None) or [node.target]:
            if "default_args" in (getattr(target, "id", None) or getattr(target, "attr", "")).lower():
                self.check_defaults(node.value)
        self.generic_visit(node)

    visit_AnnAssign = visit_Assign

    def is_airflow(self, callee):
        """Whether a call takes the arguments of a task."""
        name = last_name(callee)
        if name == "partial":
            return isinstance(callee, ast.Attribute) and last_name(callee.value).endswith(TASKS)
        if name == "override":
            return isinstance(callee, ast.Attribute) and self.has_airflow
        return name.endswith(TASKS) or bool(DECORATOR.fullmatch(self.path(callee) or ""))

    def check_module(self, node, module):
        package, _, name = module.partition(".")
        if package == PACKAGE and name and not name.startswith("_"):
            self.find(node, f"{PACKAGE} has no modules; write: from {PACKAGE} import {name.split('.')[0]}")

    def check_name(self, node, name):
        if name not in (*self.profiles, "TaskPod") and not name.startswith("_"):
            self.find(node, self.package._missing("task pod", name, self.profiles))

    def check_tuning(self, node, pod, method):
        """A call of a profile: what it would raise."""
        for argument in node.args:
            self.find(argument, f"{pod._name}() takes keywords only")
        try:
            if method in (None, "task"):
                pod._check_executor()
        except RuntimeError as error:
            self.find(node, error)
        for keyword in node.keywords:
            try:
                if is_literal(keyword.value):
                    keyword.arg and pod._text(keyword.arg, ast.literal_eval(keyword.value))
                elif keyword.arg:
                    pod._check_keyword(keyword.arg)
            except (TypeError, ValueError) as error:
                self.find(keyword.value, error)

    def check_argument(self, name, value):
        """An argument of a task."""
        if name == "executor_config":
            self.check_config(value)
        elif name in KNOWN and isinstance(value, ast.Constant) and isinstance(value.value, str):
            known = self.package._deployment[KNOWN[name]]
            if value.value not in known:
                self.find(value, self.package._missing(name, value.value, known))

    def check_config(self, value):
        pod, method = self.profile(value) or (None, None)
        if pod and not method:
            self.find(value, f"executor_config={pod._name} is the profile itself; call it: {pod._name}()")
        pod, method = (isinstance(value, ast.Call) and self.profile(value.func)) or (None, None)
        if pod and method in METHODS:
            call = f"{pod._name}.{method}()"
            self.find(value, f"executor_config takes {pod._name}(), not {call}; write **{call} in place of executor_config={call}")

    def check_defaults(self, value):
        """A dict that holds arguments of tasks, written either way."""
        if isinstance(value, ast.Dict):
            for key, inner in zip(value.keys, value.values):
                self.check_argument(getattr(key, "value", None), inner)
        elif isinstance(value, ast.Call) and last_name(value.func) == "dict":
            for keyword in value.keywords:
                self.check_argument(keyword.arg, keyword.value)


def last_name(node):
    """The name that an expression ends with."""
    return getattr(node, "attr", None) or getattr(node, "id", "")


def is_literal(node):
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


def findings(package, path):
    """What is wrong in a file, by line, without what its comments hide."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        return [(1, f"cannot be read: {error.strerror}")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file's own code
            found = Checker(package, ast.parse(source, path)).findings
    except SyntaxError as error:
        found = {(error.lineno or 1, f"does not parse: {error.msg}")}
    except ValueError as error:
        found = {(1, f"does not parse: {error}")}
    lines = source.decode("utf-8", "replace").split("\n")
    return [(line, words) for line, words in sorted(found) if not IGNORE.search("".join(lines[line - 1 : line]))]


def python_files(paths):
    """The files among the paths, and those named *.py in the folders among them."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
            yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".py"))


def check(package, paths):
    """Prints what is wrong in the files; returns the exit status."""
    files = list(dict.fromkeys(python_files(paths)))
    found = [f"{file}:{line}: {words}" for file in files for line, words in findings(package, file)]
    print("\n".join(found) or f"{len(files)} file{'' if len(files) == 1 else 's'} checked, nothing found")
    return 1 if found else 0


def show(package):
    """Prints what this deployment has."""
    deployment = package._deployment
    known = "; ".join(f"{kind}: {', '.join(deployment[kind]) or 'none'}" for kind in KNOWN.values())
    print(f"Airflow {deployment['airflow']}; {known}")
    for name in package.__all__:
        print(f"\n{name}\n{textwrap.indent(getattr(package, name).__doc__, '  ')}")
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(prog=f"python -m {PACKAGE}", description="Knows the task pods of a deployment of Airflow.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="check|list")
    raw = argparse.RawDescriptionHelpFormatter
    checking = commands.add_parser("check", help="check the files of DAGs against the deployment", description=__doc__, formatter_class=raw)
    checking.add_argument("paths", nargs="+", metavar="path", help="a file, or a folder whose *.py are checked")
    commands.add_parser("list", help="print the task pods of the deployment")
    given = parser.parse_args(arguments)
    for path in getattr(given, "paths", []):
        if not os.path.exists(path):
            parser.error(f"no such file or folder: {path}")
    sys.setrecursionlimit(10_000)  # long chains of `>>` are deep trees
    return check(load(), given.paths) if given.command == "check" else show(load())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
