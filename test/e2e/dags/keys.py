"""Tasks that read and write what Airflow encrypts, again and again, until a variable tells them to stop. None of them is tried twice."""

import os
import time

try:
    from airflow.sdk import BaseHook, Variable, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable


@dag(schedule=None, catchup=False, default_args={"retries": 0})
def keys():
    @task
    def reads(number):
        rounds = 0
        while Variable.get("stop", "no") != "yes":
            connection = BaseHook.get_connection("planted")
            assert connection.password.startswith("planted-"), "the password of the connection"
            assert connection.extra_dejson["api"].startswith("planted-"), "the extra of the connection"
            Variable.set(f"written_{number}", f"{os.getpid()}-{rounds}")
            assert Variable.get(f"written_{number}") == f"{os.getpid()}-{rounds}", "a variable that was just written"
            rounds += 1
            time.sleep(2)
        return rounds

    reads.expand(number=[1, 2])


keys()
