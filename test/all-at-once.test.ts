import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Airflow, AirflowProps, DagSource, Executor, TaskLogs, TaskPodTemplate } from '../src';
import { podFile } from './pod-file';

/** The message of the one error that tells all that is wrong. */
function messageOf(props: AirflowProps): string {
  const chart = new Chart(new App(), 'chart', { namespace: 'airflow' });
  try {
    new Airflow(chart, 'airflow', props);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was found wrong');
}

test('fails with all wrong options of a configuration at once', () => {
  expect(messageOf({
    config: {
      core: { parallelizm: '64', executor: 'LocalExecutor', fernet_key: 'abc' },
      webserver: { web_server_port: '8080' },
      scheduler: { max_tis_per_query: 16 as unknown as string, scheduler_heartbeat_sec: '60' },
    },
  })).toBe([
    'chart/airflow: 6 mistakes:',
    "  'config.core.parallelizm': 'core.parallelizm' is not an option of Airflow 3.3; did you mean 'core.parallelism'?",
    "  'config.core.executor' cannot be set, got 'LocalExecutor'; 'executor' decides it",
    "  'config.core.fernet_key' cannot be set; 'secrets' decides it",
    "  'config.webserver.web_server_port': 'webserver.web_server_port' is not an option of Airflow 3.3: it is now 'api.port'",
    "  'config.scheduler.max_tis_per_query' must be a string, got number; put the value into quotes",
    "  'config.scheduler.scheduler_heartbeat_sec' must be a number above 0 and at most 20, got '60'; a component is restarted when its last heartbeat is 40 seconds old",
  ].join('\n'));
});

test('fails with all contradictions of the props at once', () => {
  expect(messageOf({
    webserver: {},
    scheduler: {},
    triggerer: {},
    apiServer: {},
    external: { scheduler: true, triggerer: true, webserver: true, apiServerUrl: 'https://airflow.example.com' },
  })).toBe([
    'chart/airflow: 9 mistakes:',
    "  'webserver' exists in Airflow 2, but the version is 3.3.2; use 'apiServer'",
    "  'external.webserver' exists in Airflow 2, but the version is 3.3.2; use 'external.apiServerUrl'",
    "  'apiServer' has options, but 'external.apiServerUrl' says that it runs elsewhere; leave one of them out",
    "  'webserver' has options, but 'external.webserver' says that it runs elsewhere; leave one of them out",
    "  'scheduler' has options, but 'external.scheduler' says that it runs elsewhere; leave one of them out",
    "  'triggerer' has options, but 'external.triggerer' says that it runs elsewhere; leave one of them out",
    "  'external.apiServerUrl' needs 'secrets.jwtSecret', which the API server at 'https://airflow.example.com' has too; set it",
    "  'external.apiServerUrl' needs 'secrets.secretKey', which the API server at 'https://airflow.example.com' has too; set it",
    "  'external.apiServerUrl' needs 'secrets.fernetKey', which the API server at 'https://airflow.example.com' has too; set it",
  ].join('\n'));
});

test('fails with all mistakes of a pod at once', () => {
  expect(messageOf({
    scheduler: {
      env: { 'a b': kplus.EnvValue.fromValue('1'), 'AIRFLOW__CORE__EXECUTOR': kplus.EnvValue.fromValue('LocalExecutor') },
      nodeSelector: { 'a b': 'c' },
      terminationGracePeriod: Duration.millis(500),
      pod: { labels: { 'team': 'a b', 'app.kubernetes.io/component': 'api' }, annotations: { '-': 'a' } },
      container: { ports: [{ number: 0, name: 'UPPER' }], livenessProbe: { period: Duration.seconds(0), failureThreshold: 0 } },
      sidecars: [{ name: 'Shipper', image: 'shipper' }],
    },
  })).toBe([
    'chart/airflow/scheduler: 13 mistakes:',
    "  'env' must have names of letters, digits and '_' that do not begin with a digit, got 'a b'",
    "  'env' cannot set 'AIRFLOW__CORE__EXECUTOR'; 'executor' decides it",
    "  'nodeSelector' must have names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/', got 'a b'",
    "  'pod.labels' must have values of at most 63 letters, digits, '-', '_' and '.', got 'a b' (3 characters) for 'team'",
    "  'pod.labels' cannot set 'app.kubernetes.io/component', which the library sets itself, got 'api'; leave it out",
    "  'pod.annotations' must have names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/', got '-'",
    "  'terminationGracePeriod' must be a whole number of seconds of at least 0, got 0.5",
    "  'container.livenessProbe.period' must be a whole number of seconds of at least 1, got 0",
    "  'container.livenessProbe.failureThreshold' must be a whole number of at least 1, got 0",
    "  'container.ports' must be a whole number from 1 to 65535, got 0",
    "  'container.ports.name' must be at most 15 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'UPPER' (5 characters)",
    "  'sidecars.name' must be at most 63 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'Shipper' (7 characters)",
    "  'sidecars.image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'shipper'",
  ].join('\n'));
});

test('fails with all options that no task pod can have at once', () => {
  expect(messageOf({
    taskPods: {
      container: { args: ['bash'], readinessProbe: {}, livenessProbe: {} },
      pod: { labels: { dag_id: 'a', task_id: 'b' } },
      startTimeout: Duration.millis(500),
      namespace: 'airflow',
      tuneUpTo: { gpus: 2 },
    },
  })).toBe([
    'chart/airflow/task-pods/default: 8 mistakes:',
    "  'container.readinessProbe' is for a pod that serves, not for one of a task; leave it out",
    "  'container.livenessProbe' is for a pod that serves, not for one of a task; leave it out",
    "  'pod.labels' cannot set 'dag_id', by which Airflow finds the pod of a task, got 'a'; use another name",
    "  'pod.labels' cannot set 'task_id', by which Airflow finds the pod of a task, got 'b'; use another name",
    "  'container.args' cannot be set, since Airflow gives each task its own; leave it out",
    "  'startTimeout' must be a whole number of seconds of at least 1, got 0.5",
    "  'namespace' is 'airflow', that of the Airflow itself; leave it out",
    "  'tuneUpTo.gpus' is 2, but the task pod has no 'gpus', which says of what kind they are; set it",
  ].join('\n'));
});

test('fails with all contradictions of an adopted template at once', () => {
  const file = podFile({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { 'app.kubernetes.io/component': 'worker' } },
    spec: {
      priorityClassName: 'low',
      restartPolicy: 'OnFailure',
      hostNetwork: true,
      securityContext: { runAsUser: 1000 },
      containers: [
        {
          name: 'base',
          image: 'apache/airflow:2.11.2',
          args: ['tasks'],
          env: [{ name: 'AIRFLOW__CORE__EXECUTOR', value: 'LocalExecutor' }, { name: 'AIRFLOW_HOME', value: '/home/airflow' }],
          volumeMounts: [{ name: 'logs', mountPath: '/opt/airflow/logs' }],
          resources: { requests: { memory: '4Gi' }, limits: { memory: '2Gi' } },
        },
        { name: 'shipper', image: 'shipper', securityContext: { privileged: true } },
      ],
      volumes: [{ name: 'logs', hostPath: { path: '/logs' } }, { name: 'scratch', emptyDir: {} }],
    },
  });
  const message = messageOf({ logs: TaskLogs.newClaim(), taskPods: { priorityClassName: 'high', template: TaskPodTemplate.fromFile(file) } });
  expect(message.replaceAll(file, 'pod.yaml')).toBe([
    'chart/airflow/task-pods/default: 14 mistakes:',
    "  'priorityClassName' is also said by pod.yaml, the 'template'; leave it out here or there",
    "  'spec.containers.image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'shipper'",
    "  'template' pod.yaml runs as the user 1000, but the pod is made for 50000; say it by 'securityContext.user' as well",
    "  'template' pod.yaml mounts 'logs' at '/opt/airflow/logs', which the library fills itself; leave it out, and say by 'dags', 'logs' or 'config' what belongs there",
    "  'template' pod.yaml has a volume 'scratch', which is the name of one of the library; rename it",
    "  'template' pod.yaml has 'worker' as the label 'app.kubernetes.io/component', which the library or the app sets to 'task'; leave it out",
    "  'template' pod.yaml has 'args' in container 'base', where Airflow puts those of the task; leave them out",
    "  'template' pod.yaml has the image 'apache/airflow:2.11.2', but the version is 3.3.2; a task must have the version of the scheduler",
    "  'template' cannot set 'AIRFLOW__CORE__EXECUTOR'; 'executor' decides it",
    "  'template' pod.yaml sets 'AIRFLOW_HOME', which the library or 'env' sets to something else; leave it out",
    "  'spec.restartPolicy' of a task pod must be Never, got 'OnFailure'; Airflow decides when a task is tried again",
    "  'resources.requests.memory' of container 'base' must be at most the limit 2Gi, got 4Gi; lower it, or raise the limit",
    "  'securityContext.privileged' of container 'shipper' is true, which the Pod Security level restricted refuses; leave it out",
    "  'spec.hostNetwork' is true, which the Pod Security level restricted refuses; leave it out",
  ].join('\n'));
});

test('fails with all that is wrong with a choice at once', () => {
  expect(messageOf({
    dags: DagSource.gitSync({ repo: 'example.com', ref: 'a b', subPath: '/dags', depth: -1, period: Duration.seconds(0), env: { GITSYNC_REPO: kplus.EnvValue.fromValue('a') } }),
  })).toBe([
    'chart/airflow/git-sync: 6 mistakes:',
    "  'depth' must be a whole number of at least 0, got -1",
    "  'period' must be a whole number of seconds of at least 1, got 0",
    "  'subPath' must be a relative path without '..', got '/dags'; leave it out for the root",
    "  'ref' must be a branch, a tag or a commit by the rules of git check-ref-format, got 'a b'",
    "  'repo' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got 'example.com'",
    "  'env' cannot set 'GITSYNC_REPO', which the library sets from the other options; leave it out",
  ].join('\n'));
  expect(messageOf({
    dags: DagSource.gitBundle({ repo: 'example.com', ref: 'a b', subPath: '/dags', sparseFolders: ['/a', '../b'], refreshInterval: Duration.millis(1) }),
  })).toBe([
    'chart/airflow: 6 mistakes:',
    "  'dags.dags.refreshInterval' must be a whole number of seconds of at least 1, got 0.001",
    "  'dags.dags.repo' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got 'example.com'",
    "  'dags.dags.ref' must be a branch, a tag or a commit by the rules of git check-ref-format, got 'a b'",
    "  'dags.dags.subPath' must be a relative path without '..', got '/dags'; leave it out for the root",
    "  'dags.dags.sparseFolders' must be a relative path without '..', got '/a'; leave it out for the root",
    "  'dags.dags.sparseFolders' must be a relative path without '..', got '../b'; leave it out for the root",
  ].join('\n'));
  expect(messageOf({
    logs: TaskLogs.s3({ bucket: 'A', prefix: '/', region: 'Frankfurt', endpointUrl: 's3.example.com' }),
  })).toBe([
    'chart/airflow: 4 mistakes:',
    "  'logs.bucket' must be the name of a bucket, of 3 to 63 lowercase letters, digits, dots, dashes and _, got 'A'",
    "  'logs.prefix' must be a relative path of letters, digits and '._=-' without '..', got '/'",
    "  'logs.region' must be of lowercase letters, digits and dashes, like eu-central-1, got 'Frankfurt'",
    "  'logs.endpointUrl' must be like https://s3.example.com, without a login, got 's3.example.com'",
  ].join('\n'));
});

test('fails with all that is wrong with a set of workers at once', () => {
  expect(messageOf({
    executor: Executor.celery({ workers: { queues: ['a b'], concurrency: 0, terminationGracePeriod: Duration.days(1) } }),
  })).toBe([
    'chart/airflow/celery-workers: 3 mistakes:',
    "  'concurrency' must be a whole number of at least 1, got 0",
    "  'queues' must be at least one name without blanks, commas and '$(' that does not begin with '-', got [\"a b\"]",
    "  'config.celery_broker_transport_options.visibility_timeout' must be more than 'terminationGracePeriod', 86400 seconds, got '86400'; "
    + "the broker would hand a task to another worker while the first one finishes it. 'longestTask' of Executor.celery() sets it",
  ].join('\n'));
});
