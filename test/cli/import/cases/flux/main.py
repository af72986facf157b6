#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.18.0 of the chart.
from cdk8s import App
from cdk8s_airflow import (
    AirflowChart,
    AirflowVersion,
    Metrics,
    ResourceQuantities,
    Resources,
    SchedulerOptions,
    TaskLogs,
    TelemetryOptions,
)

app = App()

# Decide 'values': the values of the Secret 'etl-values' of 'valuesFrom' are missing; give the file as well
# Decide 'scheduler.podAnnotations': the value has a template of Helm that only Helm can fill in:
#   '{"checksum/settings":"{{ include (print $.Template.BasePath \"/settings.yaml\") '; write what it gives
AirflowChart(
    app,
    "airflow",
    namespace="data",
    name="etl",
    version=AirflowVersion.of("3.0.6"),
    logs=TaskLogs.gcs(bucket="etl-logs", prefix="etl"),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    scheduler=SchedulerOptions(resources=Resources.of(requests=ResourceQuantities(cpu="250m"))),
)

app.synth()
