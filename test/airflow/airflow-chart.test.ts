import { App } from 'cdk8s';
import { AirflowChart } from '../../src/index';
import { airflowChart, find, findAll, synth } from '../util';

test('has a namespace of its own, which enforces the Pod Security level restricted', () => {
  const manifest = synth(airflowChart());
  const namespace = find(manifest, 'Namespace');
  expect(namespace.metadata).toEqual({ name: 'airflow', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
  expect(manifest[0]).toBe(namespace);
  expect(new Set(manifest.slice(1).map(object => object.metadata.namespace))).toEqual(new Set(['airflow']));
});

test('uses a namespace that exists without making it', () => {
  const manifest = synth(airflowChart({ namespace: 'data' }));
  expect(findAll(manifest, 'Namespace')).toEqual([]);
  expect(new Set(manifest.map(object => object.metadata.namespace))).toEqual(new Set(['data']));
});

test('hands its props to the Airflow', () => {
  const chart = airflowChart({ config: { core: { parallelism: '9' } } });
  expect(chart.airflow.config.get('core', 'parallelism')).toBe('9');
});

test('is one file of an app', () => {
  const app = new App();
  new AirflowChart(app, 'one');
  new AirflowChart(app, 'two', { namespace: 'airflow' });
  const kinds = app.synthYaml().match(/^kind: Namespace$/gm);
  expect(kinds).toHaveLength(1);
});

test('fails with a namespace that is not a name', () => {
  expect(() => airflowChart({ namespace: 'My_Data' })).toThrow(new Error("test/airflow: 'namespace' must be at most 63 lowercase letters, digits and dashes, "
    + "beginning and ending with a letter or digit, got 'My_Data' (7 characters)"));
});

test('fails to make a namespace that another chart of the app makes', () => {
  const app = new App();
  new AirflowChart(app, 'one');
  expect(() => new AirflowChart(app, 'two')).toThrow(new Error(
    "two: 'namespace' must be given, since 'one' makes the namespace 'airflow' already, and it is deleted with that YAML"));
  expect(() => new AirflowChart(app, 'three', { namespace: 'airflow' })).not.toThrow();
});

describe('the labels of the Chart', () => {
  test('are those of every object, beside the own ones of the library', () => {
    const manifest = synth(airflowChart({ labels: { team: 'data' } }));
    expect(manifest.filter(({ metadata }) => metadata.labels!.team !== 'data')).toEqual([]);
    expect(find(manifest, 'Deployment', 'scheduler').spec.selector.matchLabels).not.toHaveProperty('team');
  });

  test('fail with one that the library sets itself', () => {
    expect(() => airflowChart({ labels: { 'app.kubernetes.io/instance': 'mine' } })).toThrow(new Error(
      "test: 'labels' cannot set 'app.kubernetes.io/instance', which the library sets itself, got 'mine'; leave it out"));
  });
});

test('changes nothing without the hashes of names, since they have none', () => {
  expect(synth(airflowChart({ disableResourceNameHashes: true }))).toEqual(synth(airflowChart()));
});
