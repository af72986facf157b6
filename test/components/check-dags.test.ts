import { AirflowVersion, CheckDagsOptions, DagSource, Database, Executor, SecretKey } from '../../src';
import { airflowChart, find, findAll, init, main, pod, synthAirflow, volume, workload } from '../util';

const jobs = { checkDags: {} };
const waits = (manifest: ReturnType<typeof synthAirflow>, component: string) => init(manifest, component, 'wait-for-migration').command!;

test('a Job parses the DAGs with the image, the DAGs and the rights of the dag-processor', () => {
  const manifest = synthAirflow({ jobs, dags: DagSource.gitSync({ repo: 'https://git.example.com/dags.git' }) });
  const job = workload(manifest, 'check-dags');
  expect(job.kind).toBe('Job');
  expect(job.spec.backoffLimit).toBe(3);
  const container = main(manifest, 'check-dags');
  expect(container.args).toEqual(['python', '/opt/cdk8s-airflow/check_dags.py']);
  expect(container.env).toContainEqual({ name: 'CDK8S_AIRFLOW_JOB', valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } } });
  expect(container.env!.map(({ name }) => name)).toEqual(expect.arrayContaining(['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', 'AIRFLOW__CORE__FERNET_KEY']));
  expect(volume(pod(manifest, 'check-dags'), 'dags')).toBeDefined();
  expect(find(manifest, 'ConfigMap', 'airflow-scripts').data['check_dags.py']).toContain('DagBundlesManager');
  expect(findAll(synthAirflow(), 'Job', 'check-dags')).toEqual([]);
  expect(find(synthAirflow(), 'ConfigMap', 'airflow-scripts').data['check_dags.py']).toBeUndefined();
});

test('the components wait for it, and Jobs and task pods do not', () => {
  const manifest = synthAirflow({ jobs, executor: Executor.multiple([Executor.kubernetes(), Executor.celery()]), pools: { etl: { slots: 1 } } });
  const { name } = workload(manifest, 'check-dags').metadata;
  for (const component of ['api-server', 'scheduler', 'dag-processor', 'triggerer']) {
    const command = waits(manifest, component);
    expect([component, command.slice(command.indexOf('--dags-checked'), command.indexOf('--migrated-by'))]).toEqual([component, ['--dags-checked', name]]);
  }
  for (const component of ['pools', 'sync-users', 'check-dags']) { expect(waits(manifest, component)).not.toContain('--dags-checked'); }
});

test('another image, another revision and other options make another Job', () => {
  const name = (checkDags: CheckDagsOptions, version?: AirflowVersion) => workload(synthAirflow({ version, jobs: { checkDags } }), 'check-dags').metadata.name;
  const names = [name({}), name({ revision: '2' }), name({ backoffLimit: 1 }), name({}, AirflowVersion.V2_11)];
  expect(new Set(names).size).toBe(4);
  expect(name({ revision: '1' })).toBe(names[0]);
});

test('it is a property of the Airflow', () => {
  expect(airflowChart({ jobs, database: Database.fromSecret(SecretKey.of('database', 'connection')) }).airflow.checkDags!.workload.kind).toBe('Job');
  expect(airflowChart().airflow.checkDags).toBeUndefined();
});
