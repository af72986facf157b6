import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { LocalSettingsFile, SecretKey } from '../../src';
import { building, main, podList, synthAirflow, volume } from '../util';

const configMap = kplus.ConfigMap.fromConfigMapName(new Chart(new App(), 'elsewhere'), 'map', 'policies');
test.each<[string, LocalSettingsFile, object]>([
  ['a Secret', LocalSettingsFile.fromSecret(SecretKey.of('settings', 'module')), { secret: { name: 'settings', items: [{ key: 'module', path: 'user_settings.py' }] } }],
  ['a ConfigMap', LocalSettingsFile.fromConfigMap(configMap), { configMap: { name: 'policies', items: [{ key: 'airflow_local_settings.py', path: 'user_settings.py' }] } }],
  ['a key of a ConfigMap', LocalSettingsFile.fromConfigMap(configMap, { key: 'a.py' }), { configMap: { name: 'policies', items: [{ key: 'a.py', path: 'user_settings.py' }] } }],
])('local settings come from %s', (_, localSettingsFile, source) => {
  const manifest = synthAirflow({ pods: { localSettingsFile } });
  const readers = podList(manifest).filter(([, pod]) => volume(pod, 'local-settings') !== undefined);
  expect(readers.map(([component]) => component)).toEqual(expect.arrayContaining(['scheduler', 'dag-processor', 'task', 'migration']));
  for (const [, pod] of readers) {
    expect(volume(pod, 'local-settings')).toEqual({ name: 'local-settings', projected: { sources: [{ configMap: { name: 'test-airflow-local-settings' } }, source] } });
  }
  expect(main(manifest, 'scheduler').volumeMounts).toContainEqual({ name: 'local-settings', mountPath: '/opt/airflow/config/airflow_local_settings', readOnly: true });
});

test('fails beside a text', () => {
  const localSettingsFile = LocalSettingsFile.fromSecret(SecretKey.of('settings', 'module'));
  expect(building({ localSettings: 'X = 1\n', pods: { localSettingsFile } })).toThrow(
    new Error("test/airflow: 'localSettings' is the text of the module that 'pods.localSettingsFile' has; leave one of them out"));
});
