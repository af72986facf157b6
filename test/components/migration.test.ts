import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowProps, AirflowVersion, Database, SecretKey } from '../../src';
import { building, env, find, init, main, pod, synthAirflow, workload } from '../util';

const connection = SecretKey.of('database-of-mine', 'connection');

function name(props?: AirflowProps): string {
  return workload(synthAirflow(props), 'migration').metadata.name;
}

test('runs the migration of the image, once, when the database answers', () => {
  const manifest = synthAirflow();
  expect(main(manifest, 'migration').args).toEqual(['python', '/opt/cdk8s-airflow/migrate.py', 'sync-perm']);
  expect(main(manifest, 'migration').command).toBeUndefined();
  expect(init(manifest, 'migration', 'wait-for-database').command).toEqual(['python', '-S', '/opt/cdk8s-airflow/wait_for_database.py', '--airflow', '3.3.2']);
  expect(pod(manifest, 'migration').spec.restartPolicy).toBe('Never');
});

test('is named by what it runs, and the components wait for that name', () => {
  const manifest = synthAirflow();
  expect(name()).toMatch(/^test-airflow-migration-[0-9a-f]{6}$/);
  for (const component of ['api-server', 'scheduler', 'dag-processor', 'triggerer', 'sync-users']) {
    expect(init(manifest, component, 'wait-for-migration').command!.slice(3)).toEqual([
      '--airflow', '3.3.2', '--migrated-by', name(), 'alembic_version=airflow/migrations/versions', 'alembic_version_fab=airflow/providers/fab/migrations/versions',
    ]);
  }
});

describe('has another name', () => {
  test.each<[string, AirflowProps]>([
    ['image', { image: AirflowImage.of('acme/airflow:3.3.2-1', { version: AirflowVersion.V3_3 }) }],
    ['version', { version: AirflowVersion.V3_2 }],
    ['revision', { jobs: { migration: { revision: '2' } } }],
    ['pod, since that of a Job cannot be changed', { jobs: { migration: { nodeSelector: { pool: 'x' } } } }],
    ['number of tries, which is in the Job', { jobs: { migration: { backoffLimit: 3 } } }],
    ['database', { database: Database.fromSecret(connection) }],
  ])('with another %s', (_, props) => expect(name(props)).not.toBe(name()));
});

describe('has the same name, so that nothing runs again', () => {
  test.each<[string, AirflowProps]>([
    ['other components have labels, resources and replicas', { scheduler: { replicas: 2, pod: { labels: { a: 'b' } } }, apiServer: { workload: { labels: { a: 'b' } } } }],
    ['Airflow has other options', { config: { core: { parallelism: '3' } }, localSettings: 'X = 1' }],
    ['task pods are different', { taskPods: { env: { A: kplus.EnvValue.fromValue('b') } } }],
    ['the Job has annotations', { jobs: { migration: { workload: { annotations: { a: 'b' } } } } }],
    ['another Job has options', { jobs: { syncUsers: { backoffLimit: 1 } } }],
    ['the revision is that of before', { jobs: { migration: { revision: '1' } } }],
    ['the database is the default', { database: Database.inCluster() }],
  ])('when %s', (_, props) => expect(name(props)).toBe(name()));
});

test('does not depend on the order of keys', () => {
  const labelled = (labels: { [name: string]: string }) => name({ jobs: { migration: { pod: { labels } } } });
  expect(labelled({ a: '1', b: '2' })).toBe(labelled({ b: '2', a: '1' }));
});

test('stays after its end, since a GitOps tool would make it anew', () => {
  expect(workload(synthAirflow(), 'migration').spec).toMatchObject({ backoffLimit: 10 });
  expect(workload(synthAirflow(), 'migration').spec.ttlSecondsAfterFinished).toBeUndefined();
  expect(workload(synthAirflow(), 'migration').spec.activeDeadlineSeconds).toBeUndefined();
});

test('has its options', () => {
  const manifest = synthAirflow({
    jobs: { migration: { revision: 'restored', backoffLimit: 0, activeDeadline: Duration.minutes(30), workload: { annotations: { 'helm.sh/hook': 'none' } } } },
  });
  const job = find(manifest, 'Job', 'migration');
  expect(env(main(manifest, 'migration'), 'CDK8S_AIRFLOW_REVISION')!.value).toBe('restored');
  expect([job.spec.backoffLimit, job.spec.activeDeadlineSeconds]).toEqual([0, 1800]);
  expect(job.metadata.annotations).toEqual({ 'helm.sh/hook': 'none' });
});

test.each([[Duration.seconds(0), '0'], [Duration.millis(1500), '1.5']])('fails with %s until it is given up', (activeDeadline, got) => {
  expect(building({ jobs: { migration: { activeDeadline } } })).toThrow(
    new Error(`test/airflow/migration: 'activeDeadline' must be a whole number of seconds of at least 1, got ${got}`));
});

test('fails with a number of tries that is none', () => {
  expect(building({ jobs: { migration: { backoffLimit: -1 } } })).toThrow(
    new Error("test/airflow/migration: 'backoffLimit' must be a whole number of at least 0, got -1"));
});
