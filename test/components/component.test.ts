import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { CeleryWorkers, Component, Executor, Triggerer, WebComponent } from '../../src';
import { airflowChart, find, synth } from '../util';

test('a component is the subject and the peer of a network policy', () => {
  const chart = airflowChart();
  const { scheduler, apiServer } = chart.airflow;
  const policy = new kplus.NetworkPolicy(chart, 'to-api', { selector: apiServer });
  policy.addIngressRule(scheduler!, [kplus.NetworkPolicyPort.tcp(8080)]);
  expect(find(synth(chart), 'NetworkPolicy', 'to-api').spec).toMatchObject({
    podSelector: { matchLabels: apiServer!.podLabels },
    ingress: [{
      from: [{ podSelector: { matchLabels: scheduler!.podLabels }, namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'airflow' } } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    }],
  });
});

test('an Airflow lists its components, with those that are added and made by hand', () => {
  const chart = airflowChart({ executor: Executor.celery({ flower: {} }) });
  const { airflow } = chart;
  const set = airflow.addCeleryWorkers('gpu', { queues: ['gpu'] });
  const more = new Triggerer(chart, 'more-triggerers', { airflow });
  const workers = new CeleryWorkers(chart, 'etl', { airflow, queues: ['etl'] });
  expect(airflow.components.map(component => component.node.path)).toEqual([
    ...['flower', 'api-server', 'scheduler', 'dag-processor', 'celery-workers', 'triggerer'].map(id => `test/airflow/${id}`),
    set.node.path, more.node.path, workers.node.path,
  ]);
  expect(find(synth(chart), 'Deployment', 'more-triggerers').spec.template.spec.containers[0].args!.slice(-2)).toEqual(['airflow', 'triggerer']);
  expect(Chart.of(more)).toBe(chart);
});

test('accounts, roles and ConfigMaps are reachable from the Airflow', () => {
  const chart = airflowChart();
  const { airflow } = chart;
  airflow.allowPodOperator();
  const names = (kind: string) => synth(chart).filter(object => object.kind === kind).map(({ metadata }) => metadata.name).sort();
  const reached = (objects: { readonly name: string }[]) => objects.map(({ name }) => name).sort();
  expect(reached(airflow.rbac.serviceAccounts)).toEqual(names('ServiceAccount'));
  expect(reached(airflow.rbac.roles)).toEqual(names('Role'));
  expect(reached(airflow.rbac.roleBindings)).toEqual(names('RoleBinding'));
  expect(reached(airflow.configMaps)).toEqual(names('ConfigMap'));
  expect(names('Role')).toHaveLength(4);
});

test.each<[string, object]>([['Component', Component], ['WebComponent', WebComponent]])('fails for a %s that the library does not know', (_, base) => {
  const chart = airflowChart();
  class Mine extends (base as new (scope: Construct, id: string, props: object) => Construct) {}
  expect(() => new Mine(chart, 'mine', { airflow: chart.airflow })).toThrow(
    new Error('test/mine: a component can only be of the library, like Scheduler or ApiServer; use one of these, or extend it'));
});
