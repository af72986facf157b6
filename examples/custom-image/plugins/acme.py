"""A plugin: what it lists is known to templates as `macros.acme`."""

import datetime

import holidays
from airflow.plugins_manager import AirflowPlugin


def next_working_day(day: str, country: str = "DE") -> str:
    """The first working day after a date."""
    calendar = holidays.country_holidays(country)
    return str(calendar.get_nth_working_day(datetime.date.fromisoformat(day), 1))


class AcmePlugin(AirflowPlugin):
    name = "acme"
    macros = [next_working_day]
