#!/usr/bin/env python
from cdk8s import App, Size
from cdk8s_airflow import (
    AirflowChart, AirflowConnection, DagSource, Env, PoolOptions, Resources, TaskLogs, TuningLimits,
)

app = App()
chart = AirflowChart(
    app,
    "airflow",
    namespace="airflow-python",
    # Volumes: DAG files are copied onto the one, and the logs of tasks stay on the other.
    dags=DagSource.new_claim(read_only=False),
    logs=TaskLogs.new_claim(size=Size.gibibytes(2)),
    # An option that this Airflow does not have is an error here.
    config={"core": {"parallelism": "16"}},
    pools={"warehouse": PoolOptions(slots=4, description="Connections to the warehouse.")},
)
airflow = chart.airflow

# A pod that tasks choose by its name, as dags/report.py does.
airflow.add_task_pod(
    "large",
    resources=Resources.of(requests={"cpu": "100m", "memory": "512Mi"}, limits={"memory": "1Gi"}),
    env=Env.of({"OMP_NUM_THREADS": "4"}),
    description="For tasks that hold their data in memory.",
    tune_up_to=TuningLimits(memory=Size.gibibytes(2)),
)
airflow.add_connection("aws_default", AirflowConnection.without_secret("aws", extra={"region_name": "eu-central-1"}))

app.synth()
print(airflow.notes)
