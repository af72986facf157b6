#!/usr/bin/env python3
"""Writes data/airflow-config-<minor>.json: the configuration options each Airflow minor knows.

Run (Python 3.11+, `uv` on the PATH, access to the Python package index):

    python3 data/generate.py [--cache DIR]   # DIR keeps the environments, ~/.cache/cdk8s-airflow if not given

For every release a virtual environment is made (or reused from the cache) with that Airflow and, without
their dependencies, the providers of the official image, all in the versions of the release's day. Airflow's
own code in it is asked for the options, the deprecations and CONFIGS_CHANGES (`probe`); the answers of all
releases are then put together (`table`). The output depends on RELEASES and PROVIDERS only. To add a
release, add a line to RELEASES (ascending) and run again. undocumented-options.json names what Airflow's code
reads though no description lists it (found by a search for `conf.get` in each release).
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RELEASES = {  # release -> the packages are those published up to this day
    "2.10.5": "2025-02-12", "2.11.2": "2026-03-16", "3.0.6": "2025-08-31",
    "3.1.8": "2026-03-13", "3.2.2": "2026-05-30", "3.3.2": "2026-09-18",
}
PROVIDERS = """
    amazon celery cncf-kubernetes common-compat common-io common-messaging common-sql docker edge3
    elasticsearch fab ftp git google grpc hashicorp http keycloak microsoft-azure mysql odbc openlineage
    opensearch postgres redis sendgrid sftp slack smtp snowflake ssh standard
""".split()
PREFIX = "apache-airflow-providers-"
PYTHON = "3.11"  # supported by all of RELEASES


def probe() -> dict:
    """Runs inside a release's environment (`generate.py --probe`): what its Airflow knows."""
    import configparser
    from importlib.metadata import distributions, entry_points

    from airflow import configuration
    from airflow.cli.commands import config_command
    from airflow.configuration import conf

    options: dict[str, set[str]] = {}
    sensitive: set[str] = set()

    def add(section: str, names) -> None:
        options.setdefault(section.lower(), set()).update(name.lower() for name in names)

    def describe(sections: dict) -> None:
        for section, body in sections.items():
            add(section, body["options"])
            sensitive.update(f"{section}.{name}".lower() for name, told in body["options"].items() if told.get("sensitive"))

    describe(configuration.retrieve_configuration_description(include_providers=False))
    for entry in entry_points(group="apache_airflow_provider"):
        describe(entry.load()().get("config") or {})
    # Airflow also answers for these when the provider that owns them is not installed
    fallback = configparser.ConfigParser(interpolation=None)
    templates = Path(configuration.__file__).parent / "config_templates"
    fallback.read([templates / "pre_2_7_defaults.cfg", templates / "provider_config_fallback_defaults.cfg"])
    for section in fallback.sections():
        add(section, fallback.options(section))

    renames = [[".".join(old), ".".join(new)] for old, new in conf.inversed_deprecated_options.items()]
    # {(section, option): [(old section, old option, since), ...]} in 2.x only
    for new, olds in getattr(conf, "many_to_one_deprecated_options", {}).items():
        renames += [[f"{old[0]}.{old[1]}", ".".join(new)] for old in olds]
    removed = {}
    for change in getattr(config_command, "CONFIGS_CHANGES", []):  # absent in 2.10
        old = f"{change.config.section}.{change.config.option}"
        if change.renamed_to:
            renames.append([old, f"{change.renamed_to.section}.{change.renamed_to.option}"])
        elif change.was_removed and not change.default_change and not getattr(change, "remove_if_equals", None):
            removed[old] = " ".join(change.suggestion.split())
    installed = {dist.metadata["Name"].lower(): dist.version for dist in distributions()}
    return {
        "options": {section: sorted(names) for section, names in options.items()},
        "sensitive": sorted(sensitive),
        "renames": renames, "removed": removed, "sections": dict(conf.inversed_deprecated_sections),
        "providers": {name: version for name, version in installed.items() if name.startswith(PREFIX)},
    }


def uv(*args: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(["uv", *args], input=stdin, text=True, capture_output=True)
    return sys.exit(f"uv {args}\n{done.stderr}") if check and done.returncode else done


def provider_pin(release: str, name: str, until: list[str]) -> str | None:
    """The newest version of a provider that goes with the release, as of its day ("name==version")."""
    wanted = f"apache-airflow=={release}\n{PREFIX}{name}\n"
    done = uv("pip", "compile", "-q", "--no-header", "--no-annotate", "--color=never",
              "--python-version", PYTHON, *until, "-", stdin=wanted, check=False)  # fmt: skip
    if done.returncode:
        if "No solution found" not in done.stderr:
            sys.exit(f"{name} for {release}: {done.stderr}")
        return None  # does not exist yet, or not for this Airflow
    pin = re.search(rf"^{PREFIX}{name}==\S+$", done.stdout, re.M)
    return pin[0] if pin and re.fullmatch(r"[\d.]+", pin[0].split("==")[1]) else None  # no pre-releases


def environment(release: str, day: str, cache: Path) -> Path:
    """Makes or reuses the release's environment and returns its Python."""
    until = until_end_of(day)

    def steps():
        pins = [pin for name in PROVIDERS if (pin := provider_pin(release, name, until))]
        return [[f"apache-airflow=={release}"], ["--no-deps", *pins]]

    return install(cache / f"airflow-{release}", [release, day, PYTHON, PROVIDERS], until, steps)


def until_end_of(day: str) -> list[str]:
    """What makes uv take the packages of that day."""
    return ["--exclude-newer", f"{day}T23:59:59Z"]


def install(venv: Path, recipe: list, until: list[str], steps) -> Path:
    """The Python of an environment of this recipe; where it is not there yet, `steps()` says what to install."""
    python, marker, text = venv / "bin/python", venv / "recipe.json", json.dumps(recipe)
    if marker.exists() and marker.read_text() == text:
        return python
    print(f"making {venv}", file=sys.stderr)
    wanted = steps()
    uv("venv", "-q", "--clear", "--python", PYTHON, str(venv))
    for packages in wanted:
        uv("pip", "install", "-q", "--python", str(python), *until, *packages)
    marker.write_text(text)
    return python


def flat(known: dict) -> set[str]:
    return {f"{section}.{name}" for section, names in known["options"].items() for name in names}


def table(release: str, facts: dict[str, dict]) -> dict:
    """Puts one release's table together; `facts` are the probe's answers of all releases, ascending."""
    order, minor, valid = [*facts], release.rpartition(".")[0], flat(facts[release])
    at = order.index(release)
    # whose knowledge of old names counts first: this release, the later ones, then the earlier ones backwards
    sources = [facts[r] for r in order[at:] + order[:at][::-1]]
    renames: dict[str, list[str]] = {}
    for source in sources:
        for old, new in source["renames"]:
            renames.setdefault(old, []).append(new)
    explicit = set(renames)
    for source in sources:
        for old_section, new_section in source["sections"].items():  # as many names as the section has
            for name in sorted(flat(source) | explicit):
                if name.startswith(f"{new_section}."):
                    renames.setdefault(name.replace(new_section, old_section, 1), []).append(name)

    def final(old: str) -> str | None:
        """The first valid name reached from an old one, the nearest and most authoritative first."""
        seen, queue = {old}, [old]
        while queue:
            for new in renames.get(queue.pop(0), []):
                if new in valid:
                    return new
                queue += {new} - seen
                seen.add(new)
        return None

    renamed, later = {old: new for old in renames if old not in valid and (new := final(old))}, {}
    for r in order[at + 1 :]:
        for name in flat(facts[r]) - valid - set(renamed):
            later.setdefault(name, r.rpartition(".")[0])
    gone: set[str] = set()  # what this release and the earlier ones tell of; a later one is no witness
    for known in (facts[r] for r in order[: at + 1]):
        gone |= flat(known) | set(known["removed"]) | {old for old, _ in known["renames"]}
    removed = {}
    for name in gone - valid - set(renamed) - set(later):
        hint = next((s["removed"][name] for s in sources if s["removed"].get(name)), "")
        if not hint and name in renames:
            hint = f"Airflow renamed it to {renames[name][0]}, which Airflow {minor} does not list."
        removed[name] = hint
    told = {"renamed": renamed, "removed": removed, "addedLater": later}
    own = facts[release]
    return {"release": release, "options": own["options"], "sensitive": own["sensitive"], **told, "providers": own["providers"]}


def write(path: Path, content: dict) -> None:  # one line per section, rename, ...
    parts = []
    for key, value in content.items():
        text = json.dumps(value)
        if isinstance(value, dict):
            text = "{\n" + ",\n".join(f"    {json.dumps(k)}: {json.dumps(value[k])}" for k in sorted(value)) + "\n  }"
        parts.append(f"  {json.dumps(key)}: {text}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/cdk8s-airflow"))
    parser.add_argument("--probe", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.probe:
        Path(args.probe).write_text(json.dumps(probe()))
        return
    facts = {}
    for release, day in RELEASES.items():
        python = environment(release, day, args.cache.expanduser())
        with tempfile.TemporaryDirectory() as home:  # Airflow writes an airflow.cfg there
            env = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON"))}
            answer = Path(home) / "answer.json"
            subprocess.run([str(python), "-W", "ignore", str(Path(__file__).resolve()), "--probe", str(answer)],
                           env=env | {"AIRFLOW_HOME": home}, cwd=home, check=True, stdout=sys.stderr)  # fmt: skip
            facts[release] = json.loads(answer.read_text())
    for name, minors in json.loads((Path(__file__).parent / "undocumented-options.json").read_text()).items():
        section, _, option = name.rpartition(".")
        for release in (r for r in RELEASES if r.rpartition(".")[0] in minors):
            known = facts[release]["options"].setdefault(section, [])
            known[:] = sorted({*known, option})
    for release in RELEASES:
        name = f"airflow-config-{release.rpartition('.')[0]}.json"
        write(Path(__file__).parent / name, table(release, facts))


if __name__ == "__main__":
    main()
