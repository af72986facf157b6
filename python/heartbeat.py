"""Liveness of a scheduler, triggerer or dag-processor: heartbeat.py JOB_TYPE OLDEST [--starting].

Fails when the last heartbeat of this pod's job is more than OLDEST seconds ago. A database that is away says nothing about the
component, so it never fails the check; with --starting a first heartbeat must be there.
"""

import os
import socket
import subprocess
import sys

import metadata_db

QUERY = """SELECT extract(epoch FROM now() - max(latest_heartbeat)) FROM job
WHERE job_type = %s AND hostname IN %s"""


def names():
    """Every name under which this pod may have entered itself, by whatever hostname_callable."""
    name = socket.gethostname()
    found = {name, socket.getfqdn()}
    try:
        found.update(info[4][0] for info in socket.getaddrinfo(name, None))
    except OSError:
        pass
    return tuple(sorted(found))


def without_driver(job_type):
    """The same by Airflow's own commands, where the database is not Postgres."""
    if subprocess.run(["airflow", "jobs", "check", "--job-type", job_type, "--local"]).returncode == 0:
        return 0
    return 1 if subprocess.run(["airflow", "db", "check"]).returncode == 0 else 0


def main(job_type, oldest, starting):
    psycopg2 = metadata_db.driver()
    if psycopg2 is None:
        return without_driver(job_type)
    try:
        with metadata_db.connect(psycopg2) as connection, connection.cursor() as cursor:
            cursor.execute(QUERY, (job_type, names()))
            age = cursor.fetchone()[0]
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        print(f"the database does not answer, which is not {job_type}'s fault: {error}")
        return 0
    if age is None:
        print(f"no {job_type} on {', '.join(names())}")
        return 1 if starting else 0
    print(f"{job_type}: last heartbeat {age:.0f} s ago, allowed are {oldest}")
    return 0 if age <= oldest else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), "--starting" in sys.argv))
