"""What a user does in the UI: starts it by hand and reads its log; on 2.11 and 3.3 alike."""

import logging

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, catchup=False, is_paused_upon_creation=False)
def browser():
    @task
    def says():
        # What is printed takes another way, and may end up in the next group of lines, which the UI folds.
        logging.getLogger("airflow.task").info("e2e: read in the browser")

    says()


browser()
