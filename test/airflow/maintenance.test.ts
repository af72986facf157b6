import { Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Broker, DagSource, Executor, LogRetention, Scaling, TaskLogs } from '../../src';
import { airflowChart, building, find, findAll, main, Manifest, synth, synthAirflow, workload } from '../util';

const scaling = Scaling.keda({ minReplicas: 1, maxReplicas: 5 });
const props: AirflowChartProps = {
  executor: Executor.celery({ broker: Broker.redis(), flower: {}, workers: { scaling } }),
  apiServer: { scaling: Scaling.cpu({ minReplicas: 2, maxReplicas: 4 }), executionApi: {} },
  scheduler: { replicas: 2 },
  pools: { one: { slots: 1 } },
  pgBouncer: {},
  dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git', ref: 'main', shared: { size: Size.gibibytes(1) } }),
  logs: TaskLogs.newClaim({ size: Size.gibibytes(1), retention: LogRetention.within({ maxAge: Duration.days(3) }) }),
};

function chartOf(more: AirflowChartProps = {}): Manifest[] {
  const chart = airflowChart({ ...props, ...more });
  chart.airflow.addJob('once', { command: ['airflow', 'version'] });
  chart.airflow.addJob('daily', { command: ['airflow', 'version'], schedule: Cron.daily() });
  chart.airflow.addCeleryWorkers('gpu', { queues: ['gpu'], replicas: 3 });
  return synth(chart);
}

const named = ({ kind, metadata: { name } }: Manifest) => `${kind}/${name}`;
const workloads = (manifest: Manifest[]) => manifest.filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind));

test('nothing but the database and its pooler has pods', () => {
  const running = workloads(chartOf({ maintenance: true })).filter(({ spec }) => spec.replicas !== 0);
  expect(running.map(named)).toEqual(['StatefulSet/test-airflow-postgres', 'Deployment/test-airflow-pgbouncer']);
  expect(workloads(chartOf({ maintenance: false })).filter(({ spec }) => spec.replicas === 0)).toEqual([]);
});

test('RabbitMQ stops as well', () => {
  const manifest = synthAirflow({ executor: Executor.celery({ broker: Broker.rabbitMq() }), maintenance: true });
  expect(find(manifest, 'StatefulSet', 'rabbitmq').spec.replicas).toBe(0);
});

test('only the Jobs that migrate run', () => {
  const suspended = (kind: string, maintenance: boolean) => findAll(chartOf({ maintenance }), kind).filter(({ spec }) => spec.suspend === true)
    .map(({ metadata: { name } }) => name.replace(/-[0-9a-f]{6}$/, ''));
  expect(suspended('Job', true)).toEqual(['test-airflow-sync-users', 'test-airflow-pools', 'test-airflow-job-once']);
  expect(suspended('CronJob', true)).toEqual(['test-airflow-log-groomer', 'test-airflow-job-daily']);
  expect([...suspended('Job', false), ...suspended('CronJob', false)]).toEqual([]);
});

test('KEDA starts no pods, and a HorizontalPodAutoscaler leaves 0 replicas alone', () => {
  const annotations = (maintenance: boolean) => find(chartOf({ maintenance }), 'ScaledObject').metadata.annotations;
  expect(annotations(true)).toEqual({ 'autoscaling.keda.sh/paused-replicas': '0' });
  expect(annotations(false)).toBeUndefined();
  expect(find(chartOf({ maintenance: true }), 'HorizontalPodAutoscaler').metadata.annotations).toBeUndefined();
});

test('the objects, their names and the pods are those of before, so that nothing is made anew afterwards', () => {
  const without = (manifest: Manifest[]) => manifest.map(({ metadata: { annotations, ...metadata }, spec, ...object }) => {
    const { replicas, suspend, ...others } = spec ?? {};
    return { ...object, metadata: object.kind === 'ScaledObject' ? metadata : { ...metadata, annotations }, spec: others };
  });
  expect(without(chartOf({ maintenance: true }))).toEqual(without(chartOf()));
});

test('tells constructs of the program', () => {
  expect([airflowChart({ maintenance: true }), airflowChart()].map(({ airflow }) => airflow.maintenance)).toEqual([true, false]);
});

describe('the downgrade', () => {
  const downgrade = (toVersion: AirflowVersion) => ({ jobs: { downgrade: { toVersion } } });
  const to = AirflowVersion.of('3.2.2');

  test('runs in the image of the newer version, instead of the migration', () => {
    const chart = airflowChart({ ...downgrade(to), maintenance: true });
    const manifest = synth(chart);
    expect(main(manifest, 'downgrade').args).toEqual(['python', '/opt/cdk8s-airflow/downgrade.py', '3.2.2']);
    expect(main(manifest, 'downgrade').image).toBe('apache/airflow:3.3.2');
    expect([chart.airflow.migration, chart.airflow.downgrade!.workload.name]).toEqual([undefined, workload(manifest, 'downgrade').metadata.name]);
    expect(workload(manifest, 'downgrade').spec.suspend).toBeUndefined();
    expect(findAll(manifest, 'Job', 'migration')).toEqual([]);
  });

  test('has the account and the secrets of a migration', () => {
    const manifest = synthAirflow({ ...downgrade(to), maintenance: true });
    const migrating = main(synthAirflow({}), 'migration');
    expect(main(manifest, 'downgrade').env!.map(({ name }) => name)).toEqual(
      migrating.env!.map(({ name }) => name).filter(name => !['CDK8S_AIRFLOW_REVISION', 'CDK8S_AIRFLOW_WEBSERVER_CONFIG'].includes(name)));
  });

  test('has the options of a Job', () => {
    const options = { toVersion: to, backoffLimit: 1, resources: { cpu: { request: kplus.Cpu.millis(7) } } };
    const manifest = synthAirflow({ jobs: { downgrade: options }, maintenance: true });
    expect([workload(manifest, 'downgrade').spec.backoffLimit, main(manifest, 'downgrade').resources!.requests!.cpu]).toEqual([1, '7m']);
  });

  test.each<[string, AirflowChartProps]>([
    ['a patch release', downgrade(AirflowVersion.of('3.3.1'))],
    ['Airflow 2', downgrade(AirflowVersion.V2_11)],
    ['the series before, of Airflow 2', { version: AirflowVersion.V2_11, ...downgrade(AirflowVersion.V2_10) }],
  ])('leads to %s', (_, given) => expect(building({ ...given, maintenance: true })).not.toThrow());

  test.each<[string, AirflowChartProps, string]>([
    ['outside of maintenance', downgrade(to), "'jobs.downgrade' needs 'maintenance' to be true, since components of 3.3.2 would use the database that it changes"],
    ['to the same version', { maintenance: true, ...downgrade(AirflowVersion.of('3.3.2')) },
      "'jobs.downgrade.toVersion' must be older than 3.3.2, the version that migrated the database, got 3.3.2; leave 'version' at the newer one until the Job has succeeded"],
    ['upwards', { maintenance: true, version: AirflowVersion.V2_11, ...downgrade(to) },
      "'jobs.downgrade.toVersion' must be older than 2.11.2, the version that migrated the database, got 3.2.2; leave 'version' at the newer one until the Job has succeeded"],
    ['of a database that something else migrates', { maintenance: true, external: { migration: true }, ...downgrade(to) },
      "'jobs.downgrade' takes the database back, but 'external.migration' says that something else migrates it; leave one of them out"],
    ['with several mistakes', { external: { migration: true }, ...downgrade(AirflowVersion.V3_3) },
      "3 mistakes:\n  'jobs.downgrade' needs 'maintenance' to be true, since components of 3.3.2 would use the database that it changes\n"
      + "  'jobs.downgrade' takes the database back, but 'external.migration' says that something else migrates it; leave one of them out\n"
      + "  'jobs.downgrade.toVersion' must be older than 3.3.2, the version that migrated the database, got 3.3.2; leave 'version' at the newer one until the Job has succeeded"],
  ])('fails %s', (_, given, message) => {
    expect(building(given)).toThrow(new Error(`test/airflow: ${message}`));
  });
});

