#!/usr/bin/env python
# Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
from cdk8s import App, Duration, Size
from cdk8s_airflow import (
    Affinity,
    AirflowChart,
    AirflowVersion,
    CommonPodOptions,
    ContainerOptions,
    DefaultTaskPodOptions,
    DisruptionBudgetOptions,
    DnsOptions,
    DownwardApiFile,
    HostAliasOptions,
    HttpHookOptions,
    LifecycleOptions,
    LogVolumeOptions,
    MainContainerOptions,
    Metrics,
    PodAffinityTerm,
    PodOptions,
    PodVolumeMount,
    ProbeTimings,
    ProjectedSource,
    ResourceQuantities,
    Resources,
    SchedulerOptions,
    TelemetryOptions,
    Toleration,
    TopologySpread,
    TriggererOptions,
    UnsatisfiableConstraint,
    Volumes,
    WorkloadOptions,
)
import cdk8s_plus_27 as kplus

app = App()
company_ca_config_map = kplus.ConfigMap.from_config_map_name(app, "company-ca-config-map", "company-ca")

ca_volume = kplus.Volume.from_config_map(
    app,
    "ca-volume",
    company_ca_config_map,
    name="ca",
    items={"ca.pem": kplus.PathMapping(path="ca.pem")},
)

shared_data_claim = kplus.PersistentVolumeClaim.from_claim_name(app, "shared-data-claim", "shared-data")
shared_volume = kplus.Volume.from_persistent_volume_claim(app, "shared-volume", shared_data_claim, name="shared")
settings_config_map = kplus.ConfigMap.from_config_map_name(app, "settings-config-map", "settings")
maybe_secret = kplus.Secret.from_secret_name(app, "maybe-secret", "maybe")
scheduler_files_secret = kplus.Secret.from_secret_name(app, "scheduler-files-secret", "scheduler-files")

secrets_volume = kplus.Volume.from_secret(
    app,
    "secrets-volume",
    scheduler_files_secret,
    name="secrets",
    default_mode=0o400,
)

own_scratch_volume = kplus.Volume.from_empty_dir(
    app,
    "own-scratch-volume",
    "own-scratch",
    medium=kplus.EmptyDirMedium.MEMORY,
    size_limit=Size.mebibytes(64),
)

vault_volume = kplus.Volume.from_csi(
    app,
    "vault-volume",
    "secrets-store.csi.k8s.io",
    name="vault",
    read_only=True,
    attributes={"secretProviderClass": "airflow"},
)

who_volume = Volumes.downward_api(app, "who-volume", "who", {"name": DownwardApiFile(field="metadata.name")})

token_volume = Volumes.projected(
    app,
    "token-volume",
    "token",
    [ProjectedSource.service_account_token(path="token", audience="vault")],
)

# Decide 'triggerer.extraContainers': the container 'root' is privileged, root, or has added capabilities, which
#   the Pod Security level restricted refuses; run it in a DaemonSet or a Deployment of its own
# Decide 'triggerer.securityContexts.container': root, privileges and added capabilities are refused by the Pod
#   Security level restricted, at which the library runs everything; the image runs as the user 50000 and needs
#   none of them
AirflowChart(
    app,
    "airflow",
    namespace="airflow",
    version=AirflowVersion.of("3.2.2"),
    pods=CommonPodOptions(
        affinity=Affinity(away_from_pods=[PodAffinityTerm(labels={"app": "database"}, weight=50)]),
        tolerations=[Toleration.any()],
        topology_spread=[
            TopologySpread(
                topology_key="topology.kubernetes.io/zone",
                max_skew=2,
                when_unsatisfiable=UnsatisfiableConstraint.DO_NOT_SCHEDULE,
            ),
        ],
        scheduler_name="volcano",
        volume_mounts=[
            kplus.VolumeMount(path="/etc/company", volume=ca_volume),
            kplus.VolumeMount(path="/data", volume=shared_volume, sub_path="airflow"),
        ],
    ),
    task_pods=DefaultTaskPodOptions(
        priority_class_name="low",
        termination_grace_period=Duration.minutes(2),
        pod=PodOptions(runtime_class_name="gvisor"),
    ),
    telemetry=TelemetryOptions(metrics=Metrics.statsd()),
    scheduler=SchedulerOptions(
        pod=PodOptions(
            annotations={"sidecar.istio.io/inject": "false"},
            labels={"tier-of-service": "gold"},
            dns=DnsOptions(host_aliases=[HostAliasOptions(ip="10.1.2.3", hostnames=["git.internal"])]),
        ),
        container=MainContainerOptions(
            lifecycle=LifecycleOptions(post_start_http=HttpHookOptions(path="/started", port=8974)),
            liveness_probe=ProbeTimings(timeout=Duration.seconds(30), failure_threshold=3),
            startup_probe=ProbeTimings(failure_threshold=20),
        ),
        env={
            "FROM_MAP": kplus.EnvValue.from_config_map(settings_config_map, "mode"),
            "MAYBE": kplus.EnvValue.from_secret_value(kplus.SecretValue(secret=maybe_secret, key="it"), optional=True),
        },
        volume_mounts=[
            kplus.VolumeMount(path="/etc/files", volume=secrets_volume, read_only=True),
            kplus.VolumeMount(path="/scratch", volume=own_scratch_volume),
            kplus.VolumeMount(path="/etc/vault", volume=vault_volume),
            kplus.VolumeMount(path="/etc/who", volume=who_volume),
            kplus.VolumeMount(path="/var/run/vault", volume=token_volume),
        ],
        sidecars=[
            ContainerOptions(
                name="shipper",
                image="registry.example.com/shipper:1.2.0",
                args=["--follow"],
                env={"NODE": kplus.EnvValue.from_field_ref(kplus.EnvFieldPaths.NODE_NAME)},
                pod_volume_mounts=[PodVolumeMount(volume="logs", mount_path="/logs", read_only=True)],
                liveness_probe=kplus.Probe.from_http_get("/healthz", port=9100, period_seconds=Duration.seconds(20)),
                ports=[kplus.ContainerPort(number=9100, name="metrics")],
                resources=Resources.of(requests=ResourceQuantities(cpu="10m", memory="32Mi")),
                read_only_root_filesystem=False,
            ),
        ],
        init_containers=[
            ContainerOptions(
                name="fetch",
                image="registry.example.com/fetch:3",
                command=["fetch", "--once"],
                read_only_root_filesystem=False,
            ),
        ],
        workload=WorkloadOptions(annotations={"example.com/owner": "data"}),
    ),
    triggerer=TriggererOptions(
        replicas=2,
        disruption_budget=DisruptionBudgetOptions(max_unavailable=kplus.PercentOrAbsolute.absolute(1)),
        logs=LogVolumeOptions(size=Size.gibibytes(100)),
    ),
)

app.synth()
