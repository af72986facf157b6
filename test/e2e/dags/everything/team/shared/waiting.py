"""What the DAGs of the team share."""

import time


def wait(seconds):
    for second in range(seconds):
        print(second)
        time.sleep(1)
