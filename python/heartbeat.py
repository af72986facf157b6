"""Liveness of a scheduler, triggerer or dag-processor: heartbeat.py JOB_TYPE OLDEST [--starting SECONDS].

Fails when the last heartbeat of this pod's job is more than OLDEST seconds ago. A database that is away says nothing about the
component, so it never fails the check; when that lasts, the log of the container says that nobody watches. With --starting a
heartbeat must be there that came SECONDS after the start: the loop of the component runs, and what comes before it has ended.
"""

import os
import socket
import sys
import time

import metadata_db

QUERY = """SELECT extract(epoch FROM now() - latest_heartbeat), extract(epoch FROM now() - start_date) FROM {table}
WHERE job_type = %s AND hostname = ANY(%s) ORDER BY latest_heartbeat DESC LIMIT 1"""
# The probe ends after 20 seconds, and would then count as failed. A migration holds the table for a while.
STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = 8000"
COMMAND_TIMEOUT = 9  # two of them while it runs, one of twice the time at the start

# How far the clocks of the database and of this node may be apart.
CLOCKS = 30
NOTE = "/tmp/heartbeat-unseen"
LOG = "/proc/1/fd/1"
TELL_AFTER = 300


def names():
    """Every name under which this pod may have entered itself, by whatever hostname_callable."""
    name = socket.gethostname()
    found = {name, socket.getfqdn()}
    try:
        found.update(info[4][0] for info in socket.getaddrinfo(name, None))
    except OSError:
        pass
    # Log URLs need brackets around an IPv6 address, so a hostname_callable gives it with them.
    return sorted(found | {f"[{address}]" for address in found if ":" in address})


def uptime():
    """For how many seconds this container runs: a job that is older is that of one before it, which was killed."""
    with open("/proc/1/stat", encoding="utf-8") as stat, open("/proc/uptime", encoding="utf-8") as machine:
        started = int(stat.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return float(machine.read().split()[0]) - started


def seen():
    """Forgets that the job could not be seen."""
    try:
        os.unlink(NOTE)
    except FileNotFoundError:
        pass


def unseen(job_type, reason):
    """Says why the job can't be seen: to the container's log as well, every 5 minutes that it lasts."""
    print(reason)
    now = time.time()
    try:
        with open(NOTE, encoding="utf-8") as file:
            since, told = (float(word) for word in file.read().split())
    except (OSError, ValueError):
        since = told = now
    if now - told >= TELL_AFTER:
        told = now
        try:
            with open(LOG, "w", encoding="utf-8") as log:
                log.write(f"heartbeat.py: for {(now - since) / 60:.0f} minutes nothing watches whether {job_type} hangs: {reason}\n")
        except OSError:
            pass
    with open(NOTE, "w", encoding="utf-8") as file:
        file.write(f"{since} {told}")
    return 0


def by_airflow(job_type, starting, reason):
    """The same by Airflow's own commands."""
    if metadata_db.ask_airflow("jobs", "check", "--job-type", job_type, "--local", timeout=COMMAND_TIMEOUT * (2 if starting else 1)) == 0:
        seen()
        return 0
    if starting:
        return 1
    if metadata_db.ask_airflow("db", "check", timeout=COMMAND_TIMEOUT) == 0:
        return 1
    return unseen(job_type, f"Airflow's own commands do not reach the database; they are asked since {reason}")


def main(job_type, oldest, starting):
    reason = metadata_db.obstacle()
    if reason is not None:
        return by_airflow(job_type, starting is not None, reason)
    driver = metadata_db.driver()
    try:
        with metadata_db.connect() as connection, connection.cursor() as cursor:
            cursor.execute(STATEMENT_TIMEOUT)
            cursor.execute(QUERY.format(table=metadata_db.table("job")), (job_type, names()))
            age, since = cursor.fetchone() or (None, None)
    except (driver.OperationalError, driver.InterfaceError) as error:
        if metadata_db.refused(error):
            return by_airflow(job_type, starting is not None, "the database refuses the URL")
        return unseen(job_type, f"the database does not answer, which is not {job_type}'s fault: {error}")
    if age is None:
        told = f"no {job_type} on {', '.join(names())}"
        if starting is None:
            return unseen(job_type, told)
        print(told)
        return 1
    seen()
    if starting is not None and (since - age < starting or since > uptime() + CLOCKS):
        print(f"{job_type}: no heartbeat yet that came {starting} s after the start of this container's job")
        return 1
    print(f"{job_type}: last heartbeat {age:.0f} s ago, allowed are {oldest}")
    return 0 if age <= oldest else 1


if __name__ == "__main__":
    # A probe runs all the time, and argparse would take a fifth of its time.
    job_type, oldest, *starting = sys.argv[1:]
    sys.exit(main(job_type, int(oldest), int(starting[1]) if starting else None))
