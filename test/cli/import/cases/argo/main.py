#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.15.0 of the chart.
from cdk8s import App, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowHousekeeping,
    AirflowVersion,
    DagSource,
    DatabaseHousekeepingOptions,
    JobHousekeepingOptions,
    Metrics,
    SchedulerOptions,
    TaskLogs,
    TaskPodHousekeepingOptions,
    TelemetryOptions,
    XComHousekeepingOptions,
)

app = App()

# Decide 'dags.persistence.accessMode': several pods mount the claim, which ReadWriteOnce allows on one node only;
#   the program has ReadWriteMany, which the storage class must support, otherwise use DagSource.gitSync() or
#   DagSource.fromImage()
chart = AirflowChart(
    app,
    "airflow",
    namespace="airflow-prod",
    version=AirflowVersion.of("2.10.5"),
    dags=DagSource.new_claim(size=Size.gibibytes(2)),
    logs=TaskLogs.new_claim(size=Size.gibibytes(40), storage_class_name="nfs"),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    scheduler=SchedulerOptions(replicas=2),
)

AirflowHousekeeping(
    chart,
    "housekeeping",
    airflow=chart.airflow,
    database=DatabaseHousekeepingOptions(),
    task_pods=TaskPodHousekeepingOptions(enabled=False),
    jobs=JobHousekeepingOptions(enabled=False),
    xcoms=XComHousekeepingOptions(enabled=False),
)

app.synth()
