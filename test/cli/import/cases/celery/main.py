#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Duration, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowVersion,
    Broker,
    CeleryWorkersOptions,
    Database,
    Executor,
    ExporterOptions,
    Exposure,
    FlowerAuth,
    FlowerOptions,
    LogVolumeOptions,
    PgBouncerOptions,
    PlacementOptions,
    PostgresSslMode,
    PostgresTlsOptions,
    ResourceQuantities,
    Resources,
    Scaling,
    SecretKey,
    Toleration,
    TriggererOptions,
    WorkloadOptions,
)

app = App()

chart = AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.3.2"),
    executor=Executor.celery(
        broker=Broker.redis(
            image="redis:7.4-bookworm",
            volume_size=Size.gibibytes(5),
            storage_class_name="fast",
            resources=Resources.of(limits=ResourceQuantities(memory="1Gi")),
            placement=PlacementOptions(tolerations=[Toleration.exists("pool")]),
        ),
        workers=CeleryWorkersOptions(
            termination_grace_period=Duration.minutes(60),
            workload=WorkloadOptions(partition=1),
            scaling=Scaling.keda(max_replicas=12, polling_interval=Duration.seconds(15)),
            queues=["default", "reports"],
            logs=LogVolumeOptions(size=Size.gibibytes(20), delete_with_set=True),
        ),
        result_backend=SecretKey.of("airflow-results", "connection"),
        flower=FlowerOptions(
            resources=Resources.of(requests=ResourceQuantities(cpu="100m", memory="256Mi")),
            auth=FlowerAuth.from_secret(SecretKey.of("airflow-flower", "basicAuth")),
            exposure=Exposure.ingress(),
            url="http://flower.example.com",
        ),
    ),
    database=Database.postgres(
        host="postgres.example.com",
        name="airflow",
        user="airflow",
        password=SecretKey.of("airflow-database", "password"),
        tls=PostgresTlsOptions(mode=PostgresSslMode.REQUIRE),
    ),
    pg_bouncer=PgBouncerOptions(
        replicas=2,
        pool_size=20,
        exporter=ExporterOptions(resources=Resources.of(limits=ResourceQuantities(memory="64Mi"))),
    ),
    config={
        "celery": {"worker_concurrency": "8", "worker_prefetch_multiplier": "1"},
        "celery_broker_transport_options": {"visibility_timeout": "43200"},
    },
    triggerer=TriggererOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
)

chart.airflow.add_celery_workers(
    "big",
    resources=Resources.of(requests=ResourceQuantities(cpu="4", memory="16Gi")),
    replicas=3,
    queues=["big"],
)

app.synth()
