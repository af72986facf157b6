import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Executor, ServiceAccountOptions, WorkloadIdentity } from '../../src';
import { airflowChart, building, findAll, Manifest, pod, podList, synth, synthAirflow } from '../util';

const existing = kplus.ServiceAccount.fromServiceAccountName(new Chart(new App(), 'elsewhere'), 'account', 'platform');
const CELERY = { executor: Executor.celery({ flower: {} }) };

function accounts(manifest: Manifest[]): string[] {
  return findAll(manifest, 'ServiceAccount').map(({ metadata }) => metadata.name);
}

function usedBy(manifest: Manifest[]): Set<string | undefined> {
  return new Set(podList(manifest).map(([, { spec }]) => spec.serviceAccountName));
}

describe('one account for all pods', () => {
  test.each<[ServiceAccountOptions, string, string[]]>([
    [{}, 'test-airflow', ['test-airflow']],
    [{ name: 'data-platform' }, 'data-platform', ['data-platform']],
    [{ existing }, 'platform', []],
  ])('is that of every pod, those of databases and brokers included (%#)', (serviceAccount, name, made) => {
    for (const props of [{}, CELERY]) {
      const manifest = synthAirflow({ ...props, pods: { serviceAccount } });
      expect([usedBy(manifest), accounts(manifest)]).toEqual([new Set([name]), made]);
    }
  });

  test('leaves a component the one that it chooses', () => {
    const manifest = synthAirflow({ pods: { serviceAccount: { name: 'all' } }, scheduler: { serviceAccount: { name: 'mine' } }, triggerer: { serviceAccount: { existing } } });
    expect(['scheduler', 'triggerer', 'api-server', 'task'].map(component => pod(manifest, component).spec.serviceAccountName)).toEqual(['mine', 'platform', 'all', 'all']);
    expect(accounts(manifest).sort()).toEqual(['all', 'mine']);
  });

  test('has the identity and the annotations that are given with it', () => {
    const identity = WorkloadIdentity.eksIrsa('arn:aws:iam::123456789012:role/airflow');
    const [account] = findAll(synthAirflow({ pods: { serviceAccount: { identity, annotations: { team: 'data' } } } }), 'ServiceAccount');
    expect(account.metadata.annotations).toEqual({ 'team': 'data', 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/airflow' });
  });

  test('is made in the namespaces of task pods as well', () => {
    const chart = airflowChart({ pods: { serviceAccount: {} } });
    chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
    expect(findAll(synth(chart), 'ServiceAccount').map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual(
      [['airflow', 'test-airflow'], ['jobs', 'test-airflow']]);
  });

  test('has the rights of all', () => {
    const subjects = findAll(synthAirflow({ pods: { serviceAccount: {} } }), 'RoleBinding').flatMap(binding => binding.subjects.map(({ name }) => name));
    expect(new Set(subjects)).toEqual(new Set(['test-airflow']));
  });

  test('fails with a name for an account that exists', () => {
    expect(building({ pods: { serviceAccount: { existing, name: 'x' } } })).toThrow(
      new Error("test/airflow: 'pods.serviceAccount.name' is that of an account that is created, but 'platform' exists; leave one of them out"));
    expect(building({ scheduler: { serviceAccount: { existing, name: 'x' } } })).toThrow(
      new Error("test/airflow/scheduler: 'serviceAccount.name' is that of an account that is created, but 'platform' exists; leave one of them out"));
  });
});

test('an account of a name is that of its task pod alone', () => {
  const chart = airflowChart();
  const base = chart.airflow.addTaskPod('base', { serviceAccount: { name: 'mine' } });
  const based = chart.airflow.addTaskPod('based', { basedOn: base, serviceAccount: { annotations: { a: 'b' } } });
  expect([base, based].map(({ serviceAccount }) => serviceAccount!.name)).toEqual(['mine', 'test-airflow-task-based']);
});
