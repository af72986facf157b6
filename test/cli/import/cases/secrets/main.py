#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Size
from cdk8s_airflow import (
    AdminOptions,
    AirflowChart,
    AirflowSecrets,
    AirflowVersion,
    Auth,
    Broker,
    CeleryWorkersOptions,
    CommonPodOptions,
    DagSource,
    Database,
    Executor,
    FernetKeys,
    GitCredentials,
    LogVolumeOptions,
    Metrics,
    ObjectMetadata,
    PodObjectsOptions,
    SecretKey,
    SecurityContextOptions,
    TaskLogs,
    TelemetryOptions,
    WebserverConfigFile,
)
import cdk8s_plus_27 as kplus

app = App()

# Decide 'dags.gitSync.knownHosts': git-sync checks no host key, so that an attacker on the way can deliver other
#   DAGs; use GitCredentials.sshKey() with the known hosts. The program has GitCredentials.sshKeyForAnyHost(), as
#   the chart does
AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.2.2"),
    # Everything that a password can stand in.
    executor=Executor.multiple([
        Executor.celery(
            broker=Broker.from_secret(SecretKey.of("airflow-broker", "connection")),
            workers=CeleryWorkersOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
            result_backend=SecretKey.of("airflow-result-backend", "connection"),
        ),
        Executor.kubernetes(),
    ]),
    dags=DagSource.git_sync(
        repo="git@git.example.com:dags.git",
        ref="main",
        sub_path="tests/dags",
        credentials=GitCredentials.ssh_key_for_any_host(SecretKey.of("airflow-git-ssh", "gitSshKey")),
    ),
    database=Database.postgres(
        host="postgres",
        name="airflow",
        user="airflow",
        password=SecretKey.of("airflow-database", "password"),
    ),
    logs=TaskLogs.elasticsearch(
        url="https://search.example.com:9200",
        username="reader",
        password=SecretKey.of("airflow-logs", "password"),
    ),
    auth=Auth.fab(
        webserver_config_file=WebserverConfigFile.from_secret(
            SecretKey.of("airflow-webserver-config", "webserver_config.py"),
        ),
        admin=AdminOptions(username="root", password=SecretKey.of("airflow-admin", "password")),
    ),
    secrets=AirflowSecrets.from_secrets(
        fernet_key=FernetKeys(current=SecretKey.of("airflow-env", "AIRFLOW__CORE__FERNET_KEY")),
        jwt_secret=SecretKey.of("airflow-keys", "jwt-secret"),
        secret_key=SecretKey.of("airflow-keys", "api-secret-key"),
    ),
    config={"smtp": {"smtp_host": "mail.example.com"}},
    pods=CommonPodOptions(
        security_context=SecurityContextOptions(user=50002),
        objects=PodObjectsOptions(
            config_maps=ObjectMetadata(annotations={"reloader": "yes"}),
            secrets=ObjectMetadata(annotations={"replicator": "yes"}),
        ),
        env={
            "AIRFLOW_CONN_WAREHOUSE": SecretKey.of("airflow-env", "AIRFLOW_CONN_WAREHOUSE").to_env_value(),
            "API_TOKEN": SecretKey.of("airflow-env", "API_TOKEN").to_env_value(),
            "POD_IP": kplus.EnvValue.from_field_ref(kplus.EnvFieldPaths.POD_IP),
            "AIRFLOW__SENTRY__SENTRY_DSN": SecretKey.of("airflow-env", "AIRFLOW__SENTRY__SENTRY_DSN").to_env_value(),
            "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SENTINEL_KWARGS": SecretKey.of(
                "airflow-env",
                "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SENTINEL_KWARGS",
            ).to_env_value(),
        },
    ),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
)

app.synth()
