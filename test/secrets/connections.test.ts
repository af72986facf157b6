import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Airflow, AirflowChartProps, AirflowConnection, AirflowVersion, Env, Executor, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, env, main, pods, secretNamed, synth, synthAirflow } from '../util';

const text = kplus.EnvValue.fromValue;
const warehouse = AirflowConnection.fromSecret(SecretKey.of('connections', 'warehouse'));
const FROM_SECRET = { name: 'AIRFLOW_CONN_WAREHOUSE', valueFrom: { secretKeyRef: { name: 'connections', key: 'warehouse' } } };

function airflow(props: AirflowChartProps = {}): Airflow {
  return airflowChart(props).airflow;
}

/** The pods that have a variable in any container, once a connection was added to the finished Airflow. */
function knowing(props: AirflowChartProps = {}): string[] {
  const one = airflow(props);
  one.addTaskPod('gpu');
  one.addConnection('Warehouse', warehouse);
  const found = [...pods(synth(Chart.of(one)))].filter(([, { spec }]) => JSON.stringify(spec).includes(FROM_SECRET.name));
  return found.map(([component]) => component).sort();
}

describe('a connection reaches the pods that look it up, and no other', () => {
  test('in Airflow 3: the API server for tasks, the dag-processor and the triggerer', () => {
    const asked = ['api-server', 'dag-processor', 'triggerer'];
    expect(knowing()).toEqual(asked);
    expect(knowing({ executor: Executor.local() })).toEqual(asked);
    expect(knowing({ executor: Executor.celery({ flower: {} }) })).toEqual(asked);
  });

  test('in Airflow 2: whoever runs tasks or reads DAGs or their logs', () => {
    const version = AirflowVersion.V2_11;
    expect(knowing({ version })).toEqual(['scheduler', 'task', 'task/gpu', 'triggerer', 'webserver']);
    expect(knowing({ version, dagProcessor: {} })).toEqual(['dag-processor', 'task', 'task/gpu', 'triggerer', 'webserver']);
    expect(knowing({ version, executor: Executor.celery(), dagProcessor: {} })).toEqual(['dag-processor', 'triggerer', 'webserver', 'worker']);
  });

  test('in its main container alone', () => {
    const one = airflow({ version: AirflowVersion.V2_11 });
    one.addConnection('warehouse', warehouse);
    const { containers, initContainers = [] } = pods(synth(Chart.of(one))).get('scheduler')!.spec;
    expect(env(containers[0], FROM_SECRET.name)).toEqual(FROM_SECRET);
    expect(initContainers.map(container => env(container, FROM_SECRET.name))).toEqual([undefined, undefined]);
  });
});

test('a variable is a literal value or a reference', () => {
  const one = airflow();
  one.addVariable('bucket.name', text('acme'));
  one.addVariable('api_key', SecretKey.of('variables', 'k').toEnvValue());
  const [container] = pods(synth(Chart.of(one))).get('api-server')!.spec.containers;
  expect(env(container, 'AIRFLOW_VAR_BUCKET.NAME')).toEqual({ name: 'AIRFLOW_VAR_BUCKET.NAME', value: 'acme' });
  expect(env(container, 'AIRFLOW_VAR_API_KEY')).toEqual({ name: 'AIRFLOW_VAR_API_KEY', valueFrom: { secretKeyRef: { name: 'variables', key: 'k' } } });
});

test('a literal is judged by one rule, as a variable of Airflow and as one of a container', () => {
  const judge = (name: string, value: kplus.EnvValue) => [
    () => synth(Chart.of((one => { one.addVariable(name, value); return one; })(airflow()))),
    () => synth(Chart.of(airflow({ pods: { env: { [`AIRFLOW_VAR_${name.toUpperCase()}`]: value } } }))),
    () => synth(Chart.of(airflow({ scheduler: { env: { [name]: value } } }))),
    () => synth(Chart.of(airflow({ scheduler: { sidecars: [{ name: 'more', image: 'acme/more:1', env: { [name]: value } }] } }))),
  ];
  for (const name of ['max_tokens', 'airflow_kpo_service_account', 'api_secret_name', 'proxy_host']) {
    judge(name, text('x')).forEach(build => expect(build).not.toThrow());
  }
  for (const name of ['slack_token', 'api_key', 'db_password']) {
    judge(name, text('x')).forEach(build => expect(build).toThrow('Env.notSecret(...)'));
    judge(name, Env.notSecret('x')).forEach(build => expect(build).not.toThrow());
    judge(name, SecretKey.of('a', 'b').toEnvValue()).forEach(build => expect(build).not.toThrow());
  }
  judge('settings', text('{"a": {"token": "x"}}')).forEach(build => expect(build).toThrow('SecretKey.of(...).toEnvValue()'));
});

test('where the value of an option comes from is no secret, whatever it is called', () => {
  const variables = { AIRFLOW__SMTP__SMTP_PASSWORD_SECRET: text('smtp/password'), AIRFLOW__SMTP__SMTP_PASSWORD_CMD: text('cat /password') };
  expect(() => synthAirflow({ version: AirflowVersion.V2_11, pods: { env: variables } })).not.toThrow();
});

test('fails with a literal value of a container that is called like a secret', () => {
  expect(building({ scheduler: { env: { SLACK_TOKEN: text('x') } } })).toThrow(new Error(
    "test/airflow/scheduler: 'env' must not have a literal value for 'SLACK_TOKEN', which is called like a secret; take it from a Secret "
    + '(SecretKey.of(...).toEnvValue()), or say that it is none (Env.notSecret(...))'));
});

test('a Secret of such variables and a secrets backend are what pods have, and options', () => {
  const manifest = synthAirflow({
    config: { secrets: { backend: 'acme.Backend' }, workers: { secrets_backend: 'acme.Other' } },
    pods: { env: { AIRFLOW__SECRETS__BACKEND_KWARGS: text('{"connections_prefix": "airflow"}') } },
    apiServer: { envFrom: [new kplus.EnvFrom(undefined, undefined, secretNamed('airflow-connections'))] },
  });
  expect([cfg(manifest, 'secrets', 'backend'), cfg(manifest, 'workers', 'secrets_backend')]).toEqual(['acme.Backend', 'acme.Other']);
  expect(env(main(manifest, 'task'), 'AIRFLOW__SECRETS__BACKEND_KWARGS')!.value).toBe('{"connections_prefix": "airflow"}');
  expect(main(manifest, 'api-server').envFrom).toEqual([{ secretRef: { name: 'airflow-connections' } }]);
});

describe('fails', () => {
  const failing = (act: (one: Airflow) => void) => () => act(airflow());
  const again = 'again; leave one of them out';

  test('with a connection that Airflow has already', () => {
    expect(failing(one => one.addConnection('a', AirflowConnection.fromId('b')))).toThrow(new Error(
      "test/airflow: 'connection' must be a new one for 'a', got AirflowConnection.fromId('b'), which Airflow has already; "
      + 'use AirflowConnection.fromSecret or AirflowConnection.withoutSecret, or leave it out'));
  });

  test('with an id or key that is there already, whatever its case', () => {
    expect(failing(one => ['my-db', 'MY-db'].forEach(id => one.addConnection(id, warehouse)))).toThrow(
      new Error(`test/airflow: 'id' must be that of one connection, whatever the case of its letters, got 'MY-db' ${again}`));
    expect(failing(one => ['a', 'A'].forEach(key => one.addVariable(key, text('1'))))).toThrow(
      new Error(`test/airflow: 'key' must be that of one variable, whatever the case of its letters, got 'A' ${again}`));
    expect(failing(one => { one.addConnection('a', warehouse); one.addVariable('a', text('1')); })).not.toThrow();
  });

  test.each(['', 'my db', 'team/db', 'ä', 'a=b'])('with an id that is no name of a variable: %s', id => {
    const why = "must be of letters, digits, '_', '-' and '.', since it becomes the name of an environment variable, "
      + `got '${id}'; rename it, or keep it in the database of Airflow or a secrets backend`;
    expect(failing(one => one.addConnection(id, warehouse))).toThrow(new Error(`test/airflow: 'id' of a connection ${why}`));
    expect(failing(one => one.addVariable(id, text('x')))).toThrow(new Error(`test/airflow: 'key' of a variable ${why}`));
  });

  test('with a literal value of a variable that is called like a secret', () => {
    expect(failing(one => one.addVariable('Slack_Token', text('verysecret')))).toThrow(new Error(
      "test/airflow: 'value' of the variable 'Slack_Token' must refer to a Secret, since it is called like one, got a literal value; "
      + 'use SecretKey.of(...).toEnvValue(), or Env.notSecret(...) for what is none'));
  });

  test.each(['postgresql://me:hunter2@db/x', '{"password": "hunter2"}', '{"extra": {"token": "hunter2"}}'])('with a literal value that has a password in it (%#)', value => {
    expect(failing(one => one.addVariable('warehouse', text(value)))).toThrow(new Error(
      "test/airflow: 'value' of the variable 'warehouse' must refer to a Secret, since there is one in it, got a literal value; "
      + 'use SecretKey.of(...).toEnvValue(), or Env.notSecret(...) for what is none'));
  });

  test.each<[AirflowChartProps, string, string]>([
    [{ pods: { env: { AIRFLOW_CONN_WAREHOUSE: text('x') } } }, 'task-pods/default', 'pods.env'],
    [{ triggerer: { env: { AIRFLOW_CONN_WAREHOUSE: text('x') } } }, 'triggerer', 'env'],
  ])('with a variable of the same name (%#)', (props, component, prop) => {
    const one = airflow(props);
    one.addConnection('warehouse', warehouse);
    expect(() => synth(Chart.of(one))).toThrow(
      `test/airflow/${component}: '${prop}' cannot set 'AIRFLOW_CONN_WAREHOUSE', which the Airflow has by 'addConnection' or 'addVariable'; leave one of them out`);
  });
});
