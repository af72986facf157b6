"""The connection URL of the metadata database, from its parts: database_url.py DRIVER [POOL], as in `postgresql+psycopg2`.

Airflow runs it as `[database] sql_alchemy_conn_cmd`. The pod has the parts as variables, since a password may hold any character and
Kubernetes encodes nothing that it puts into a text.
"""

import os
import sys
from urllib.parse import parse_qsl, quote, unquote, urlsplit

PREFIX = "AIRFLOW_DATABASE_"


class PartError(ValueError):
    """A part that no connection can have."""


def given():
    """Whether the pod has the database in parts."""
    return f"{PREFIX}HOST" in os.environ


def _in_url():
    """The parts that a URL in a Secret has, where the pod has such a URL beside some parts."""
    url = os.environ.get(f"{PREFIX}URL")
    if url is None:
        return {}
    scheme, netloc, path, query, _ = urlsplit(url.strip())
    login, _, address = netloc.rpartition("@")
    (host, port), (user, _, password) = _address(address), login.partition(":")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if not scheme.startswith("postgres") or not host or not user:
        raise PartError("the URL of the database must be one of PostgreSQL with a user and a host, for PgBouncer; correct the Secret")
    unknown = sorted(options.keys() - {"sslmode"})
    if unknown:
        raise PartError(f"the URL of the database has options that PgBouncer cannot pass on: {', '.join(unknown)}; "
                        "take them out of the Secret, and use 'tls' of the database for certificates")
    found = {"HOST": host, "PORT": port or "5432", "NAME": path[1:], "USER": unquote(user), "PASSWORD": unquote(password), "SSLMODE": options.get("sslmode")}
    return {name: value for name, value in found.items() if value}


def _address(text):
    """The host and the port of a URL; the host may be an IPv6 address in brackets."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port.lstrip(":")
    host, _, port = text.partition(":")
    return host, port


def ssl_mode():
    """The mode of TLS, where a URL says it."""
    return _in_url().get("SSLMODE")


def part(name):
    """A part; None where the pod has none. No error repeats it, since what is in the wrong key may be a password."""
    value = os.environ.get(PREFIX + name)
    if value is None:
        return _in_url().get(name)
    if value == "":
        raise PartError(f"the {name.lower()} of the database is empty ({PREFIX}{name}); correct the key of the Secret")
    if value != value.strip("\r\n"):
        raise PartError(f"the {name.lower()} of the database begins or ends with a line break ({PREFIX}{name}), which 'echo' writes without '-n'; "
                        "write the Secret again without it")
    return value


def host():
    """The host, with brackets around an IPv6 address."""
    value = part("HOST")
    if any(character in value for character in "/@?#, ") or (":" in value.strip("[]") and value.count(":") < 2):
        raise PartError(f"the host of the database must be a name or an address alone ({PREFIX}HOST); correct the key of the Secret")
    return f"[{value}]" if ":" in value and not value.startswith("[") else value


def port():
    value = part("PORT")
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise PartError(f"the port of the database must be a number from 1 to 65535 ({PREFIX}PORT); correct the key of the Secret")
    return value


def name():
    """The name of the database. SQLAlchemy decodes nothing in it, and takes what follows a question mark for options."""
    value = part("NAME")
    if "?" in value:
        raise PartError(f"the name of the database must have no '?' in it ({PREFIX}NAME), which begins options in a URL")
    return value


def pools():
    """The names that PgBouncer has for the database; none where the pods reach it directly."""
    return os.environ.get(f"{PREFIX}POOLED", "").split()


def compose(driver, pool=None):
    """The URL, without a password where the pod has none; of another pool of PgBouncer than that for metadata where it is given."""
    password = part("PASSWORD")
    login = quote(part("USER"), safe="") + ("" if password is None else f":{quote(password, safe='')}")
    return f"{driver}://{login}@{host()}:{port()}/{pool or name()}"


def parameters():
    """The same for libpq, which needs no URL."""
    login = {"user": part("USER"), "password": part("PASSWORD")}
    return {"host": host().strip("[]"), "port": port(), "dbname": name(), **{key: value for key, value in login.items() if value is not None}}


def timeout(default, most):
    """For how many seconds to wait for a connection: as Airflow does, but no longer than a probe can."""
    return min(int(os.environ.get(f"{PREFIX}CONNECT_TIMEOUT", default)), most)


def is_ours(arguments):
    """Whether the arguments of a driver lead to the metadata database, and not to another of some DAG."""
    there = [arguments.get("host"), arguments.get("port"), arguments.get("user")]
    database = arguments.get("dbname", arguments.get("database"))
    return there == [host().strip("[]"), int(port()), part("USER")] and database in {name(), *pools()}


def complete(driver, arguments):
    """Adds to the arguments of a driver what the URL does not say, under the name that the driver has for it."""
    if f"{PREFIX}CONNECT_TIMEOUT" in os.environ:
        arguments.setdefault("timeout" if driver == "asyncpg" else "connect_timeout", timeout(None, 3600))
    if pools():
        arguments.update(_without_prepared_statements(driver))


def _without_prepared_statements(driver):
    """The arguments for PgBouncer, which gives each transaction another connection, in which no earlier statement was prepared."""
    if driver == "psycopg":
        return {"prepare_threshold": None}
    if driver == "asyncpg":
        from uuid import uuid4

        return {"statement_cache_size": 0, "prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: f"__asyncpg_{uuid4()}__"}
    return {}


def installed(driver):
    """The driver that the image has: psycopg 3 where psycopg2 is missing."""
    if not driver.endswith("+psycopg2"):
        return driver
    import metadata_db

    found = {name for root in metadata_db.site_packages() for name in ("psycopg2", "psycopg") if os.path.isdir(os.path.join(root, name))}
    return driver.removesuffix("2") if found == {"psycopg"} else driver


if __name__ == "__main__":
    try:
        print(compose(installed(sys.argv[1]), *sys.argv[2:]), end="")  # Airflow takes a line break for a part of the URL
    except PartError as error:
        sys.exit(f"{error}")
