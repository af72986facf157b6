"""The metadata database without Airflow: run by `python -S`, which starts in a tenth of the time. Probes import it all the time, so what
is seldom used is imported where it is used.

These scripts connect as Airflow does where a URL to a Postgres is all there is. Where it is not, `obstacle()` says why, and the scripts
ask Airflow's own commands, which know every way to connect and need ten times the time and the memory.
"""

import configparser
import functools
import importlib
import os
import re
import sys

import database_url

VARIABLE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# The options of an engine that say nothing of how it connects.
HARMLESS = re.compile(r"(pool_|max_overflow$|echo|executemany_|insertmanyvalues_|use_insertmanyvalues$|isolation_level$|encoding$|future$|query_cache_size$|hide_parameters$)")
# A server that is there and says no: perhaps Airflow is known to it by other means, such as a token that replaces the password.
REFUSED = re.compile(r"FATAL|no password supplied|authentication")
BUSY = re.compile(r"starting up|shutting down|recovery mode|not accepting connections|too many|remaining connection slots|reserved for")

TOKEN_WAIT = 6  # with all else that a probe waits for, less than its 20 seconds


def site_packages():
    """Where the image's libraries are; -S leaves them out of sys.path."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    prefix = os.path.dirname(os.path.dirname(sys.executable))
    home = os.path.join(os.path.expanduser("~"), ".local")
    return [path for root in (home, prefix) if os.path.isdir(path := os.path.join(root, "lib", version, "site-packages"))]


sys.path.extend(site_packages())


@functools.cache
def _airflow_cfg():
    parser = configparser.RawConfigParser(strict=False)
    parser.read(os.environ.get("AIRFLOW_CONFIG") or os.path.join(_airflow_home(), "airflow.cfg"), encoding="utf-8")
    return parser


def _airflow_home():
    return os.environ.get("AIRFLOW_HOME") or os.path.expanduser("~/airflow")


def option(section, name):
    """What a variable or else airflow.cfg sets an option of Airflow to; empty where neither does."""
    variable = os.environ.get(f"AIRFLOW__{section.upper()}__{name.upper()}")
    return variable if variable is not None else _airflow_cfg().get(section, name, fallback="")


def table(name):
    """A table of Airflow, in its schema. Those of alembic are in the first schema of the search path, whatever this is."""
    schema = option("database", "sql_alchemy_schema").strip()
    return f'"{schema}".{name}' if schema else name


@functools.cache
def url():
    """The URL of the database: of the Secret, of the parts, or what the command prints that stands in its place."""
    if database_url.given():
        return database_url.compose("postgresql")
    given = option("database", "sql_alchemy_conn")
    command = "" if given else option("database", "sql_alchemy_conn_cmd")
    return _printed(command) if command else given


def _printed(command):
    import shlex
    import subprocess

    return subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True).stdout.strip()


def _is_harmless(arguments):
    """Whether the options of an engine, as JSON, say nothing of how it connects."""
    import json

    try:
        return all(HARMLESS.match(name) for name in json.loads(arguments))
    except (ValueError, TypeError):
        return False


def _listener():
    """A file of local settings that takes part in connecting."""
    config = os.path.join(_airflow_home(), "config")
    for name in ("airflow_local_settings/user_settings.py", "airflow_local_settings.py"):
        path = os.path.join(config, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                if "do_connect" in file.read():
                    return path
    return None


def _difference():
    """What makes Airflow's connection another one than the URL says; None where nothing does."""
    for name in ("sql_alchemy_connect_args", "sql_alchemy_conn_secret", "sql_alchemy_engine_args_cmd", "sql_alchemy_engine_args_secret"):
        if option("database", name) and (name != "sql_alchemy_conn_secret" or not url()):
            return f"'[database] {name}' has a part in the connection"
    arguments = option("database", "sql_alchemy_engine_args")
    if arguments and not _is_harmless(arguments):
        return "'[database] sql_alchemy_engine_args' has a part in the connection"
    listener = _listener()
    return listener and f"a listener in {listener} has a part in the connection"


@functools.cache
def driver():
    """psycopg2, else psycopg 3, or None where the image has neither."""
    for name in ("psycopg2", "psycopg"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


@functools.cache
def obstacle():
    """Why these scripts can't connect as Airflow does, in words; None where they can."""
    difference = _difference()
    if difference:
        return difference
    if not url().startswith("postgres"):
        return "the database is not Postgres"
    return "the image has neither psycopg2 nor psycopg" if driver() is None else None


def _token():
    """The token that takes the place of the password, if one does."""
    import database_token

    if not database_token.wanted():
        return {}
    try:
        return {"password": database_token.token(TOKEN_WAIT)}
    except database_token.TokenError as error:
        raise driver().OperationalError(f"{error}") from error


def connect():
    """A connection; libpq reads the URL but for SQLAlchemy's driver name."""
    options = {"connect_timeout": database_url.timeout(5, most=10), "application_name": os.path.basename(sys.argv[0])}
    if database_url.given():
        return driver().connect(**database_url.parameters(), **_token(), **options)
    plain = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url())
    return driver().connect(plain, **options)


def refused(error):
    """Whether the database is there, but lets nobody in by the URL alone."""
    import database_token

    found = bool(REFUSED.search(str(error))) and not BUSY.search(str(error)) and not isinstance(getattr(error, "__cause__", None), database_token.TokenError)
    if found and database_token.wanted():
        database_token.forget()
    return found and not database_url.given()  # Airflow has no other way than the parts


def ask_airflow(*arguments, timeout=None):
    """The status of one of Airflow's own commands; None where it took longer, and one that was killed says so."""
    import subprocess

    command = ["airflow", *arguments]
    try:
        status = subprocess.run(command, timeout=timeout).returncode
    except subprocess.TimeoutExpired:
        return None
    if status in (-9, 137):
        print(f"'{' '.join(command)}' was killed, most likely for want of memory: it needs some 250 MiB beside what else runs in the container", flush=True)
    return status
