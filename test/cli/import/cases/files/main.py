#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Duration
from cdk8s_airflow import (
    AirflowChart,
    AirflowVersion,
    Auth,
    CommonPodOptions,
    DagBundle,
    DagSource,
    DefaultTaskPodOptions,
    Env,
    Metrics,
    SimpleRole,
    SimpleUserOptions,
    TaskLogs,
    TaskPodTemplate,
    TelemetryOptions,
)

app = App()

# Decide 'config.scheduler.catchup_by_default': scheduler.catchup_by_default: the value has a template of Helm
#   that only Helm can fill in; write what it gives into config.scheduler.catchup_by_default
AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.3.2"),
    dags=DagSource.bundles([
        DagBundle.git(
            "main",
            repo="https://git.example.com/dags.git",
            ref="main",
            sub_path="dags",
            refresh_interval=Duration.minutes(1),
        ),
        DagBundle.local("baked", "/opt/airflow/baked"),
    ]),
    logs=TaskLogs.open_search(url="http://search:9200"),
    auth=Auth.simple(
        users={"ann": SimpleUserOptions(role=SimpleRole.ADMIN), "bob": SimpleUserOptions(role=SimpleRole.VIEWER)},
    ),
    config={
        "logging": {"log_filename_template": "dag_id={{ ti.dag_id }}/{{ ti.run_id }}.log"},
        "dag_processor": {"refresh_interval": "60"},
    },
    labels={"region": "eu"},
    pods=CommonPodOptions(
        labels={"region": "eu"},
        env=Env.of({"AIRFLOW__MY_PLUGIN__MODE": "fast", "AIRFLOW__CLOUD__REGION": "eu"}),
    ),
    task_pods=DefaultTaskPodOptions(template=TaskPodTemplate.from_file("pod_template.yaml")),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
)

app.synth()
