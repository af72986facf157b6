"""Liveness of a scheduler, triggerer or dag-processor: heartbeat.py JOB_TYPE OLDEST [--starting].

Fails when the last heartbeat of this pod's job is more than OLDEST seconds ago. A database that is away says nothing about the
component, so it never fails the check; with --starting a first heartbeat must be there.
"""

import os
import socket
import sys

import metadata_db

QUERY = """SELECT extract(epoch FROM now() - max(latest_heartbeat)) FROM job
WHERE job_type = %s AND hostname IN %s AND state = 'running'"""


def names():
    """Every name under which this pod may have entered itself, by whatever hostname_callable."""
    name = socket.gethostname()
    found = {name, socket.getfqdn()}
    try:
        found.update(info[4][0] for info in socket.getaddrinfo(name, None))
    except OSError:
        pass
    return tuple(sorted(found))


def main(job_type, oldest, starting):
    psycopg2 = metadata_db.driver()
    if psycopg2 is None:
        os.execvp("airflow", ["airflow", "jobs", "check", "--job-type", job_type, "--local"])
    try:
        with metadata_db.connect(psycopg2) as connection, connection.cursor() as cursor:
            cursor.execute(QUERY, (job_type, names()))
            age = cursor.fetchone()[0]
    except psycopg2.Error as error:
        print(f"the database does not answer, which is not {job_type}'s fault: {error}")
        return 0
    if age is None:
        print(f"no running {job_type} on {', '.join(names())}")
        return 1 if starting else 0
    print(f"{job_type}: last heartbeat {age:.0f} s ago, allowed are {oldest}")
    return 0 if age <= oldest else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), "--starting" in sys.argv))
