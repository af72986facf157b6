"""Names a task pod that the deployment does not have."""

from airflow_task_pods import gpuu  # noqa: F401
