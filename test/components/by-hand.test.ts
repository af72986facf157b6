import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Airflow, AirflowChart, AirflowJob, AirflowVersion, ApiServer, CeleryWorkers, DagProcessor, ExecutionApi, Executor,
  Exposure, Flower, FlowerAuth, Pools, Scheduler, SecretKey, Triggerer, Webserver,
} from '../../src';
import { airflowChart, Manifest, podList, synth } from '../util';

type Make = (scope: Construct, id: string, airflow: Airflow) => Construct & { readonly podLabels: { readonly [name: string]: string } };

const WORKLOADS = ['Deployment', 'StatefulSet', 'Job', 'CronJob'];
const key = SecretKey.of('mine', 'key');

const MADE: { readonly [name: string]: Make } = {
  ApiServer: (scope, id, airflow) => new ApiServer(scope, id, { airflow }),
  ExecutionApi: (scope, id, airflow) => new ExecutionApi(scope, id, { airflow }),
  Scheduler: (scope, id, airflow) => new Scheduler(scope, id, { airflow }),
  DagProcessor: (scope, id, airflow) => new DagProcessor(scope, id, { airflow }),
  Triggerer: (scope, id, airflow) => new Triggerer(scope, id, { airflow }),
  CeleryWorkers: (scope, id, airflow) => new CeleryWorkers(scope, id, { airflow }),
  Flower: (scope, id, airflow) => new Flower(scope, id, { airflow, auth: FlowerAuth.fromSecret(key) }),
  Pools: (scope, id, airflow) => new Pools(scope, id, { airflow, pools: { [scope.node.id]: { slots: 3 } } }),
  AirflowJob: (scope, id, airflow) => new AirflowJob(scope, id, { airflow, command: ['airflow', 'version'] }),
};

const celery = () => airflowChart({ executor: Executor.celery() });
const names = (manifest: Manifest[], kinds: string[]) => manifest.filter(({ kind }) => kinds.includes(kind)).map(({ metadata: { name } }) => name);

/** The objects that come with what is made. */
function added(chart: AirflowChart, make: Make, id: string): Manifest[] {
  const before = new Set(synth(chart).map(({ kind, metadata: { name } }) => `${kind}/${name}`));
  make(chart, id, chart.airflow);
  return synth(chart).filter(({ kind, metadata: { name } }) => !before.has(`${kind}/${name}`));
}

/** By which workloads, or whose Services, a pod is selected. */
function selecting(manifest: Manifest[], labels: { readonly [name: string]: string }): string[] {
  return manifest.flatMap(({ kind, metadata: { name }, spec }) => {
    const selector = kind === 'Service' ? spec.selector : spec?.selector?.matchLabels;
    return selector !== undefined && Object.entries(selector).every(([label, value]) => labels[label] === value) ? [`${kind} ${name}`] : [];
  });
}

describe.each(Object.entries(MADE))('a %s made by hand', (kind, make) => {
  const id = kind === 'CeleryWorkers' ? 'celery-workers-extra' : 'extra';
  const name = kind === 'CeleryWorkers' ? 'test-airflow-celery-worker-extra' : 'test-airflow-extra';

  test('has names of its own, in the namespace of the Airflow', () => {
    const made = added(celery(), make, id);
    const [workload] = names(made, WORKLOADS);
    expect(workload.replace(/-[0-9a-f]{6}$/, '')).toBe(name);
    expect(names(made, ['ServiceAccount'])).toEqual([name]);
    expect(names(made, ['Service'])).toEqual(['ApiServer', 'ExecutionApi', 'Flower'].includes(kind) ? [name] : []);
    expect(new Set(made.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['airflow']));
  });

  test('has pods that nothing else selects', () => {
    const chart = celery();
    const { podLabels } = make(chart, id, chart.airflow);
    const manifest = synth(chart);
    const own = podList(manifest).filter(([, { metadata }]) => Object.entries(podLabels).every(([label, value]) => metadata.labels[label] === value));
    expect(own).toHaveLength(1);
    expect(selecting(manifest, own[0][1].metadata.labels).filter(found => !found.endsWith(` ${name}`))).toEqual([]);
  });

  test('can be inside a construct of the user', () => {
    const chart = celery();
    make(new Construct(chart, 'mine'), id, chart.airflow);
    expect(names(synth(chart), WORKLOADS).map(found => found.replace(/-[0-9a-f]{6}$/, ''))).toContain(name);
  });

  test.each(['postgres', 'scheduler', 'migration'])('fails with the id %s, whose pods it could not be told from', taken => {
    if (kind === 'CeleryWorkers') { return; }
    const chart = celery();
    expect(() => make(chart, taken, chart.airflow)).toThrow(
      new Error(`test/${taken}: 'id' gives its pods labels that do not tell them from those of 'test/airflow/${taken}', got '${taken}'; use another id or name`));
  });

  test('fails in another namespace, where its pods would miss what the Airflow makes', () => {
    const app = new App();
    const { airflow } = new AirflowChart(app, 'test', { executor: Executor.celery() });
    const error = (path: string, where: string) => new Error(`${path}/extra: 'airflow' is in the namespace 'airflow', with the Secrets and ConfigMaps that the pods need, but the Chart is in `
      + `${where}; give the Chart the 'namespace' 'airflow'`);
    expect(() => make(new Chart(app, 'other', { namespace: 'data' }), 'extra', airflow)).toThrow(error('other', "'data'"));
    expect(() => make(new Chart(app, 'nowhere'), 'extra', airflow)).toThrow(error('nowhere', 'none'));
    expect(() => make(new Chart(app, 'same', { namespace: 'airflow' }), 'extra', airflow)).not.toThrow();
  });
});

test('a second webserver of Airflow 2 has a Service and URLs of its own', () => {
  const chart = airflowChart({ version: AirflowVersion.V2_11 });
  const made = new Webserver(chart, 'extra', { airflow: chart.airflow, service: { port: 80 }, exposure: Exposure.nodePort() });
  expect([made.service.name, made.url, made.localUrl]).toEqual(['test-airflow-extra', 'http://test-airflow-extra.airflow.svc:80', 'http://localhost:8080']);
  const { spec } = podList(synth(chart)).find(([name]) => name === 'extra')?.[1] ?? { spec: undefined };
  expect(spec === undefined ? 'missing' : spec.serviceAccountName).toBe('test-airflow-extra');
});

test('a second API server has URLs of its own, and tasks keep to that of the Airflow', () => {
  const chart = celery();
  const { url, localUrl } = new ApiServer(chart, 'extra', { airflow: chart.airflow });
  expect([url, localUrl]).toEqual(['http://test-airflow-extra.airflow.svc:8080', 'http://localhost:8080']);
  expect(chart.airflow.config.get('core', 'execution_api_server_url')).toBe('http://test-airflow-api-server.airflow.svc:8080/execution/');
});

test('workers of an id that is a role fail, if all other workers would be theirs', () => {
  const chart = celery();
  expect(() => new Scheduler(chart, 'worker', { airflow: chart.airflow })).toThrow(
    new Error("test/worker: 'id' gives its pods labels that do not tell them from those of 'test/airflow/celery-workers', got 'worker'; use another id or name"));
});
