"""A DAG that comes later, by a push."""

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, catchup=False)
def pushed():
    @task
    def only():
        pass

    only()


pushed()
