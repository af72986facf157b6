import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { hold, Program, VERSIONS } from './rules-of-all';
import { AirflowSecrets, AirflowVersion, Database, Executor, Gpu, SecretKey, SpotNodes, TaskPodTemplate } from '../../src';
import { Rendered } from '../golden/case';
import { taskPodsOf } from '../golden/sections';
import { blogFile } from '../pod-file';
import * as rules from '../rules';
import { airflowChart, Manifest, synth } from '../util';

function withPodOperator(executor: Executor): Manifest[] {
  const chart = airflowChart({ executor });
  chart.airflow.allowPodOperator();
  chart.airflow.allowPodOperator({ namespace: 'jobs' });
  return synth(chart);
}

/** Task pods of every kind, in an Airflow whose tasks need nothing that is made in one namespace alone. */
function everyTaskPod(version: AirflowVersion): Manifest[] {
  const key = (name: string) => SecretKey.of('keys', name);
  const secrets = AirflowSecrets.fromSecrets({
    fernetKey: { current: key('fernet') }, secretKey: key('session'), jwtSecret: version.isAirflow3 ? key('jwt') : undefined,
  });
  const chart = airflowChart({ version, secrets, database: Database.fromSecret(SecretKey.of('database', 'connection')) });
  const { airflow } = chart;
  const gpu = airflow.addTaskPod('gpu', { gpus: Gpu.nvidia(), resources: { memory: { request: Size.gibibytes(8), limit: Size.gibibytes(8) } } });
  airflow.addTaskPod('spot', { basedOn: gpu, spot: SpotNodes.gke() });
  const helper = { image: 'acme/helper:1', volumeMounts: [{ path: '/data', volume: kplus.Volume.fromEmptyDir(chart, 'data', 'data') }] };
  airflow.addTaskPod('helped', { initContainers: [{ name: 'fetch', ...helper }], sidecars: [{ name: 'proxy', ...helper }], volumeMounts: helper.volumeMounts });
  airflow.addTaskPod('account', { serviceAccount: { annotations: { role: 'arn' } }, env: { A: kplus.EnvValue.fromValue('b') } });
  airflow.addTaskPod('own', { pod: { scratchSize: Size.gibibytes(50) }, template: TaskPodTemplate.own() });
  const template = TaskPodTemplate.fromFile(blogFile(version.release), { existingObjects: ['ServiceAccount/airflow'] });
  const adopted = airflow.addTaskPod('adopted', { template });
  airflow.addTaskPod('from_adopted', { basedOn: adopted, securityContext: { readOnlyRootFilesystem: true } });
  airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
  return synth(chart);
}

hold([
  ...VERSIONS.map((version): Program => [`Airflow ${version.series} with task pods of every kind`, () => everyTaskPod(version)]),
  ['tasks that start pods', () => withPodOperator(Executor.kubernetes())],
  ['tasks of the LocalExecutor that start pods', () => withPodOperator(Executor.local())],
  ['tasks of Celery workers that start pods', () => withPodOperator(Executor.celery())],
]);

test.each(taskPodsOf(AirflowVersion.V3_3.release))('no secret is a literal in a task pod of %s', (_, given) => {
  expect(rules.noSecret(new Rendered(AirflowVersion.V3_3, given).manifest)).toEqual([]);
});
