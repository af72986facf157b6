#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import ApiObject, ApiObjectMetadata, App, Cron, Duration, JsonPatch, Size
from cdk8s_airflow import (
    AirflowChart,
    AirflowHousekeeping,
    AirflowNetworkPolicies,
    AirflowVersion,
    CommonPodOptions,
    DatabaseHousekeepingOptions,
    JobHousekeepingOptions,
    KerberosOptions,
    LifecycleOptions,
    LogVolumeOptions,
    Metrics,
    NetworkPeer,
    ResourceQuantities,
    Resources,
    SchedulerOptions,
    SecretKey,
    SecurityContextOptions,
    TaskPodHousekeepingOptions,
    TelemetryOptions,
    TriggererOptions,
    XComHousekeepingOptions,
)
import cdk8s_plus_27 as kplus

app = App()

local_settings = """\
def task_policy(task):
    task.retries = max(task.retries, 2)
"""

# Decide 'networkPolicies.enabled': only a Secret has the address of 'kdc'; the program has
#   NetworkPeer.anywhere(), better is NetworkPeer.cidr(), namespace() or host()
chart = AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.2.2"),
    local_settings=local_settings,
    pods=CommonPodOptions(
        lifecycle=LifecycleOptions(pre_stop=["sleep", "5"]),
        security_context=SecurityContextOptions(user_from_namespace=True),
        kerberos=KerberosOptions(
            principal="airflow@EXAMPLE.COM",
            keytab=SecretKey.of("airflow-kerberos-keytab", "kerberos.keytab"),
            reinit_frequency=Duration.seconds(1800),
        ),
    ),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    scheduler=SchedulerOptions(priority_class_name="airflow-high"),
    triggerer=TriggererOptions(logs=LogVolumeOptions(size=Size.gibibytes(100))),
)

kplus.ConfigMap(
    chart,
    "team-settings",
    metadata=ApiObjectMetadata(name="team-settings", labels={"team": "data"}),
    data={"mode": "strict", "region": "eu"},
)

ApiObject(
    chart,
    "priority-class-airflow-high",
    api_version="scheduling.k8s.io/v1",
    kind="PriorityClass",
    metadata={"name": "airflow-high"},
).add_json_patch(
    JsonPatch.add("/value", 1000),
    JsonPatch.add("/preemptionPolicy", "PreemptLowerPriority"),
)

ApiObject(
    chart,
    "data-airflow-resource-quota",
    api_version="v1",
    kind="ResourceQuota",
    metadata={"name": "data-airflow-resource-quota"},
).add_json_patch(
    JsonPatch.add("/spec", {"hard": {"pods": "60", "requests.cpu": "40"}}),
)

ApiObject(
    chart,
    "data-airflow-limit-range",
    api_version="v1",
    kind="LimitRange",
    metadata={"name": "data-airflow-limit-range"},
).add_json_patch(
    JsonPatch.add("/spec", {"limits": [{"type": "Container", "defaultRequest": {"memory": "128Mi"}}]}),
)

AirflowHousekeeping(
    chart,
    "housekeeping",
    airflow=chart.airflow,
    task_pods=TaskPodHousekeepingOptions(
        resources=Resources.of(requests=ResourceQuantities(cpu="50m", memory="128Mi")),
        schedule=Cron.schedule(minute="*/30"),
    ),
    database=DatabaseHousekeepingOptions(
        schedule=Cron.schedule(minute="0", hour="3", week_day="0"),
        retention=Duration.days(60),
    ),
    jobs=JobHousekeepingOptions(enabled=False),
    xcoms=XComHousekeepingOptions(enabled=False),
)

chart.airflow.allow_jobs()

AirflowNetworkPolicies(
    chart,
    "network-policies",
    airflow=chart.airflow,
    peers={"kdc": [NetworkPeer.anywhere(ports=[88])]},
)

app.synth()
