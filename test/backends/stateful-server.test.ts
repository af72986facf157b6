import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, Broker, DagSource, Database, Executor, PlacementOptions, SecretKey, StatefulServerOptions, Toleration } from '../../src';
import { find, findAll, main, pod, synthAirflow, volume } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const claim = kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'claim', 'data-of-old');
const placement: Required<PlacementOptions> = {
  nodeSelector: { pool: 'data' },
  affinity: { requiredNodes: [{ matches: [kplus.NodeLabelQuery.is('disk', 'ssd')] }] },
  tolerations: [Toleration.exists('data')],
  priorityClassName: 'data',
};
const placed = {
  nodeSelector: { pool: 'data' },
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }] } } },
  tolerations: [{ key: 'data', operator: 'Exists' }],
  priorityClassName: 'data',
};
const password = SecretKey.of('server', 'pass');
const common: AirflowChartProps = { pods: { nodeSelector: { pool: 'airflow' }, priorityClassName: 'airflow', schedulerName: 'volcano' } };
const SERVERS: [string, (options: StatefulServerOptions & { volumeSize?: Size }) => AirflowChartProps][] = [
  ['postgres', options => ({ ...common, database: Database.inCluster(options) })],
  ['redis', options => ({ ...common, executor: Executor.celery({ broker: Broker.redis(options) }) })],
  ['rabbitmq', options => ({ ...common, executor: Executor.celery({ broker: Broker.rabbitMq(options) }) })],
];

describe.each(SERVERS)('%s', (server, propsWith) => {
  test('runs where it is told, and else where all pods run', () => {
    expect(pod(synthAirflow(propsWith({ placement })), server).spec).toMatchObject({ ...placed, schedulerName: 'volcano' });
    expect(pod(synthAirflow(propsWith({ placement: { priorityClassName: 'data' } })), server).spec).toMatchObject({ nodeSelector: { pool: 'airflow' }, priorityClassName: 'data' });
  });

  test('has the password of a Secret that exists', () => {
    const manifest = synthAirflow(propsWith({ password }));
    expect(JSON.stringify(pod(manifest, server))).toMatch(/"server"/);
    expect(JSON.stringify(main(manifest, 'bootstrap-secrets').command)).not.toContain(`test-airflow-${server === 'postgres' ? 'database' : 'broker'}`);
    const variable = main(manifest, server === 'postgres' ? 'scheduler' : 'worker').env!.find(({ valueFrom }) => valueFrom?.secretKeyRef?.name === 'server');
    expect(variable).toEqual({ name: server === 'postgres' ? 'AIRFLOW_DATABASE_PASSWORD' : 'BROKER_PASSWORD', valueFrom: { secretKeyRef: { name: 'server', key: 'pass' } } });
  });

  test('keeps its data on a claim that exists', () => {
    const manifest = synthAirflow(propsWith({ claim }));
    expect(volume(pod(manifest, server), 'data')).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-of-old' } });
    expect(main(manifest, server).volumeMounts!.map(({ name }) => name)).toContain('data');
    const { spec } = find(manifest, 'StatefulSet', server);
    expect([spec.volumeClaimTemplates, spec.persistentVolumeClaimRetentionPolicy]).toEqual([undefined, undefined]);
  });

  test('annotates its claim', () => {
    expect(find(synthAirflow(propsWith({ volumeAnnotations: { backup: 'daily' } })), 'StatefulSet', server).spec.volumeClaimTemplates[0].metadata.annotations).toEqual(
      { backup: 'daily' });
  });

  test('fails with options of a volume beside a claim that exists', () => {
    expect(() => synthAirflow(propsWith({ claim, volumeSize: Size.gibibytes(1), deleteWithSet: false, storageClassName: 'ssd', volumeAnnotations: {} }))).toThrow(
      new Error(`test/airflow/${server}: 4 mistakes:\n${['volumeSize', 'storageClassName', 'volumeAnnotations', 'deleteWithSet'].map(prop => (
        `  '${prop}' is for a new volume, but 'claim' is 'data-of-old'; leave one of them out`)).join('\n')}`));
  });

  test('fails with an annotation that Kubernetes refuses', () => {
    expect(() => synthAirflow(propsWith({ volumeAnnotations: { 'a b': '' } }))).toThrow(new Error(`test/airflow/${server}: 'volumeAnnotations' must have names of at most 63 letters, `
      + "digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/', got 'a b'"));
  });
});

test('a password of your own for the database may have any characters, since a script composes the URL', () => {
  const manifest = synthAirflow({ database: Database.inCluster({ password }) });
  const variables = Object.fromEntries(main(manifest, 'scheduler').env!.map(({ name, value }) => [name, value]));
  expect(variables.AIRFLOW__DATABASE__SQL_ALCHEMY_CONN).toBeUndefined();
  expect(variables.AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD).toBe('python -S /opt/cdk8s-airflow/database_url.py postgresql+psycopg2');
  expect(variables.AIRFLOW_DATABASE_HOST).toBe('test-airflow-postgres.airflow.svc');
});

test('fails with a claim for a Redis that is not persistent', () => {
  expect(() => synthAirflow({ executor: Executor.celery({ broker: Broker.redis({ persistent: false, claim }) }) })).toThrow(
    new Error("test/airflow/redis: 'claim' describes the volume that 'persistent' false leaves out; leave one of them out"));
});

test('PgBouncer and a shared git-sync run where they are told', () => {
  const manifest = synthAirflow({
    ...common, pgBouncer: { placement }, dags: DagSource.gitSync({ repo: 'https://git.example.com/dags.git', shared: { placement } }),
  });
  expect(pod(manifest, 'pgbouncer').spec).toMatchObject(placed);
  expect(findAll(manifest, 'Deployment', 'git-sync').map(({ spec }) => spec.template.spec)).toEqual([expect.objectContaining(placed)]);
});
