import * as fs from 'fs';
import * as path from 'path';
import { describe, python, scriptText, test, withFiles } from './python';

/** What the check says and its exit status, with a heartbeat of that age in seconds. */
function check(age: number | undefined, brokers: string, more = ''): [string[], unknown] {
  return withFiles(age === undefined ? {} : { heartbeat: '' }, folder => {
    const file = path.join(folder, 'heartbeat');
    if (age !== undefined) {
      const then = Date.now() / 1000 - age;
      fs.utimesSync(file, then, then);
    }
    const { printed, value } = python(`import celery_heartbeat\n${more}\nanswer(celery_heartbeat.main("${file}", "60"))`, { AIRFLOW__CELERY__BROKER_URL: brokers });
    return [printed, value];
  });
}

/** A port that accepts connections, and its number in Python. */
const LISTENING = 'import os, socket\ns = socket.create_server(("127.0.0.1", 0))\n'
  + 'os.environ["AIRFLOW__CELERY__BROKER_URL"] = os.environ["AIRFLOW__CELERY__BROKER_URL"].replace("PORT", str(s.getsockname()[1]))';
const AWAY = 'redis://:secret@127.0.0.1:1/0';

describe('a worker', () => {
  test('is well while its heartbeats come', () => {
    expect(check(30, AWAY)).toEqual([[], 0]);
  });

  test('hangs when they stop though its broker is there', () => {
    expect(check(100, 'redis://:secret@127.0.0.1:PORT/0', LISTENING)).toEqual([['the last heartbeat is more than 60 s old'], 1]);
  });

  test('waits while all of its brokers are away', () => {
    expect(check(100, `${AWAY};amqp://user:secret@127.0.0.1:2/vhost`)).toEqual([['the last heartbeat is more than 60 s old, but the broker is away'], 0]);
    expect(check(100, `${AWAY};amqp://user:secret@127.0.0.1:PORT/vhost`, LISTENING)).toEqual([['the last heartbeat is more than 60 s old'], 1]);
  });

  test('has not started before the first one', () => {
    expect(check(undefined, AWAY)).toEqual([['no heartbeat yet'], 1]);
  });

  test('of a broker that cannot be asked is judged by its heartbeats', () => {
    expect(check(100, 'sqs://')).toEqual([['the last heartbeat is more than 60 s old'], 1]);
    expect(check(100, '')).toEqual([['the last heartbeat is more than 60 s old'], 1]);
  });
});

describe('the local settings', () => {
  const settings = (argv: string[], tasks = {}, consumer = 'None', reserved: string[] = []) => withFiles({ 'config/airflow_local_settings/__init__.py': scriptText('airflow_local_settings.py') }, folder => python(`
import os, sys, types
beats, starts, ready = [], [], []
signals = types.ModuleType("celery.signals")
signals.heartbeat_sent = types.SimpleNamespace(connect=beats.append)
signals.worker_init = types.SimpleNamespace(connect=starts.append)
signals.worker_ready = types.SimpleNamespace(connect=ready.append)
worker = types.ModuleType("celery.worker")
worker.state = types.SimpleNamespace(reserved_requests=set(${JSON.stringify(reserved)}))
sys.modules.update({"celery": types.ModuleType("celery"), "celery.signals": signals, "celery.worker": worker})
os.environ.pop("PGAPPNAME", None)
sys.argv = ${JSON.stringify(argv)}
sys.path.insert(0, "${folder}/config")
import airflow_local_settings
airflow_local_settings.CELERY_HEARTBEAT = "${folder}/heartbeat"
tasks = ${JSON.stringify(tasks)}
queue = types.SimpleNamespace(name="default")
def consumer(queues, tags): return types.SimpleNamespace(queues=queues, consuming_from=lambda name: name in tags)
if ready: ready[0](sender=types.SimpleNamespace(task_consumer=${consumer}))
for receiver in beats: receiver(sender=None, signal=None)
for receiver in starts: receiver(sender=types.SimpleNamespace(app=types.SimpleNamespace(tasks=tasks)), signal=None)
answer([os.path.exists("${folder}/heartbeat"), len(starts), tasks, airflow_local_settings.__all__])`).value);
  const worker = ['/home/airflow/.local/bin/airflow', 'celery', 'worker', '--queues', 'default'];
  const full = 'airflow.providers.celery.executors.celery_executor_utils.execute_command';

  test('touch a file with every heartbeat of a worker', () => {
    expect(settings(worker, {}, 'consumer([queue], ["default"])')).toEqual([true, 1, {}, ['pod_mutation_hook']]);
  });

  const touched = (consumer: string, reserved?: string[]) => (settings(worker, {}, consumer, reserved) as unknown[])[0];

  test('touch it while the worker takes tasks of a queue, or has some', () => {
    expect(touched('consumer([queue], ["default"])')).toBe(true);
    expect(touched('consumer([queue], ["other"])')).toBe(false);
    expect(touched('consumer([], [])')).toBe(false);
    expect(touched('None')).toBe(false);
    expect(touched('consumer([], [])', ['a task'])).toBe(true);
  });

  test('let the workers of Airflow 2 know their task by both of its names', () => {
    const takes = 'consumer([queue], ["default"])';
    expect(settings(worker, { [full]: 'it' }, takes)).toEqual([true, 1, { [full]: 'it', execute_command: 'it' }, ['pod_mutation_hook']]);
    expect(settings(worker, { [full]: 'it', execute_command: 'own' }, takes)).toEqual([true, 1, { [full]: 'it', execute_command: 'own' }, ['pod_mutation_hook']]);
    expect(settings(worker, { execute_workload: 'it' }, takes)).toEqual([true, 1, { execute_workload: 'it' }, ['pod_mutation_hook']]);
  });

  test('leave every other process alone', () => {
    expect(settings(['airflow', 'celery', 'flower'])).toEqual([false, 0, {}, ['pod_mutation_hook']]);
    expect(settings(['airflow', 'scheduler'])).toEqual([false, 0, {}, ['pod_mutation_hook']]);
  });
});
