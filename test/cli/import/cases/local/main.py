#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Duration, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowJobs,
    AirflowVersion,
    ApiServerOptions,
    Auth,
    DagSource,
    Database,
    ExecutionApiOptions,
    Executor,
    Exposure,
    ExternalParts,
    LogVolumeOptions,
    MainContainerOptions,
    Metrics,
    MigrationOptions,
    ObjectMetadata,
    ResourceQuantities,
    Resources,
    SchedulerOptions,
    TelemetryOptions,
    WebServiceOptions,
    WorkloadOptions,
)
import cdk8s_plus_27 as kplus

app = App()
team_dags_claim = kplus.PersistentVolumeClaim.from_claim_name(app, "team-dags-claim", "team-dags")

AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.2.2"),
    executor=Executor.local(),
    dags=DagSource.from_claim(team_dags_claim, sub_path="prod"),
    database=Database.in_cluster(volume_size=Size.gibibytes(50)),
    auth=Auth.fab(create_admin=False),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    api_server=ApiServerOptions(
        service=WebServiceOptions(port=8080),
        exposure=Exposure.node_port(node_port=30080),
        execution_api=ExecutionApiOptions(),
    ),
    scheduler=SchedulerOptions(
        termination_grace_period=Duration.minutes(15),
        container=MainContainerOptions(args=["bash", "-c", "exec airflow scheduler --skip-serve-logs"]),
        workload=WorkloadOptions(on_delete=True),
        logs=LogVolumeOptions(size=Size.gibibytes(30)),
    ),
    jobs=AirflowJobs(
        migration=MigrationOptions(
            resources=Resources.of(requests=ResourceQuantities(cpu="200m", memory="512Mi")),
            workload=ObjectMetadata(annotations={"argocd.argoproj.io/sync-wave": "1"}),
        ),
    ),
    external=ExternalParts(triggerer=True),
)

app.synth()
