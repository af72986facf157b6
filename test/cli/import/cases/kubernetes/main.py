#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import ApiObjectMetadata, App, Duration
from cdk8s_airflow import (
    Affinity,
    AirflowChart,
    AirflowConnection,
    AirflowImage,
    AirflowSecrets,
    AirflowVersion,
    ApiServerOptions,
    CommonPodOptions,
    DagProcessorOptions,
    DagSource,
    Database,
    DefaultTaskPodOptions,
    DisruptionBudgetOptions,
    Executor,
    Exposure,
    FernetKeys,
    GitCredentials,
    IngressTls,
    Metrics,
    NodeRequirement,
    ResourceQuantities,
    Resources,
    Scaling,
    SchedulerOptions,
    SecretKey,
    SecurityContextOptions,
    ServiceAccountOptions,
    TaintEffect,
    TaskLogs,
    TelemetryOptions,
    Toleration,
    TopologySpread,
    TriggererOptions,
)
import cdk8s_plus_27 as kplus

app = App()
registry_login_secret = kplus.Secret.from_secret_name(app, "registry-login-secret", "registry-login")
settings_config_map = kplus.ConfigMap.from_config_map_name(app, "settings-config-map", "settings")

airflow_known_hosts_config_map = kplus.ConfigMap.from_config_map_name(
    app,
    "airflow-known-hosts-config-map",
    "airflow-known-hosts",
)

resources = Resources.of(
    requests=ResourceQuantities(cpu="500m", memory="1Gi"),
    limits=ResourceQuantities(memory="2Gi"),
)

tolerations = [Toleration.equal("pool", "airflow", effect=TaintEffect.NO_SCHEDULE)]

chart = AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    image=AirflowImage.of(
        "registry.example.com/data/airflow:2026.11.2",
        version=AirflowVersion.of("3.3.2"),
        pull_policy=kplus.ImagePullPolicy.ALWAYS,
        pull_secrets=[registry_login_secret],
    ),
    url="https://airflow.example.com",
    executor=Executor.kubernetes(creation_batch_size=8, delete_pods_on_failure=True),
    dags=DagSource.git_sync(
        repo="git@git.example.com:data/dags.git",
        ref="main",
        sub_path="dags",
        period=Duration.seconds(30),
        credentials=GitCredentials.ssh_key(
            SecretKey.of("git-key", "gitSshKey"),
            known_hosts_config_map=airflow_known_hosts_config_map,
        ),
    ),
    database=Database.from_secret(SecretKey.of("airflow-database", "connection")),
    logs=TaskLogs.s3(bucket="example-logs", prefix="airflow", connection=AirflowConnection.from_id("aws_default")),
    secrets=AirflowSecrets.from_secrets(
        fernet_key=FernetKeys(current=SecretKey.of("airflow-fernet", "fernet-key")),
        jwt_secret=SecretKey.of("airflow-jwt", "jwt-secret"),
        secret_key=SecretKey.of("airflow-api", "api-secret-key"),
    ),
    config={
        "core": {"max_active_runs_per_dag": "4", "max_active_tasks_per_dag": "32", "parallelism": "128"},
        "api": {"expose_config": "True"},
    },
    labels={"team": "data"},
    pods=CommonPodOptions(
        node_selector={"pool": "airflow"},
        annotations={"prometheus.io/scrape": "false"},
        labels={"team": "data"},
        env_from=[kplus.Env.from_config_map(settings_config_map)],
        security_context=SecurityContextOptions(fs_group=2000, user=50001),
        env={
            "REGION": kplus.EnvValue.from_value("eu-central-1"),
            "AIRFLOW_CONN_SNOWFLAKE": SecretKey.of("connections", "snowflake").to_env_value(),
        },
    ),
    task_pods=DefaultTaskPodOptions(
        resources=Resources.of(
            requests=ResourceQuantities(cpu="1", memory="2Gi"),
            limits=ResourceQuantities(memory="2Gi"),
        ),
        affinity=Affinity(required_nodes=[NodeRequirement(matches=[kplus.NodeLabelQuery.in_("disk", ["ssd"])])]),
        topology_spread=[TopologySpread(topology_key="topology.kubernetes.io/zone")],
        extended_resources={"nvidia.com/gpu": "1"},
    ),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    api_server=ApiServerOptions(
        resources=resources,
        disruption_budget=DisruptionBudgetOptions(min_available=kplus.PercentOrAbsolute.absolute(1)),
        scaling=Scaling.cpu(min_replicas=2, max_replicas=6, cpu_utilization=50),
        exposure=Exposure.ingress(
            class_name="nginx",
            tls=IngressTls.cert_manager_cluster_issuer("letsencrypt"),
            annotations={"nginx.ingress.kubernetes.io/proxy-body-size": "16m"},
            additional_hosts=["jobs.example.com"],
        ),
    ),
    scheduler=SchedulerOptions(
        resources=resources,
        tolerations=tolerations,
        service_account=ServiceAccountOptions(
            annotations={"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/airflow"},
        ),
        # two, since one alone is not enough when a node goes
        replicas=2,
    ),
    dag_processor=DagProcessorOptions(resources=resources),
    triggerer=TriggererOptions(resources=resources, tolerations=tolerations),
)

kplus.ConfigMap(
    chart,
    "known-hosts",
    metadata=ApiObjectMetadata(name="airflow-known-hosts"),
    data={"known_hosts": "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHvkY"},
)

app.synth()
