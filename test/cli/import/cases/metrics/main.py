#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Size
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
    ResourceQuantities,
    Resources,
    Scaling,
    TriggererOptions,
)

app = App()

# Decide 'statsd.extraMappings': the value has no converter; set telemetry.metrics: Metrics.statsd()
# Decide 'statsd.resources': the value has no converter; set telemetry.metrics: Metrics.statsd()
# Decide 'otelCollector.metricsEnabled': the value has no converter; set telemetry
# Decide 'workers.hpa.behavior': the value has no converter; set scaling: Scaling.cpu({ behavior })
AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.3.2"),
    executor=Executor.celery(
        workers=CeleryWorkersOptions(
            resources=Resources.of(requests=ResourceQuantities(cpu="1", memory="2Gi")),
            scaling=Scaling.cpu(min_replicas=2, max_replicas=8, cpu_utilization=80),
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
    config={"metrics": {"statsd_prefix": "data"}},
    api_server=ApiServerOptions(
        exposure=Exposure.load_balancer(source_ranges=["10.0.0.0/8"]),
        execution_api=ExecutionApiOptions(),
    ),
    triggerer=TriggererOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
)

app.synth()
