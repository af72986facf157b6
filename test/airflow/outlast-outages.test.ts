import { EnvValue } from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Executor } from '../../src/index';
import { building, cfg, env, main, synthAirflow } from '../util';

type Options = { readonly [section: string]: { readonly [option: string]: string } };

/** How tasks of Airflow 3 wait for the API server, and the scheduler for them. */
const WAITING = [
  ['workers', 'execution_api_retry_wait_min'], ['workers', 'execution_api_retry_wait_max'], ['workers', 'execution_api_retries'],
  ['workers', 'max_failed_heartbeats'], ['scheduler', 'task_instance_heartbeat_timeout'], ['execution_api', 'jwt_expiration_time'],
];
const [V2_11, V3_0] = [AirflowVersion.V2_11, AirflowVersion.V3_0];

function waiting(config: Options = {}, props: AirflowChartProps = {}): (string | undefined)[] {
  const manifest = synthAirflow({ ...props, config });
  return WAITING.map(([section, option]) => cfg(manifest, section, option));
}

describe('an outage of six minutes', () => {
  test.each([['3.3', undefined], ['3.0', V3_0]])('is outlasted by the requests of a task of Airflow %s, by the scheduler and by the token', (_, version) => {
    expect(waiting({}, { version })).toEqual(['10', '10', '37', '1', '600', '3000']);
  });

  test('is outlasted by a task of Airflow 2 that cannot enter its heartbeats', () => {
    const manifest = synthAirflow({ version: V2_11 });
    expect(cfg(manifest, 'scheduler', 'scheduler_zombie_task_threshold')).toBe('420');
    expect(WAITING.map(([section, option]) => cfg(manifest, section, option))).toEqual(WAITING.map(() => undefined));
  });

  test.each([['3.3', undefined], ['2.11', V2_11]])('is added in Airflow %s to the ten minutes for which a task may wait in the queue', (_, version) => {
    expect(cfg(synthAirflow({ version }), 'scheduler', 'task_queued_timeout')).toBe('960');
  });

  test('of the broker is outlasted by what the scheduler hands over, each time for as long as an operation may take', () => {
    const celery = (config: Options) => cfg(synthAirflow({ executor: Executor.celery(), config }), 'celery', 'task_publish_max_retries');
    expect(celery({})).toBe('360');
    expect(celery({ celery: { operation_timeout: '2.5' } })).toBe('144');
    expect(celery({ celery: { task_publish_max_retries: '3' } })).toBe('3');
  });

  test('of the Kubernetes API is outlasted by the pods that it should create', () => {
    const manifest = synthAirflow({ executor: Executor.kubernetes() });
    expect(cfg(manifest, 'kubernetes_executor', 'task_publish_max_retries')).toBe('360');
    expect(cfg(manifest, 'kubernetes_executor', 'worker_pods_creation_batch_size')).toBe('16');
    const without = { kubernetes_executor: { task_publish_max_retries: '-1' } };
    expect(cfg(synthAirflow({ config: without }), 'kubernetes_executor', 'task_publish_max_retries')).toBe('-1');
    expect(cfg(synthAirflow({ executor: Executor.local() }), 'kubernetes_executor', 'task_publish_max_retries')).toBeUndefined();
  });
});

describe('from what the user sets follows the rest', () => {
  test.each<[string, Options, string[]]>([
    ['a lower timeout leaves room for fewer retries', { scheduler: { task_instance_heartbeat_timeout: '300' } }, ['10', '10', '18', '1', '300', '1500']],
    ['more retries raise the timeout', { workers: { execution_api_retries: '200' } }, ['10', '10', '200', '1', '3060', '15300']],
    ['more heartbeats raise it as well', { workers: { max_failed_heartbeats: '3' } }, ['10', '10', '37', '3', '1740', '8700']],
    ['a longer request raises it as well', { workers: { execution_api_timeout: '15' } }, ['10', '10', '37', '1', '960', '4800']],
    ['a longer wait takes fewer retries', { workers: { execution_api_retry_wait_min: '30' } }, ['30', '30', '13', '1', '480', '2400']],
    ['a shorter longest wait is the shortest as well', { workers: { execution_api_retry_wait_max: '2' } }, ['2', '2', '181', '1', '1320', '6600']],
    ['no wait at all counts as a second', { workers: { execution_api_retry_wait_min: '0' } }, ['0', '0', '361', '1', '1860', '9300']],
    ['a longer wait in the queue needs a longer token', { scheduler: { task_queued_timeout: '7200' } }, ['10', '10', '37', '1', '600', '7200']],
    ['a lifetime of the token stays', { execution_api: { jwt_expiration_time: '600' } }, ['10', '10', '37', '1', '600', '600']],
  ])('%s', (_, config, expected) => {
    expect(waiting(config)).toEqual(expected);
  });
});

describe('the dag-processor and the triggerer, which have an execution API within their process', () => {
  const retries = (config: Options, version?: AirflowVersion) => ['dag-processor', 'triggerer', 'scheduler'].map(component => {
    const container = main(synthAirflow({ config, version, dagProcessor: {} }), component);
    return ['RETRIES', 'RETRY_WAIT_MIN'].map(name => env(container, `AIRFLOW__WORKERS__EXECUTION_API_${name}`)?.value);
  });
  const none = [undefined, undefined];

  test('try no longer than Airflow does', () => {
    expect(retries({})).toEqual([['5', '1'], ['5', '1'], none]);
  });

  test('do what the user sets', () => {
    expect(retries({ workers: { execution_api_retries: '9', execution_api_retry_wait_min: '2' } })).toEqual([none, none, none]);
  });

  test('have none in Airflow 2', () => {
    expect(retries({}, V2_11)).toEqual([none, none, none]);
  });
});

describe('what contradicts itself', () => {
  const message = (timeout: string, silence: number, times: number, failures = 1) =>
    new Error(`test/airflow: 'config.scheduler.task_instance_heartbeat_timeout' must be at least ${silence}, the seconds for which a task tries to send ${failures} heartbeats, `
      + `each ${times} times, got '${timeout}'; the scheduler would start the task again while it runs. Raise it, or lower 'config.workers.execution_api_retries' or 'max_failed_heartbeats'`);

  test('fails where the scheduler gives up a task before the task does', () => {
    const config = (timeout: string) => ({ workers: { execution_api_retries: '50' }, scheduler: { task_instance_heartbeat_timeout: timeout } });
    expect(building({ config: config('769') })).toThrow(message('769', 770, 50));
    expect(building({ config: config('770') })).not.toThrow();
  });

  test('fails where the shortest wait is longer than the longest', () => {
    expect(building({ config: { workers: { execution_api_retry_wait_min: '9', execution_api_retry_wait_max: '8' } } })).toThrow(
      new Error("test/airflow: 'config.workers.execution_api_retry_wait_min' must be at most 'execution_api_retry_wait_max', 8, got '9'"));
  });

  test('fails with a text where others follow from the number', () => {
    expect(building({ config: { workers: { execution_api_retries: 'many' } } })).toThrow(
      new Error("test/airflow: 'config.workers.execution_api_retries' must be a number of at least 0, got 'many'; other options of Airflow follow from it"));
  });

  test('fails with a variable that goes past the configuration', () => {
    expect(building({ pods: { env: { AIRFLOW__WORKERS__EXECUTION_API_RETRIES: EnvValue.fromValue('9') } } })).toThrow(
      "cannot set 'AIRFLOW__WORKERS__EXECUTION_API_RETRIES', which a component has to know; set 'config.workers.execution_api_retries' instead");
  });
});
