#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowVersion,
    CeleryWorkersOptions,
    Executor,
    LogVolumeOptions,
    Metrics,
    TelemetryOptions,
    TriggererOptions,
)

app = App()

AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.2.2"),
    executor=Executor.celery(workers=CeleryWorkersOptions(logs=LogVolumeOptions(size=Size.gibibytes(100)))),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    triggerer=TriggererOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
)

app.synth()
