import { AirflowConnection } from '../../src/index';
import { secretNamed } from '../util';

test('a connection in a Secret is a reference where it is used, and empty where it is only looked up', () => {
  expect(AirflowConnection.fromSecret(secretNamed('store'))._bind('task_logs', 'aws')).toEqual({
    id: 'task_logs',
    env: [{ name: 'AIRFLOW_CONN_TASK_LOGS', valueFrom: { secretKeyRef: { name: 'store', key: 'connection' } } }],
    bareEnv: [{ name: 'AIRFLOW_CONN_TASK_LOGS', value: '{"conn_type":"aws"}' }],
  });
  expect(AirflowConnection.fromSecret(secretNamed('store'), { key: 'uri' })._bind('task_logs', 'aws').env[0].valueFrom).toEqual(
    { secretKeyRef: { name: 'store', key: 'uri' } });
});

test.each(['aws_default', 'a.b-c', 'team/aws'])('a connection that exists keeps its id: %s', id => {
  expect(AirflowConnection.existing(id)._bind('task_logs', 'aws')).toEqual({ id, env: [], bareEnv: [] });
});

test.each(['', 'aws logs', 'a=b'])('a connection that exists fails with the id %j', id => {
  expect(() => AirflowConnection.existing(id)).toThrow(new Error(`'id' of a connection must be of letters, digits and #!()-.:/\\_, got '${id}'`));
});
