"""A run that lasts until the test lets it go on; its tasks tell which version of this file they see."""

import time

try:
    from airflow.sdk import Variable, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models import Variable

VERSION = "1"


@dag(schedule=None, catchup=False)
def held():
    @task
    def holds():
        print("held: begins", flush=True)
        end = time.monotonic() + 900
        while Variable.get("held_release", "no") != "yes":
            assert time.monotonic() < end, "nobody released this task"
            time.sleep(1)
        return VERSION

    @task
    def after():
        return VERSION

    holds() >> after()


held()
