"""What an Airflow has to be able to do, on 2.11 and 3.3 alike: XCom, mapped tasks, a deferral, folders to write to, a Variable."""

import datetime
import os
import pathlib
import time

try:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    from airflow.sdk import BaseOperator, Variable, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models import Variable
    from airflow.models.baseoperator import BaseOperator
    from airflow.triggers.temporal import TimeDeltaTrigger


class Deferred(BaseOperator):
    """Leaves its place to the triggerer, and is resumed by it."""

    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(datetime.timedelta(seconds=5)), method_name="resume")

    def resume(self, context, event=None):
        print("e2e: resumed by the triggerer")
        return "resumed"


@dag(schedule=None, catchup=False, max_active_tasks=16)
def e2e():
    @task
    def numbers():
        return [1, 2, 3, 4, 5]

    @task
    def square(number):
        return number * number

    @task
    def total(squares):
        return sum(squares)

    @task
    def writes():
        folders = [pathlib.Path.home() / ".cache", pathlib.Path("/tmp"), pathlib.Path.cwd()]
        for folder in folders:
            file = folder / f"e2e-{os.getpid()}"
            file.write_text("written")
            assert file.read_text() == "written"
            file.unlink()
        return [str(folder) for folder in folders]

    @task
    def waits():
        """Runs until someone has read its log and says so."""
        print("e2e: waiting to be released", flush=True)
        end = time.monotonic() + 600
        while Variable.get("e2e_release", "no") != "yes":
            assert time.monotonic() < end, "nobody released this task"
            time.sleep(1)
        print("e2e: released")

    total(square.expand(number=numbers()))
    writes()
    waits()
    Deferred(task_id="deferred")


e2e()
