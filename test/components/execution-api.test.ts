import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowSecrets, AirflowVersion, ApiServer, ExecutionApi, Exposure, Executor, Scaling, SecretKey, TaskLogs,
} from '../../src';
import { AFTER_DATABASE, airflowChart, building, find, main, pod, synth, synthAirflow, workload } from '../util';

const APPS = ['core', 'execution'];
const key = (name: string) => SecretKey.of(name, 'key');
const KEYS = { jwtSecret: key('jwt'), secretKey: key('session'), fernetKey: { current: key('fernet') } };
const SECRETS = AirflowSecrets.fromSecrets(KEYS);
const served = (app: string) => ['airflow', 'api-server', '--apps', app];
const split = ({ apiServer, ...props }: AirflowChartProps = {}) => ({ ...props, apiServer: { executionApi: {}, ...apiServer } });
const toTasks = ({ airflow }: ReturnType<typeof airflowChart>) => airflow.config.get('core', 'execution_api_server_url');
const edges = ({ airflow }: ReturnType<typeof airflowChart>) => airflow.networkGraph.edges.map(({ source, target, port, purpose }) => `${source} > ${target} ${port} ${purpose}`);

/** The names of the variables that a pod gets from Secrets, without that of the database. */
function secretsOf(props: AirflowChartProps, component: string): string[] {
  return main(synthAirflow(props), component).env!.filter(({ name, valueFrom }) => valueFrom?.secretKeyRef !== undefined && name !== 'DATABASE_PASSWORD').map(({ name }) => name);
}

test('serves tasks, and the API server the UI and the REST API', () => {
  const manifest = synthAirflow(split());
  expect(['api-server', 'execution-api'].map(name => main(manifest, name).args)).toEqual(APPS.map(app => [...AFTER_DATABASE, ...served(app)]));
  expect(main(manifest, 'execution-api').ports).toEqual([{ name: 'http', containerPort: 8080 }]);
});

test('each is checked where it serves', () => {
  const manifest = synthAirflow(split({ url: 'https://example.com/team' }));
  const paths = (name: string) => (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).map(probe => main(manifest, name)[probe]!.httpGet!.path);
  expect(paths('api-server')).toEqual(Array(3).fill('/team/api/v2/version'));
  expect(paths('execution-api')).toEqual(Array(3).fill('/team/execution/health'));
});

test('adds its own objects and leaves the names of the others alone', () => {
  const named = (props: AirflowChartProps) => synthAirflow(props).map(({ kind, metadata: { name } }) => `${kind}/${name}`);
  const before = named({});
  const after = named(split());
  expect(after.filter(name => !before.includes(name))).toEqual([
    'ServiceAccount/test-airflow-execution-api', 'Deployment/test-airflow-execution-api', 'Service/test-airflow-execution-api',
  ]);
  expect(before.filter(name => !after.includes(name))).toEqual([]);
});

test('leaves the selectors of the API server alone', () => {
  const selectors = (props: AirflowChartProps) => [find(synthAirflow(props), 'Service', 'api-server').spec.selector,
    workload(synthAirflow(props), 'api-server').spec.selector];
  expect(selectors(split())).toEqual(selectors({}));
});

test('tasks talk to it, whatever its Service, and nobody else does', () => {
  const chart = airflowChart(split({ apiServer: { executionApi: { service: { port: 9080 } } } }));
  expect(toTasks(chart)).toBe('http://test-airflow-execution-api.airflow.svc:9080/execution/');
  expect(edges(chart).filter(edge => /> (api-server|execution-api) /.test(edge))).toEqual([
    'users > api-server 8080 UI and API', 'task-pods > execution-api 9080 execution API',
  ]);
});

test('a Service that invites others has an edge from them', () => {
  const chart = airflowChart(split({ apiServer: { executionApi: { exposure: Exposure.loadBalancer() } } }));
  expect(edges(chart)).toContain('users > execution-api 8080 execution API');
});

test('is a component of the Airflow, and the notes lead to the UI', () => {
  const { airflow } = airflowChart(split());
  expect(airflow.components).toContain(airflow.executionApi);
  expect(airflow.notes).toContain('service/test-airflow-api-server 8080:8080');
  expect(airflow.notes).not.toContain('execution-api');
});

describe('has what it needs for tasks', () => {
  const props = split({ logs: TaskLogs.newClaim({ size: Size.gibibytes(1) }) });

  test('the keys of tasks, and not that of sessions', () => {
    expect(secretsOf(props, 'execution-api')).toEqual(['AIRFLOW__API_AUTH__JWT_SECRET', 'AIRFLOW__CORE__FERNET_KEY']);
    expect(secretsOf(props, 'api-server')).toContain('AIRFLOW__API__SECRET_KEY');
  });

  test('neither logs nor how users log in', () => {
    const volumes = (name: string) => pod(synthAirflow(props), name).spec.volumes!;
    expect(volumes('execution-api').find(({ name }) => name === 'config')!.configMap!.items).toEqual([{ key: 'airflow.cfg', path: 'airflow.cfg' }]);
    expect(volumes('execution-api').map(({ name }) => name)).not.toContain('logs');
    expect(volumes('api-server').map(({ name }) => name)).toContain('logs');
  });

  test('no token, because it does not read the logs of pods', () => {
    expect(['api-server', 'execution-api'].map(name => pod(synthAirflow(props), name).spec.automountServiceAccountToken)).toEqual([true, false]);
  });

  test('connections, which tasks ask it for', () => {
    const chart = airflowChart(split());
    chart.airflow.addVariable('team', kplus.EnvValue.fromValue('data'));
    expect(main(synth(chart), 'execution-api').env).toContainEqual({ name: 'AIRFLOW_VAR_TEAM', value: 'data' });
  });
});

test('each has its own replicas, resources and autoscaler', () => {
  const manifest = synthAirflow(split({
    apiServer: {
      replicas: 2,
      resources: { cpu: { limit: kplus.Cpu.millis(500) } },
      executionApi: {
        scaling: Scaling.cpu({ minReplicas: 2, maxReplicas: 5 }),
        disruptionBudget: { maxUnavailable: kplus.PercentOrAbsolute.absolute(1) },
      },
    },
  }));
  expect(workload(manifest, 'api-server').spec.replicas).toBe(2);
  expect(main(manifest, 'api-server').resources!.limits!.cpu).toBe('500m');
  expect(main(manifest, 'execution-api').resources!.limits!.cpu).toBeUndefined();
  expect(find(manifest, 'HorizontalPodAutoscaler', 'execution-api').spec.scaleTargetRef).toMatchObject({ name: 'test-airflow-execution-api' });
  expect(find(manifest, 'PodDisruptionBudget', 'execution-api').spec.maxUnavailable).toBe(1);
});

describe('each can run elsewhere', () => {
  const elsewhere = { executionApiUrl: 'https://tasks.example.com/team/' };

  test('the execution API', () => {
    const chart = airflowChart({ external: elsewhere, secrets: SECRETS });
    expect(chart.airflow.executionApi).toBeUndefined();
    expect(main(synth(chart), 'api-server').args).toEqual([...AFTER_DATABASE, ...served('core')]);
    expect(toTasks(chart)).toBe('https://tasks.example.com/team/execution/');
    expect(edges(chart)).toContain('task-pods > execution-api-tasks.example.com 443 execution API');
  });

  test('the API server', () => {
    const chart = airflowChart({ ...split(), external: { apiServerUrl: 'https://airflow.example.com' }, secrets: AirflowSecrets.fromSecrets({ ...KEYS, jwtSecret: undefined }) });
    expect(chart.airflow.apiServer).toBeUndefined();
    expect(toTasks(chart)).toBe('http://test-airflow-execution-api.airflow.svc:8080/execution/');
  });

  test('both', () => {
    const chart = airflowChart({ external: { ...elsewhere, apiServerUrl: 'https://airflow.example.com' }, secrets: SECRETS });
    expect([chart.airflow.apiServer, chart.airflow.executionApi]).toEqual([undefined, undefined]);
    expect(toTasks(chart)).toBe('https://tasks.example.com/team/execution/');
  });
});

test('serves tasks of every executor', () => {
  const targets = (executor: Executor) => edges(airflowChart(split({ executor }))).filter(edge => edge.endsWith('execution API'));
  expect(targets(Executor.celery())).toEqual(['celery-workers > execution-api 8080 execution API']);
  expect(targets(Executor.local())).toEqual(['scheduler > execution-api 8080 execution API']);
});

test('a second one has its own pods', () => {
  const chart = airflowChart(split());
  const second = new ExecutionApi(chart, 'more', { airflow: chart.airflow });
  expect(second.podLabels).not.toEqual(chart.airflow.executionApi!.podLabels);
});

describe('wrong', () => {
  const args = (app: string) => ({ container: { args: served(app) } });
  const external = (executionApiUrl: string) => ({ external: { executionApiUrl } });
  const URL = 'must be like https://airflow.example.com or https://example.com/airflow, without a login or a query, got';

  test.each<[AirflowChartProps, string]>([
    [{ version: AirflowVersion.V2_11, apiServer: { executionApi: {} } },
      "'apiServer' exists in Airflow 3, but the version is 2.11.2; use 'webserver'"],
    [{ version: AirflowVersion.V2_11, ...external('https://a.example.com') },
      "'external.executionApiUrl' exists in Airflow 3, but the version is 2.11.2; leave it out, since the tasks of Airflow 2 talk to the database"],
    [{ apiServer: { executionApi: {} }, ...external('https://a.example.com'), secrets: SECRETS },
      "'apiServer.executionApi' has options, but 'external.executionApiUrl' says that it runs elsewhere; leave one of them out"],
    [{ ...external('tasks.example.com'), secrets: SECRETS }, `'external.executionApiUrl' ${URL} 'tasks.example.com'`],
    [{ ...external('https://user:pw@tasks.example.com'), secrets: SECRETS }, `'external.executionApiUrl' ${URL} 'https://...@tasks.example.com'`],
    [{ ...external('https://a.example.com/execution/'), secrets: SECRETS },
      "'external.executionApiUrl' must be without '/execution', which the library adds, got 'https://a.example.com/execution/'; leave it out"],
    [{ ...external('https://a.example.com'), secrets: AirflowSecrets.fromSecrets({ ...KEYS, jwtSecret: undefined }) },
      "'external.executionApiUrl' needs 'secrets.jwtSecret', which the execution API at 'https://a.example.com' has too; set it"],
    [{ apiServer: { executionApi: {}, replicas: 2 }, external: { apiServerUrl: 'https://a.example.com' }, secrets: SECRETS },
      "'apiServer' has options, but 'external.apiServerUrl' says that it runs elsewhere; leave one of them out"],
    [{
      apiServer: { executionApi: {} },
      external: { apiServerUrl: 'https://a.example.com' },
      secrets: AirflowSecrets.fromSecrets({ fernetKey: KEYS.fernetKey }),
    },
    "'external.apiServerUrl' needs 'secrets.secretKey', which the API server at 'https://a.example.com' has too; set it"],
    [{ apiServer: { executionApi: args('core') } }, "'apiServer.executionApi.container.args' must serve the app 'execution', which tasks talk to, got '--apps core'; leave out '--apps'"],
    [{ apiServer: { executionApi: {}, ...args('execution') } },
      "'apiServer.container.args' must serve the app 'core', the UI and the REST API, got '--apps execution'; leave out '--apps'"],
    [{ apiServer: args('core') }, "'apiServer.container.args' leaves out the app 'execution', which tasks talk to, got '--apps core'; set 'apiServer.executionApi', "
      + "or 'external.executionApiUrl' if it runs elsewhere"],
    [{ apiServer: { executionApi: {} }, config: { core: { execution_api_server_url: 'https://a' } } },
      "'config.core.execution_api_server_url' cannot be set, got 'https://a'; 'apiServer.executionApi', 'apiServer' or 'external' decides it"],
    [{
      apiServer: { executionApi: {} },
      pods: {
        env: {
          HTTPS_PROXY: kplus.EnvValue.fromValue('http://proxy:3128'),
          NO_PROXY: kplus.EnvValue.fromValue(
            'localhost,127.0.0.1,test-airflow-api-server.airflow.svc,10.0.0.0/8'),
        },
      },
    },
    "'pods.env' sets a proxy, but its NO_PROXY lacks .svc, so that requests inside the cluster would go to the proxy; set NO_PROXY to "
      + "'localhost,127.0.0.1,test-airflow-api-server.airflow.svc,10.0.0.0/8,.svc', and add the range of the pods' addresses, from which logs are fetched"],
  ])('fails with %j', (props, message) => {
    let got = '';
    try { building(props)(); } catch (error) { got = (error as Error).message; }
    expect(got.replace(/^test\/airflow(\/[a-z-/]+)?: /, '')).toBe(message);
  });

  test('fails in an API server of your own', () => {
    const { airflow } = airflowChart();
    expect(() => new ApiServer(airflow, 'second', { airflow, executionApi: {} })).toThrow(new Error("test/airflow/second: 'executionApi' works only in "
      + "'apiServer' of the Airflow, which creates it; construct an ExecutionApi, or leave it out"));
  });

  test('fails with a wrong port and more, with the path of the component', () => {
    expect(building({ apiServer: { executionApi: { service: { port: 0 } } } })).toThrow(
      new Error("test/airflow/execution-api: 'service.port' must be a whole number from 1 to 65535, got 0"));
    expect(building({ apiServer: { executionApi: { scaling: Scaling.keda({ maxReplicas: 3 }) } } })).toThrow(new Error('test/airflow/execution-api: '
      + "'scaling' by KEDA knows by itself only the work of Celery workers and the triggerer; give it a 'query' or 'triggers', "
      + 'or use Scaling.cpu()'));
    const chart = airflowChart({ version: AirflowVersion.V2_11 });
    expect(() => new ExecutionApi(chart, 'more', { airflow: chart.airflow })).toThrow(new Error("test/more: 'apiServer.executionApi' exists in Airflow 3, "
      + 'but the version is 2.11.2; leave it out, since the tasks of Airflow 2 talk to the database'));
  });

  test.each<AirflowChartProps>([
    { apiServer: args('all') },
    { apiServer: { ...args('core,execution'), executionApi: args('all') } },
    { apiServer: args('execution') },
    { apiServer: { container: { args: ['airflow', 'api-server', '--apps', '$(APPS)'] }, executionApi: {} } },
    { apiServer: args('core'), external: { executionApiUrl: 'http://tasks.other.svc:8080' }, secrets: SECRETS },
    { apiServer: { executionApi: { container: { args: ['bash', '-c', 'exec airflow api-server --apps execution --workers 4'] } } } },
    { apiServer: { executionApi: {}, replicas: undefined }, external: { apiServerUrl: 'https://a.example.com' }, secrets: SECRETS },
  ])('but not %j', props => {
    expect(building(props)).not.toThrow();
  });
});
