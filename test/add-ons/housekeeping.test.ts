import { App, Chart, Cron, Duration } from 'cdk8s';
import {
  AirflowChart, AirflowChartProps, AirflowHousekeeping, AirflowHousekeepingProps, AirflowNetworkPolicies, AirflowVersion, Broker, Database, Executor,
  SecretKey,
} from '../../src';
import { airflowChart, find, findAll, main, Manifest, pod, synth } from '../util';

type Options = Omit<AirflowHousekeepingProps, 'airflow'>;

interface CronJobSpec {
  readonly schedule: string;
  readonly jobTemplate: { readonly spec: { readonly backoffLimit: number; readonly activeDeadlineSeconds: number } };
}

const XCOMS: AirflowChartProps = {
  config: {
    'core': { xcom_backend: 'airflow.providers.common.io.xcom.backend.XComObjectStorageBackend' },
    'common.io': { xcom_objectstorage_path: 's3://aws_default@bucket/xcoms', xcom_objectstorage_threshold: '1000' },
  },
};
const ALL = ['clean-database', 'clean-task-pods', 'clean-jobs', 'clean-xcoms'];

function cleaned(props: AirflowChartProps = {}, options: Options = {}): { chart: AirflowChart; housekeeping: AirflowHousekeeping } {
  const chart = airflowChart(props);
  return { chart, housekeeping: new AirflowHousekeeping(chart, 'housekeeping', { ...options, airflow: chart.airflow }) };
}

const manifestOf = (props?: AirflowChartProps, options?: Options) => synth(cleaned(props, options).chart);
const names = (manifest: Manifest[]) => findAll(manifest, 'CronJob').map(({ metadata }) => metadata.name.replace('test-airflow-', ''));
const spec = (manifest: Manifest[], part: string) => findAll(manifest, 'CronJob').find(({ metadata }) => metadata.name.endsWith(part))!.spec as unknown as CronJobSpec;

/** The settings that the script gets. */
function settings(manifest: Manifest[], part: string): object {
  const { args, command } = main(manifest, part);
  return JSON.parse([...command ?? [], ...args ?? []].at(-1)!) as object;
}

test('cleans the database, the pods of tasks, the Jobs and the XComs, each by a CronJob of its own', () => {
  const manifest = manifestOf(XCOMS);
  expect(names(manifest)).toEqual(ALL);
  expect(ALL.map(part => spec(manifest, part).schedule)).toEqual(['12 3 * * *', '27 * * * *', '42 4 * * *', '57 4 * * *']);
  for (const part of ALL) {
    expect(spec(manifest, part)).toMatchObject({
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 1800,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 7200 } },
    });
    expect(pod(manifest, part).spec.restartPolicy).toBe('Never');
  }
});

test('keeps what is younger than the defaults', () => {
  const manifest = manifestOf(XCOMS);
  const keep = findAll(manifest, 'Job').map(({ metadata }) => metadata.name);
  expect(ALL.map(part => settings(manifest, part))).toEqual([
    { retention: 7776000, tables: {}, exclude: [], batch: 1000, seconds: 5760, dropArchives: false, dryRun: false },
    { instance: 'test-airflow', namespaces: ['airflow'], finished: 86400, orphans: 3600, dryRun: false },
    { instance: 'test-airflow', namespace: 'airflow', retention: 604800, keep, dryRun: false },
    { retention: 604800, dryRun: false },
  ]);
  expect(keep).toHaveLength(3);
});

test('takes retentions, schedules and limits', () => {
  const manifest = manifestOf(XCOMS, {
    database: {
      retention: Duration.days(30),
      tables: { log: Duration.days(365) },
      exclude: ['dag_run'],
      batchSize: 50,
      dropArchives: true,
      schedule: Cron.weekly(),
      activeDeadline: Duration.minutes(10),
      workload: { annotations: { owner: 'data' } },
    },
    taskPods: { retention: Duration.hours(2), orphans: false, dryRun: true },
    jobs: { retention: Duration.days(1) },
    xcoms: { retention: Duration.days(2) },
  });
  expect(ALL.map(part => settings(manifest, part))).toMatchObject([
    { retention: 2592000, tables: { log: 31536000 }, exclude: ['dag_run'], batch: 50, seconds: 480, dropArchives: true },
    { finished: 7200, orphans: null, dryRun: true },
    { retention: 86400 },
    { retention: 172800 },
  ]);
  expect(spec(manifest, 'clean-database')).toMatchObject({ schedule: '0 0 * * 0', jobTemplate: { spec: { activeDeadlineSeconds: 600 } } });
  expect(findAll(manifest, 'CronJob')[0].metadata.annotations).toEqual({ owner: 'data' });
});

test('each part can be off, and has no CronJob where it has nothing to do', () => {
  expect(names(manifestOf(XCOMS, { database: { enabled: false }, xcoms: { enabled: false }, jobs: { enabled: false } }))).toEqual(['clean-task-pods']);
  expect(names(manifestOf({ executor: Executor.celery({ broker: Broker.redis() }) }))).toEqual(['clean-database', 'clean-jobs']);
  const { housekeeping } = cleaned();
  expect([housekeeping.database, housekeeping.taskPods, housekeeping.jobs].map(job => job?.workload.name)).toEqual([
    'test-airflow-clean-database', 'test-airflow-clean-task-pods', 'test-airflow-clean-jobs',
  ]);
  expect(housekeeping.xcoms).toBeUndefined();
});

test('each has only the rights and the keys that it needs, and waits for the migration', () => {
  const manifest = manifestOf(XCOMS);
  const roles = findAll(manifest, 'Role').filter(({ metadata }) => metadata.name.includes('cleaner'));
  expect(roles.map(({ metadata: { name }, rules }) => [name, rules])).toEqual([
    ['test-airflow-task-pod-cleaner', [{ apiGroups: [''], resources: ['pods'], verbs: ['delete', 'list'] }]],
    ['test-airflow-job-cleaner', [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['delete', 'list'] }]],
  ]);
  const subjects = findAll(manifest, 'RoleBinding').filter(({ metadata }) => metadata.name.includes('cleaner')).flatMap(one => one.subjects);
  expect(subjects).toEqual(['clean-task-pods', 'clean-jobs'].map(part => ({ kind: 'ServiceAccount', name: `test-airflow-${part}`, namespace: 'airflow' })));
  const facts = ALL.map(part => {
    const { spec: { initContainers = [], automountServiceAccountToken, volumes }, spec: { containers: [{ env = [] }] } } = pod(manifest, part);
    const keys = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined).map(({ name }) => name.replace(/^AIRFLOW_*(CORE__)?/, ''));
    return [automountServiceAccountToken, initContainers.map(({ name }) => name), keys, volumes!.map(({ name }) => name)];
  });
  const files = ['config', 'local-settings', 'task-pods', 'scripts', 'scratch'];
  expect(facts).toEqual([
    [false, ['wait-for-migration'], ['DATABASE_PASSWORD'], files],
    [true, ['wait-for-migration'], ['DATABASE_PASSWORD'], files],
    [true, [], [], ['scripts', 'scratch']],
    [false, ['wait-for-migration'], ['FERNET_KEY', 'DATABASE_PASSWORD'], files],
  ]);
});

test('the scripts are in the ConfigMap only if they run', () => {
  const scripts = (manifest: Manifest[]) => Object.keys(findAll(manifest, 'ConfigMap').find(({ metadata }) => metadata.name.endsWith('scripts'))!.data)
    .filter(name => name.startsWith('clean') || name === 'housekeeping.py');
  expect(scripts(synth(airflowChart()))).toEqual([]);
  expect(scripts(manifestOf())).toEqual(['clean_database.py', 'clean_jobs.py', 'clean_pods.py', 'housekeeping.py']);
});

test('cleans the namespaces of all task pods, and may', () => {
  const chart = airflowChart();
  new AirflowHousekeeping(chart, 'housekeeping', { airflow: chart.airflow });
  chart.airflow.addTaskPod('heavy', { namespace: 'team' });
  const manifest = synth(chart);
  expect(settings(manifest, 'clean-task-pods')).toMatchObject({ namespaces: ['airflow', 'team'] });
  const cleaners = findAll(manifest, 'Role').filter(({ metadata }) => metadata.name.includes('task-pod-cleaner'));
  expect(cleaners.map(({ metadata }) => metadata.namespace)).toEqual(['airflow', 'team']);
});

test('the network policies cover its pods', () => {
  const { chart } = cleaned(XCOMS);
  new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow, peers: { s3: [] } });
  const edges = chart.airflow.networkGraph.edges.filter(({ source }) => source.includes('clean-')).map(({ source, target, purpose }) =>
    [source.replace('test/housekeeping/', ''), target, purpose]);
  expect(edges).toEqual([
    ['clean-database', 'postgres', 'metadata'],
    ['clean-task-pods', 'postgres', 'metadata'],
    ['clean-task-pods', 'kubernetes', 'deletes old task pods'],
    ['clean-jobs', 'kubernetes', 'deletes old Jobs'],
    ['clean-xcoms', 'postgres', 'metadata'],
    ['clean-xcoms', 's3', 'XComs'],
  ]);
  const policies = findAll(synth(chart), 'NetworkPolicy').map(({ metadata }) => metadata.name);
  expect(policies).toEqual(expect.arrayContaining(ALL.map(part => `test-airflow-${part}`)));
});

test('knows the tables of each version', () => {
  const tables = { dataset_event: Duration.days(10) };
  expect(settings(manifestOf({ version: AirflowVersion.V2_11 }, { database: { tables } }), 'clean-database')).toMatchObject({ tables: { dataset_event: 864000 } });
  expect(settings(manifestOf({ version: AirflowVersion.V3_3 }, { database: { exclude: ['callback'] } }), 'clean-database')).toMatchObject({ exclude: ['callback'] });
});

test('takes the tables of the newest known version for an untested one', () => {
  const version = AirflowVersion.of('3.9.0', { untested: true });
  expect(settings(manifestOf({ version }, { database: { exclude: ['callback'] } }), 'clean-database')).toMatchObject({ exclude: ['callback'] });
});

describe('fails for', () => {
  const path = 'test/housekeeping';
  const KNOWN = '_xcom_archive, asset_event, callback, celery_taskmeta, celery_tasksetmeta, connection_test_request, dag, dag_run, dag_version, deadline, '
    + 'import_error, job, log, partitioned_asset_key_log, revoked_token, session, task_instance, task_instance_history, task_reschedule, task_state_store, '
    + 'trigger, xcom';
  const seconds = (prop: string, least: number, got: number) => `${path}: '${prop}' must be a whole number of seconds of at least ${least}, got ${got}`;

  test.each<[string, Options, string]>([
    ['rows that are younger than a day', { database: { retention: Duration.hours(23) } }, seconds('database.retention', 86400, 82800)],
    ['a table whose rows are', { database: { tables: { log: Duration.hours(1) } } }, seconds('database.tables.log', 86400, 3600)],
    ['half a second', { jobs: { retention: Duration.millis(60500) } }, seconds('jobs.retention', 60, 60.5)],
    ['pods that have just ended', { taskPods: { retention: Duration.seconds(59) } }, seconds('taskPods.retention', 60, 59)],
    ['pods that have just begun', { taskPods: { orphanAge: Duration.seconds(1) } }, seconds('taskPods.orphanAge', 60, 1)],
    ['XComs of today', { xcoms: { retention: Duration.minutes(1) } }, seconds('xcoms.retention', 86400, 60)],
    ['no time to clean', { database: { activeDeadline: Duration.minutes(1) } }, seconds('database.activeDeadline', 300, 60)],
    ['batches that are too small', { database: { batchSize: 49 } }, `${path}: 'database.batchSize' must be a whole number from 50 to 10000, got 49`],
    ['batches that are too large', { database: { batchSize: 10001 } }, `${path}: 'database.batchSize' must be a whole number from 50 to 10000, got 10001`],
    ['an unknown table', { database: { tables: { logs: Duration.days(9) } } },
      `${path}: 'database.tables' must be of tables that Airflow 3.3 cleans (${KNOWN}), got 'logs'`],
    ['a table of another version', { database: { exclude: ['dataset_event'] } },
      `${path}: 'database.exclude' must be of tables that Airflow 3.3 cleans (${KNOWN}), got 'dataset_event'`],
    ['a table that is kept for ever and for a time', { database: { exclude: ['log'], tables: { log: Duration.days(9) } } },
      `${path}: 'database.exclude' and 'database.tables' both have 'log'; leave it out of one`],
    ['the age of orphans that are kept', { taskPods: { orphans: false, orphanAge: Duration.hours(2) } },
      `${path}: 'taskPods.orphanAge' has no effect when 'taskPods.orphans' is false; leave one of them out`],
    ['nothing to clean', { database: { enabled: false }, taskPods: { enabled: false }, jobs: { enabled: false } },
      `${path}: 'database', 'taskPods', 'jobs' and 'xcoms' are all off, so nothing would be cleaned; leave AirflowHousekeeping out`],
    ['several mistakes at once', { database: { retention: Duration.hours(1), batchSize: 0 } }, [
      `${path}: 2 mistakes:`, "  'database.retention' must be a whole number of seconds of at least 86400, got 3600",
      "  'database.batchSize' must be a whole number from 50 to 10000, got 0",
    ].join('\n')],
    ['a misspelled option', { database: { retentions: Duration.days(9) } as object },
      `${path}: 'database.retentions' is no member of DatabaseHousekeepingOptions; did you mean 'retention'?`],
  ])('%s', (_, options, message) => {
    expect(() => cleaned({}, options)).toThrow(new Error(message));
  });

  test('pods of tasks, where none are started', () => {
    expect(() => cleaned({ executor: Executor.local() }, { taskPods: {} })).toThrow(
      new Error(`${path}: 'taskPods' deletes pods that an executor starts, but 'LocalExecutor' starts none; leave it out`));
  });

  test('XComs, where no place of theirs is known', () => {
    expect(() => manifestOf({}, { xcoms: {} })).toThrow("[test/housekeeping] 'xcoms' cleans the place of XComObjectStorageBackend, but 'config' sets no "
      + "'[common.io] xcom_objectstorage_path'; set it, or leave 'xcoms' out");
  });

  test('archives that belong to another user', () => {
    const key = (name: string) => SecretKey.of('database', name);
    const database = Database.postgres({
      host: 'db', name: 'airflow', user: 'airflow', password: key('password'), migrateAs: { user: 'owner', password: key('owner') },
    });
    expect(() => cleaned({ database }, { database: { dropArchives: true } })).toThrow(new Error(`${path}: 'database.dropArchives' needs a database user `
      + "that owns the tables, but here the migration alone has that user; leave it out, and run 'airflow db drop-archived' as the user of the migration"));
  });

  test('another namespace', () => {
    const { airflow } = airflowChart();
    const other = new Chart(new App(), 'other', { namespace: 'elsewhere' });
    expect(() => new AirflowHousekeeping(other, 'housekeeping', { airflow })).toThrow("'airflow' is in the namespace 'airflow'");
  });

  test('a second housekeeping of one Airflow', () => {
    const { chart } = cleaned();
    expect(() => new AirflowHousekeeping(chart, 'more', { airflow: chart.airflow })).toThrow(new Error("test/more/clean-database: 'id' gives its pods labels "
      + "that do not tell them from those of 'test/housekeeping/clean-database', got 'clean-database'; use another id or name"));
  });
});

test('a part can have other pods than the rest', () => {
  const manifest = manifestOf({}, { jobs: { nodeSelector: { pool: 'small' }, env: {} } });
  expect(pod(manifest, 'clean-jobs').spec.nodeSelector).toEqual({ pool: 'small' });
  expect(find(manifest, 'CronJob', 'clean-jobs').metadata.namespace).toBe('airflow');
});
