"""A DAG that names a task pod which the deployment does not have."""

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow.models.dag import DAG
from airflow_task_pods import gpuu  # noqa: F401

with DAG("unknown_task_pod", schedule=None):
    pass
