#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Duration, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowSecrets,
    AirflowVersion,
    Auth,
    CeleryExecutorOptions,
    CeleryWorkersOptions,
    CommonPodOptions,
    DagProcessorOptions,
    DefaultTaskPodOptions,
    Executor,
    Exposure,
    FabUserOptions,
    IngressTls,
    KubernetesExecutorOptions,
    LogGroomerSidecarOptions,
    LogVolumeOptions,
    MainContainerOptions,
    Metrics,
    ProbeTimings,
    ResourceQuantities,
    Resources,
    SecretKey,
    TelemetryOptions,
    TriggererOptions,
    WebserverOptions,
    WebServiceOptions,
)
import cdk8s_plus_27 as kplus

app = App()
tools_tls_secret = kplus.Secret.from_secret_name(app, "tools-tls-secret", "tools-tls")
resources = Resources.of(requests=ResourceQuantities(cpu="1", memory="4Gi"))

webserver_config = """\
from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
AUTH_ROLE_PUBLIC = "Viewer"
"""

AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("2.11.2"),
    url="https://tools.example.com/airflow",
    executor=Executor.celery_kubernetes(
        celery=CeleryExecutorOptions(
            workers=CeleryWorkersOptions(
                resources=resources,
                replicas=2,
                container=MainContainerOptions(liveness_probe=ProbeTimings(period=Duration.minutes(2))),
                logs=LogVolumeOptions(size=Size.gibibytes(100)),
            ),
        ),
        kubernetes=KubernetesExecutorOptions(delete_pods=False),
    ),
    auth=Auth.fab(
        webserver_config=webserver_config,
        users={
            "boss": FabUserOptions(
                roles=["Op"],
                password=SecretKey.of("airflow-admin", "password"),
                email="boss@example.com",
            ),
        },
        create_admin=False,
    ),
    secrets=AirflowSecrets.from_secrets(secret_key=SecretKey.of("airflow-webserver", "webserver-secret-key")),
    config={
        "core": {"max_active_tasks_per_dag": "16", "default_pool_task_slot_count": "128"},
        "webserver": {"dag_orientation": "LR"},
    },
    pods=CommonPodOptions(log_groomer=LogGroomerSidecarOptions(max_age=Duration.days(7))),
    task_pods=DefaultTaskPodOptions(resources=resources, node_selector={"pool": "tasks"}),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    webserver=WebserverOptions(
        replicas=2,
        container=MainContainerOptions(
            liveness_probe=ProbeTimings(initial_delay=Duration.minutes(1)),
            startup_probe=ProbeTimings(timeout=Duration.seconds(30)),
        ),
        service=WebServiceOptions(annotations={"example.com/owner": "data"}),
        exposure=Exposure.ingress(class_name="contour", tls=IngressTls.from_secret(tools_tls_secret)),
    ),
    dag_processor=DagProcessorOptions(),
    triggerer=TriggererOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
)

app.synth()
