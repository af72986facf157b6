"""Uses what the image adds, a package and the macro of a plugin, and what the platform adds, a variable and a connection."""

import datetime

import holidays
from airflow.sdk import Connection, Variable, dag, task


@dag(schedule=None, catchup=False)
def working_days():
    @task
    def package():
        return holidays.country_holidays(Variable.get("country")).get(datetime.date(2026, 10, 3))

    @task
    def plugin(day):
        return day

    @task
    def connection():
        return Connection.get("calendar").host

    package()
    plugin("{{ macros.acme.next_working_day('2026-12-24') }}")
    connection()


working_days()
