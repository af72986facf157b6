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
  const settings = (argv: string[], tasks = {}) => withFiles({ 'config/airflow_local_settings/__init__.py': scriptText('airflow_local_settings.py') }, folder => python(`
import os, sys, types
beats, starts = [], []
signals = types.ModuleType("celery.signals")
signals.heartbeat_sent = types.SimpleNamespace(connect=beats.append)
signals.worker_init = types.SimpleNamespace(connect=starts.append)
sys.modules.update({"celery": types.ModuleType("celery"), "celery.signals": signals})
sys.argv = ${JSON.stringify(argv)}
sys.path.insert(0, "${folder}/config")
import airflow_local_settings
airflow_local_settings.CELERY_HEARTBEAT = "${folder}/heartbeat"
tasks = ${JSON.stringify(tasks)}
for receiver in beats: receiver(sender=None, signal=None)
for receiver in starts: receiver(sender=types.SimpleNamespace(app=types.SimpleNamespace(tasks=tasks)), signal=None)
answer([os.path.exists("${folder}/heartbeat"), len(starts), tasks, airflow_local_settings.__all__])`).value);
  const worker = ['/home/airflow/.local/bin/airflow', 'celery', 'worker', '--queues', 'default'];
  const full = 'airflow.providers.celery.executors.celery_executor_utils.execute_command';

  test('touch a file with every heartbeat of a worker', () => {
    expect(settings(worker)).toEqual([true, 1, {}, ['pod_mutation_hook']]);
  });

  test('let the workers of Airflow 2 know their task by both of its names', () => {
    expect(settings(worker, { [full]: 'it' })).toEqual([true, 1, { [full]: 'it', execute_command: 'it' }, ['pod_mutation_hook']]);
    expect(settings(worker, { [full]: 'it', execute_command: 'own' })).toEqual([true, 1, { [full]: 'it', execute_command: 'own' }, ['pod_mutation_hook']]);
    expect(settings(worker, { execute_workload: 'it' })).toEqual([true, 1, { execute_workload: 'it' }, ['pod_mutation_hook']]);
  });

  test('leave every other process alone', () => {
    expect(settings(['airflow', 'celery', 'flower'])).toEqual([false, 0, {}, ['pod_mutation_hook']]);
    expect(settings(['airflow', 'scheduler'])).toEqual([false, 0, {}, ['pod_mutation_hook']]);
  });
});
