#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Duration, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowVersion,
    ApiServerOptions,
    CeleryWorkersOptions,
    ClaimTemplateOptions,
    ExecutionApiOptions,
    Executor,
    Exposure,
    LogVolumeOptions,
    Metrics,
    ResourceQuantities,
    Resources,
    Scaling,
    TelemetryOptions,
    TriggererOptions,
)
import cdk8s_plus_27 as kplus

app = App()

AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.3.2"),
    executor=Executor.celery(
        workers=CeleryWorkersOptions(
            resources=Resources.of(requests=ResourceQuantities(cpu="1", memory="2Gi")),
            scaling=Scaling.cpu(
                min_replicas=2,
                max_replicas=8,
                cpu_utilization=80,
                scale_down=kplus.ScalingRules(stabilization_window=Duration.minutes(10)),
            ),
            logs=LogVolumeOptions(size=Size.gibibytes(100)),
            claims=[
                ClaimTemplateOptions(
                    name="cache",
                    mount_path="/cache",
                    size=Size.gibibytes(5),
                    storage_class_name="fast",
                ),
            ],
        ),
    ),
    telemetry=TelemetryOptions(metrics=Metrics.collector()),
    api_server=ApiServerOptions(
        exposure=Exposure.load_balancer(source_ranges=["10.0.0.0/8"]),
        execution_api=ExecutionApiOptions(),
    ),
    triggerer=TriggererOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
)

app.synth()
