import { Duration } from 'cdk8s';
import {
  Airflow, AirflowProps, AirflowVersion, DagSource, Database, DefaultTaskPodOptions, Env, Executor, Exposure, GitCredentials, Gpu, IngressTimeout,
  IngressTls, Resources, SecretKey, TaskLogs, Toleration, WorkloadIdentity,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/** What is another one in a trial inside a cluster. */
export interface Trial {
  readonly repo?: string;
  readonly s3Url?: string;
}

/** Everything but the task pods. */
export function production(scope: Construct, version: AirflowVersion, { repo, s3Url }: Trial): AirflowProps {
  return {
    version,
    url: 'https://airflow.example.com',
    executor: Executor.kubernetes({ creationBatchSize: 8, deletePods: true, deletePodsOnFailure: false }),
    dags: DagSource.gitSync({
      repo: repo ?? 'git@github.com:your-org/airflow-dags.git',
      ref: 'main',
      subPath: 'dags',
      depth: 1,
      period: Duration.seconds(60),
      maxFailures: 3,
      credentials: GitCredentials.sshKey(SecretKey.of('airflow-gitsync-ssh-key', 'gitSshKey'), { knownHosts: SecretKey.of('airflow-gitsync-ssh-key', 'known_hosts') }),
    }),
    database: Database.fromSecret(SecretKey.of('airflow-metadata-secret', 'connection')),
    logs: TaskLogs.s3({ bucket: 'your-bucket', prefix: 'airflow-logs', region: 'us-east-1', endpointUrl: s3Url }),
    pods: {
      identity: WorkloadIdentity.eksIrsa('arn:aws:iam::123456789012:role/airflow'),
      env: Env.of({
        AWS_DEFAULT_REGION: 'us-east-1',
        AIRFLOW__SECRETS__BACKEND_KWARGS: JSON.stringify({
          connections_prefix: 'airflow/connections', variables_prefix: 'airflow/variables', ...(s3Url === undefined ? {} : { endpoint_url: s3Url }),
        }),
      }),
      // AIRFLOW_CONN_SNOWFLAKE, AIRFLOW_CONN_AWS_DEFAULT and what else DAGs connect to.
      envFrom: [kplus.Env.fromSecret(kplus.Secret.fromSecretName(scope, 'connections', 'airflow-connections'))],
    },
    config: config(version),
    ...components(version),
    taskPods: taskPods(),
  };
}

/** Two that serve, two that schedule, and one of each other. */
function components(version: AirflowVersion): AirflowProps {
  const web = {
    replicas: 2,
    exposure: Exposure.ingress({ className: 'nginx', tls: IngressTls.certManagerClusterIssuer('letsencrypt'), timeout: IngressTimeout.nginx(Duration.minutes(5)) }),
    resources: Resources.of({ requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } }),
    container: {
      livenessProbe: { initialDelay: Duration.seconds(30), period: Duration.seconds(15) },
      readinessProbe: { initialDelay: Duration.seconds(20), period: Duration.seconds(10) },
    },
  };
  return {
    ...(version.isAirflow3 ? { apiServer: web } : { webserver: web }),
    scheduler: { replicas: 2, resources: Resources.of({ requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '2', memory: '4Gi' } }) },
    triggerer: { replicas: 1, resources: Resources.of({ requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } }) },
  };
}

/** The options by the names that the version has for them. */
function config(version: AirflowVersion): AirflowProps['config'] {
  const airflow3 = version.isAirflow3;
  const web: AirflowProps['config'] = airflow3
    ? { api: { expose_config: 'False' } }
    : { webserver: { expose_config: 'False' } };
  const files: AirflowProps['config'] = airflow3
    ? { dag_processor: { min_file_process_interval: '30', refresh_interval: '30' }, scheduler: { max_dagruns_to_create_per_loop: '10' } }
    : { scheduler: { min_file_process_interval: '30', dag_dir_list_interval: '30', max_dagruns_to_create_per_loop: '10' } };
  return {
    core: { load_examples: 'False', parallelism: '64', max_active_runs_per_dag: '16', max_active_tasks_per_dag: '32' },
    kubernetes_executor: { enable_tcp_keepalive: 'True', verify_ssl: 'True' },
    secrets: { backend: 'airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend' },
    ...web,
    ...files,
  };
}

/** The pod of a task that asks for no other. */
function taskPods(): DefaultTaskPodOptions {
  return {
    resources: Resources.of({ requests: { cpu: '500m', memory: '2Gi' }, limits: { cpu: '2', memory: '4Gi' } }),
    nodeSelector: { 'workload-type': 'airflow-workers' },
    tolerations: [Toleration.equal('airflow-worker', 'true')],
    terminationGracePeriod: Duration.seconds(600),
  };
}

/** What tasks ask for by name: dags/pod_customization.py does. */
export function addTaskPods(airflow: Airflow): void {
  airflow.addTaskPod('gpu', {
    resources: Resources.of({ requests: { cpu: '4', memory: '16Gi' }, limits: { cpu: '8', memory: '32Gi' } }),
    gpus: Gpu.nvidia(1),
    nodeSelector: { 'cloud.google.com/gke-accelerator': 'nvidia-l4' },
    tolerations: [Toleration.exists('nvidia.com/gpu')],
    description: 'One NVIDIA L4.',
  });
  airflow.addTaskPod('light', {
    resources: Resources.of({ requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } }),
    description: 'For tasks that call others and wait.',
  });
}
