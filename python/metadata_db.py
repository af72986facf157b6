"""The metadata database without Airflow: run by `python -S`, which starts in a tenth of the time."""

import os
import re
import sys

VARIABLE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


def site_packages():
    """Where the image's libraries are; -S leaves them out of sys.path."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    prefix = os.path.dirname(os.path.dirname(sys.executable))
    home = os.path.join(os.path.expanduser("~"), ".local")
    return [path for root in (home, prefix) if os.path.isdir(path := os.path.join(root, "lib", version, "site-packages"))]


sys.path.extend(site_packages())


def driver():
    """psycopg2, or None where the database is not Postgres or the image lacks the driver."""
    if not os.environ.get(VARIABLE, "").startswith("postgres"):
        return None
    try:
        import psycopg2
    except ImportError:
        return None
    return psycopg2


def connect(psycopg2):
    """A connection; libpq reads the URL but for SQLAlchemy's driver name."""
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", os.environ[VARIABLE])
    return psycopg2.connect(url, connect_timeout=5, application_name=os.path.basename(sys.argv[0]))
