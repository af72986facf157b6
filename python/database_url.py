"""The connection URL of the metadata database, from its parts: database_url.py DRIVER, as in `postgresql+psycopg2`.

Airflow runs it as `[database] sql_alchemy_conn_cmd`. The pod has the parts as variables, since a password may hold any character and
Kubernetes encodes nothing that it puts into a text.
"""

import os
import sys
from urllib.parse import quote

PREFIX = "AIRFLOW_DATABASE_"


class PartError(ValueError):
    """A part that no connection can have."""


def given():
    """Whether the pod has the database in parts."""
    return f"{PREFIX}HOST" in os.environ


def part(name):
    """A part; None where the pod has none. No error repeats it, since what is in the wrong key may be a password."""
    value = os.environ.get(PREFIX + name)
    if value is None:
        return None
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


def compose(driver):
    """The URL, without a password where the pod has none."""
    password = part("PASSWORD")
    login = quote(part("USER"), safe="") + ("" if password is None else f":{quote(password, safe='')}")
    return f"{driver}://{login}@{host()}:{port()}/{name()}"


def parameters():
    """The same for libpq, which needs no URL."""
    login = {"user": part("USER"), "password": part("PASSWORD")}
    return {"host": host().strip("[]"), "port": port(), "dbname": name(), **{key: value for key, value in login.items() if value is not None}}


def timeout(default, most):
    """For how many seconds to wait for a connection: as Airflow does, but no longer than a probe can."""
    return min(int(os.environ.get(f"{PREFIX}CONNECT_TIMEOUT", default)), most)


def is_ours(arguments):
    """Whether the arguments of a driver lead to the metadata database, and not to another of some DAG."""
    there = [arguments.get("host"), arguments.get("port"), arguments.get("dbname", arguments.get("database")), arguments.get("user")]
    return there == [host().strip("[]"), int(port()), name(), part("USER")]


def complete(driver, arguments):
    """Adds to the arguments of a driver what the URL does not say, under the name that the driver has for it."""
    if f"{PREFIX}CONNECT_TIMEOUT" in os.environ:
        arguments.setdefault("timeout" if driver == "asyncpg" else "connect_timeout", timeout(None, 3600))


def installed(driver):
    """The driver that the image has: psycopg 3 where psycopg2 is missing."""
    if not driver.endswith("+psycopg2"):
        return driver
    import metadata_db

    found = {name for root in metadata_db.site_packages() for name in ("psycopg2", "psycopg") if os.path.isdir(os.path.join(root, name))}
    return driver.removesuffix("2") if found == {"psycopg"} else driver


if __name__ == "__main__":
    try:
        print(compose(installed(sys.argv[1])), end="")  # Airflow takes a line break for a part of the URL
    except PartError as error:
        sys.exit(f"{error}")
