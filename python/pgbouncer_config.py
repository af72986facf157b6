"""Writes PgBouncer's configuration into a folder: pgbouncer_config.py FOLDER.

The parts of the database and the passwords are in variables of this container alone, so that no object has them.
"""

import json
import os
import sys

import database_url

STATS_PASSWORD = "PGBOUNCER_STATS_PASSWORD"


def quoted(value):
    """A value of a connection string of PgBouncer."""
    return "'" + value.replace("'", "''") + "'"


def users_line(user, password):
    """A line of the file of users, which knows no other escape than a doubled quotation mark."""
    return " ".join('"' + value.replace('"', '""') + '"' for value in (user, password)) + "\n"


def databases():
    """A line for each pool; all lead to the same database."""
    to = {"host": database_url.host().strip("[]"), "port": database_url.port(), "dbname": database_url.name()}
    target = " ".join(f"{key}={quoted(value)}" for key, value in to.items())
    return [f"{alias} = {target} pool_size={size}" for alias, size in json.loads(os.environ["PGBOUNCER_POOLS"]).items()]


def settings():
    """The settings of the program, and how TLS is spoken where only the URL says it."""
    tls = database_url.ssl_mode()
    return {**({} if tls is None else {"server_tls_sslmode": tls}), **json.loads(os.environ["PGBOUNCER_SETTINGS"])}


def users():
    password = database_url.part("PASSWORD")
    if password is None:
        raise database_url.PartError("the URL of the database has no password, by which PgBouncer lets the pods of Airflow in")
    stats = os.environ.get(STATS_PASSWORD)
    return users_line(database_url.part("USER"), password) + ("" if stats is None else users_line("stats", stats))


def write(folder, name, text):
    with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def main(folder):
    ini = ["[databases]", *databases(), "", "[pgbouncer]", *(f"{name} = {value}" for name, value in settings().items()), ""]
    write(folder, "pgbouncer.ini", "\n".join(ini))
    write(folder, "users.txt", users())


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except database_url.PartError as error:
        sys.exit(f"{error}")
