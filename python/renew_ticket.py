"""Keeps a Kerberos ticket fresh: renew_ticket.py SECONDS KINIT...

KINIT is the command that gets one by a keytab. It runs every SECONDS, and soon again when it fails. `airflow kerberos` runs
the same, but looks at the metadata database first, which the tasks of Airflow 3 do not have.
"""

import signal
import subprocess
import sys
import time

AGAIN = 15
TIMEOUT = 60


def renew(command):
    """Whether there is a new ticket; what kinit says of a failure goes to the log by itself."""
    try:
        return subprocess.run(command, timeout=TIMEOUT).returncode == 0
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{error}", flush=True)
        return False


def main(seconds, command):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # nobody else handles it for the first process of a container
    while True:
        renewed = renew(command)
        pause = seconds if renewed else min(seconds, AGAIN)
        print(f"{'the ticket is renewed' if renewed else 'the ticket could not be renewed'}, next in {pause} s", flush=True)
        time.sleep(pause)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
