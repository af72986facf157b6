import { AirflowProps, AirflowVersion, DagSource, Database, Gpu, SecretKey, TaskLogs, TaskPodTemplate } from '../../src/index';
import { baseFile, podFile, specFile } from '../pod-file';
import { airflowChart, main, mount, pod, synth, volume } from '../util';

const gitSync = DagSource.gitSync({ repo: 'https://github.com/acme/dags.git' });
const empty = (name: string) => ({ name, emptyDir: {} });
const mounts = (...places: [name: string, mountPath: string][]) => places.map(([name, mountPath]) => ({ name, mountPath }));
const variable = (name: string, value?: string) => baseFile({ env: [{ name, value }] });

/** What is thrown when the file is adopted, after the construct and the file. */
function refusal(file: string, { taskPods, ...props }: AirflowProps = {}): string {
  try {
    airflowChart({ ...props, taskPods: { ...taskPods, template: TaskPodTemplate.fromFile(file) } });
  } catch (error) {
    return (error as Error).message.replace(`test/airflow/task-pods/default: 'template' ${file} `, '').replace('test/airflow/task-pods/default: ', '');
  }
  return 'nothing is thrown';
}

describe('fails with a pod', () => {
  test.each<[string, string]>([
    [podFile('apiVersion: v1\nkind: Pod\n'), 'none'],
    [podFile('apiVersion: v1\nkind: Pod\nspec:\n'), 'none'],
    [specFile({ containers: null }), 'none'],
    [specFile({ containers: [{ name: 'airflow' }] }), "'airflow'"],
    [specFile({ containers: [{ name: 'proxy' }, { name: 'base' }] }), "'proxy', 'base'"],
  ])('without the container of the task (%#)', (file, got) => {
    expect(refusal(file)).toBe(`must have 'base' as its first container, which runs the task, got ${got}`);
  });

  test.each([['apache/airflow:2.11.2'], ['apache/airflow:3.3.0'], ['apache/airflow:3.2.2-python3.11'], ['docker.io/apache/airflow:3.2.0'], ['apache/airflow:2.9.3']])(
    'of another version, %s', image => {
      expect(refusal(baseFile({ image }))).toBe(`has the image '${image}', but the version is 3.3.2; a task must have the version of the scheduler`);
    });

  test("not for the tag of another image, which counts the team's own releases", () => {
    expect(refusal(baseFile({ image: 'registry:5000/acme/airflow:2.5.3' }))).toBe('nothing is thrown');
  });

  test.each(['apache/airflow', 'apache/airflow:latest'])('whose image %s is not pinned', image => {
    expect(refusal(baseFile({ image }))).toBe(`'spec.containers.image' must be an image with a tag other than 'latest' or with a sha256 digest, got '${image}'`);
  });

  test.each(['busybox', 'busybox:latest'])('with another container whose image %s is not pinned', image => {
    const message = (field: string) => `'spec.${field}.image' must be an image with a tag other than 'latest' or with a sha256 digest, got '${image}'`;
    expect(refusal(specFile({ containers: [{ name: 'base' }], initContainers: [{ name: 'first', image }] }))).toBe(message('initContainers'));
    expect(refusal(specFile({ containers: [{ name: 'base' }, { name: 'beside', image }] }))).toBe(message('containers'));
  });

  test('with another container that has no image', () => {
    expect(refusal(specFile({ containers: [{ name: 'base' }, { name: 'beside' }] }))).toBe(
      "'spec.containers.image' must be the reference of an image like registry.example.com/data/airflow:3.3.2-7, its path in lowercase, got ''");
  });

  test('that is tried again by Kubernetes', () => {
    expect(refusal(specFile({ restartPolicy: 'OnFailure' }))).toBe("'spec.restartPolicy' of a task pod must be Never, got 'OnFailure'; Airflow decides when a task is tried again");
  });

  test('with arguments, which are those of the task', () => {
    expect(refusal(baseFile({ args: ['tasks', 'run'] }))).toBe("has 'args' in container 'base', where Airflow puts those of the task; leave them out");
  });

  test('of a user that the library does not know of', () => {
    const known = "runs as the user 1000, but the pod is made for 50000; say it by 'securityContext.user' as well";
    expect(refusal(specFile({ securityContext: { runAsUser: 1000 } }))).toBe(known);
    expect(refusal(baseFile({ securityContext: { runAsUser: 1000 } }, { securityContext: { runAsUser: 50000 } }))).toBe(known);
    expect(refusal(specFile({ securityContext: { runAsUser: 50000 } }), { pods: { securityContext: { userFromNamespace: true } } })).toBe(
      'runs as the user 50000, but the pod is made for that of the namespace; leave it out');
    expect(refusal(specFile({ securityContext: { runAsUser: 1000 } }), { taskPods: { securityContext: { user: 1000 } } })).toBe('nothing is thrown');
    expect(refusal(specFile({ securityContext: { runAsUser: 0 } }))).toBe(
      "'securityContext.runAsUser' of the pod's spec is 0, which the Pod Security level restricted refuses; leave it out");
  });

  test.each<[object, string]>([
    [{ 'app.kubernetes.io/component': 'worker' }, "has 'worker' as the label 'app.kubernetes.io/component', which the library or the app sets to 'task'; leave it out"],
    [{ 'cdk8s-airflow/task-pod': 'mine' }, "has 'mine' as the label 'cdk8s-airflow/task-pod', which the library or the app sets to 'default'; leave it out"],
    [{ a: 'b', team: 'risk' }, "has 'risk' as the label 'team', which the library or the app sets to 'data'; leave it out"],
  ])('with a label that says something else (%#)', (labels, message) => {
    expect(refusal(specFile({}, { labels }), { taskPods: { pod: { labels: { team: 'data' } } } })).toBe(message);
    expect(refusal(specFile({}, { labels: { 'team': 'data', 'app.kubernetes.io/component': 'task' } }), { pods: { labels: { team: 'data' } } })).toBe('nothing is thrown');
  });

  test('with another number of GPUs than the prop', () => {
    const file = baseFile({ resources: { limits: { 'nvidia.com/gpu': 1 } } });
    expect(refusal(file, { taskPods: { gpus: Gpu.nvidia(2) } })).toBe("has 1 of 'nvidia.com/gpu' in container 'base', but 'gpus' or 'extendedResources' says 2; make them the same");
  });
});

describe('variables', () => {
  test.each([
    ['AIRFLOW__CORE__EXECUTOR', 'LocalExecutor', "'template' cannot set 'AIRFLOW__CORE__EXECUTOR'; 'executor' decides it"],
    ['AIRFLOW__CORE__DAGS_FOLDER', '/srv/dags', "'template' cannot set 'AIRFLOW__CORE__DAGS_FOLDER'; 'dags' decides it"],
    ['AIRFLOW__CORE__PARALLELISM', '8', "'template' cannot set 'AIRFLOW__CORE__PARALLELISM'; 'config.core.parallelism' decides it"],
    ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', 'postgresql://x', "'template' cannot set 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'; 'database' decides it"],
    ['AIRFLOW__CORE__PARALELISM', '8', "'template' cannot set 'AIRFLOW__CORE__PARALELISM': 'core.paralelism' is not an option of Airflow 3.3; did you mean 'core.parallelism'?"],
    ['AIRFLOW_CONFIG', '/opt/airflow/airflow.cfg', "sets 'AIRFLOW_CONFIG', which the library or 'env' sets to something else; leave it out"],
    ['AIRFLOW_HOME', '/srv', "sets 'AIRFLOW_HOME', which the library or 'env' sets to something else; leave it out"],
    ['OWN', 'file', "sets 'OWN', which the library or 'env' sets to something else; leave it out"],
  ])('fail where %s is %s', (name, value, message) => {
    const taskPods = { env: { OWN: { value: 'prop' } } };
    expect(refusal(variable(name, value), { config: { core: { parallelism: '4' } }, taskPods })).toBe(message);
  });

  test.each([
    ['WAREHOUSE', 'postgresql://u:hunter2@db/x', ''],
    ['AIRFLOW_CONN_A', 'http://u:pw@h', ", or use 'addConnection'"],
  ])('fail with the password of %s, in whatever container', (name, value, more) => {
    const message = `'template' must not have a password in '${name}', since everyone who reads the YAML would have it; `
      + `take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')${more}`;
    const other = { name: 'other', image: 'acme/other:1', env: [{ name, value }] };
    expect(refusal(variable(name, value))).toBe(message);
    expect(refusal(specFile({ containers: [{ name: 'base' }, other] }))).toBe(message);
    expect(refusal(specFile({ containers: [{ name: 'base' }], initContainers: [other] }))).toBe(message);
  });

  test('fail with packages that every start would install', () => {
    expect(refusal(variable('_PIP_ADDITIONAL_REQUIREMENTS', 'pandas'))).toBe("'template' cannot set '_PIP_ADDITIONAL_REQUIREMENTS', since packages "
      + 'that every start of a pod installs come from the network as they are then; put them into an image, see docs/versions-and-image.md');
  });

  test('fail in 2.x with a connection that is not that of the Airflow', () => {
    const file = baseFile({ env: [{ name: 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', valueFrom: { secretKeyRef: { name: 'other', key: 'connection' } } }] });
    expect(refusal(file, { version: AirflowVersion.V2_11, database: Database.fromSecret(SecretKey.of('database', 'connection')) })).toBe(
      "sets 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', which the library or 'env' sets to something else; leave it out");
    expect(refusal(variable('AIRFLOW__CORE__SQL_ALCHEMY_CONN', 'x'), { version: AirflowVersion.V2_11 })).toBe(
      "'template' cannot set 'AIRFLOW__CORE__SQL_ALCHEMY_CONN': 'core.sql_alchemy_conn' is not an option of Airflow 2.11: it is now 'database.sql_alchemy_conn'");
  });

  test('go where the configuration says the same of a section with a dot in its name', () => {
    const [path, name] = ['s3://aws_default@acme/xcoms', 'AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH'];
    expect(refusal(variable(name, path), { config: { 'common.io': { xcom_objectstorage_path: path } } })).toBe('nothing is thrown');
  });

  test('go where the library or the configuration says the same, others come last', () => {
    const own = [{ name: 'FIRST', value: '1' }, { name: 'SECOND', value: '$(FIRST)' }, { name: 'AIRFLOW__SMTP__SMTP_HOST', value: 'mail' }];
    const same = [
      { name: 'AIRFLOW_HOME', value: '/opt/airflow' }, { name: 'AIRFLOW__CORE__EXECUTOR', value: 'KubernetesExecutor' },
      { name: 'AIRFLOW__CORE__LOAD_EXAMPLES', value: 'False' }, { name: 'AIRFLOW__CORE__PARALLELISM', value: '4' }, { name: 'OWN', value: 'prop' },
    ];
    const template = TaskPodTemplate.fromFile(baseFile({ env: [...same, ...own] }));
    const manifest = synth(airflowChart({ config: { core: { parallelism: '4' } }, taskPods: { env: { OWN: { value: 'prop' } }, template } }));
    expect(main(manifest, 'task').env).toEqual([
      { name: 'AIRFLOW_CONFIG', value: '/etc/cdk8s-airflow/airflow.cfg' }, { name: 'AIRFLOW_HOME', value: '/opt/airflow' },
      { name: 'CONNECTION_CHECK_MAX_COUNT', value: '0' }, { name: 'DUMB_INIT_SETSID', value: '0' },
      { name: 'OWN', value: 'prop' }, ...own,
    ]);
  });
});

describe('volumes', () => {
  const FILLS = "which the library fills itself; leave it out, and say by 'dags', 'logs' or 'config' what belongs there";

  test.each([['config'], ['local-settings'], ['task-pods'], ['scratch']])('fail with the name %s of one of the library', name => {
    expect(refusal(baseFile({ volumeMounts: mounts([name, '/data']) }, { volumes: [empty(name)] }))).toBe(
      `has a volume '${name}', which is the name of one of the library; rename it`);
  });

  test.each<[string, object, string]>([
    ['dags', { persistentVolumeClaim: { claimName: 'dags' } }, '/opt/airflow/dags'],
    ['logs', { persistentVolumeClaim: { claimName: 'logs' } }, '/opt/airflow/logs/'],
    ['settings', { configMap: { name: 'airflow-config' } }, '/opt/airflow/airflow.cfg'],
    ['host', { hostPath: { path: '/tmp' } }, '/tmp'],
  ])('fail where %s lies over what the library mounts', (name, source, mountPath) => {
    expect(refusal(baseFile({ volumeMounts: mounts([name, mountPath]) }, { volumes: [{ name, ...source }] }))).toBe(`mounts '${name}' at '${mountPath}', ${FILLS}`);
  });

  test('fail where a mount in such a place has no volume', () => {
    expect(refusal(baseFile({ volumeMounts: mounts(['logs', '/opt/airflow/logs']) }))).toBe(`mounts 'logs' at '/opt/airflow/logs', ${FILLS}`);
    expect(refusal(baseFile({ volumeMounts: mounts(['data', '/data']) }))).toBe(
      "container 'base' mounts 'data' at '/data', which is not a volume of the pod (config, local-settings, task-pods, scratch)");
  });

  test.each([[empty('logs')], [{ name: 'logs', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }], [{ name: 'logs' }], [{ name: 'logs', emptyDir: null }]])(
    'that are empty give way to what the library mounts (%#)', logs => {
      const places = mounts(['logs', '/opt/airflow/logs/'], ['cache', '/tmp'], ['dags', '/opt/airflow/dags/'], ['data', '/data/']);
      const file = baseFile({ volumeMounts: places }, { volumes: [logs, empty('cache'), empty('dags'), empty('data')] });
      const chart = airflowChart({ logs: TaskLogs.newClaim(), dags: gitSync, taskPods: { template: TaskPodTemplate.fromFile(file) } });
      const of = pod(synth(chart), 'task');
      expect(of.spec.volumes!.map(({ name }) => name)).toEqual(['config', 'local-settings', 'task-pods', 'scratch', 'dags', 'logs', 'data']);
      expect([volume(of, 'logs')!.emptyDir, volume(of, 'data')!.emptyDir]).toEqual([undefined, {}]);
      expect(['logs', 'dags', 'dags/'].map(name => mount(of.spec.containers[0], `/opt/airflow/${name}`)?.readOnly)).toEqual([undefined, true, undefined]);
      expect(of.spec.containers[0].volumeMounts!.at(-1)).toEqual({ name: 'data', mountPath: '/data/' });
    });

  test('that are empty stay where the DAGs of the image are elsewhere', () => {
    const file = baseFile({ volumeMounts: mounts(['dags', '/opt/airflow/dags'], ['own', '/srv/dags']) }, { volumes: [empty('dags'), empty('own')] });
    const chart = airflowChart({ dags: DagSource.fromImage({ path: '/srv/dags' }), taskPods: { template: TaskPodTemplate.fromFile(file) } });
    const { spec } = pod(synth(chart), 'task');
    expect(spec.containers[0].volumeMounts!.at(-1)).toEqual({ name: 'dags', mountPath: '/opt/airflow/dags' });
    expect(spec.volumes!.at(-1)).toEqual(empty('dags'));
  });

  describe('that give way fail', () => {
    const base = { name: 'base', volumeMounts: mounts(['logs', '/opt/airflow/logs'], ['dags', '/opt/airflow/dags']) };
    const volumes = [empty('logs'), empty('dags')];
    const other = (name: string, place: [string, string]) => ({ name, image: 'acme/other:1', volumeMounts: mounts(place) });
    const INSTEAD = "but at '/opt/airflow/logs' of 'base' the library mounts its own volume";

    test('where another container needs them', () => {
      expect(refusal(specFile({ containers: [base, other('shipper', ['logs', '/logs'])], volumes }))).toBe(
        `has the volume 'logs' in container 'shipper' as well, ${INSTEAD} 'scratch' (subPath 'logs'); leave 'logs' out, and mount that`);
      expect(refusal(specFile({ containers: [base], initContainers: [other('git-sync', ['dags', '/git'])], volumes }))).toBe(
        "has the volume 'dags' in container 'git-sync' as well, but the DAGs at '/opt/airflow/dags' are those of the image; say by 'dags' where they come from");
      expect(refusal(specFile({ containers: [base, other('shipper', ['logs', '/logs'])], volumes }), { logs: TaskLogs.newClaim() })).toBe(
        `has the volume 'logs' in container 'shipper' as well, ${INSTEAD} 'logs'; leave 'logs' out, and mount that`);
    });

    test('where the container mounts them twice', () => {
      expect(refusal(baseFile({ volumeMounts: mounts(['logs', '/opt/airflow/logs'], ['logs', '/var/log']) }, { volumes }))).toBe(
        `has the volume 'logs' in container 'base' as well, ${INSTEAD} 'scratch' (subPath 'logs'); leave 'logs' out, and mount that`);
    });

    test('unless that container mounts what the library has', () => {
      const shipper = { ...other('shipper', ['scratch', '/logs']), volumeMounts: [{ name: 'scratch', mountPath: '/logs', subPath: 'logs' }] };
      expect(refusal(specFile({ containers: [base, shipper], volumes }))).toBe('nothing is thrown');
    });
  });
});
