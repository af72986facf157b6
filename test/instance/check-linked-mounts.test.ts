import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowImage, AirflowVersion, Auth, DagSource } from '../../src/index';
import { building, secretNamed } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const files = kplus.Volume.fromConfigMap(elsewhere, 'files', kplus.ConfigMap.fromConfigMapName(elsewhere, 'plugins', 'plugins'), { name: 'files' });
const secret = kplus.Volume.fromSecret(elsewhere, 'secret', secretNamed('plugins'), { name: 'secret' });
const claim = kplus.Volume.fromPersistentVolumeClaim(elsewhere, 'claim', kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'plugins-claim', 'plugins'), { name: 'claim' });
const at = (path: string, volume = files, subPath?: string): AirflowChartProps => ({ pods: { volumeMounts: [{ path, volume, subPath }] } });
const refused = (volume: string, path: string) => "'pods.volumeMounts' must have a 'subPath' for each file of plugins or DAGs that is in a ConfigMap or Secret, "
  + `got all of '${volume}' at '${path}'; Airflow refuses its links as a loop`;

test.each<[string, AirflowChartProps]>([
  ['files', at('/opt/airflow/plugins')],
  ['files', at('/opt/airflow/plugins/acme')],
  ['secret', at('/opt/airflow/plugins', secret)],
  ['files', { ...at('/other/plugins'), image: AirflowImage.of('acme/airflow:3.3.2', { version: AirflowVersion.V3_3, airflowHome: '/other' }) }],
  ['files', { ...at('/srv/acme'), config: { core: { plugins_folder: '/srv/acme' } } }],
  ['files', at('/opt/airflow/dags')],
  ['files', at('/opt/airflow/dags/acme/')],
  ['files', { ...at('/srv/dags/acme'), dags: DagSource.fromImage({ path: '/srv/dags' }) }],
])('fails for all of %s among the plugins or DAGs (%#)', (volume, props) => {
  expect(building(props)).toThrow(new RegExp(`^test/airflow/[a-z-/]+: ${refused(volume, props.pods!.volumeMounts![0].path)}$`));
});

test('fails for the configuration at its usual place, which Airflow is told not to read', () => {
  const unread = (path: string, file: string) => building({ ...at(path, files, file), auth: Auth.fab() });
  expect(unread('/opt/airflow/airflow.cfg', 'airflow.cfg')).toThrow(
    /^test\/airflow\/[a-z-]+: 'pods.volumeMounts' mounts '\/opt\/airflow\/airflow.cfg', which Airflow does not read, since 'config' decides its options; leave it out, and set them there$/);
  expect(unread('/opt/airflow/webserver_config.py', 'webserver_config.py')).toThrow(
    /mounts '\/opt\/airflow\/webserver_config.py', which Airflow does not read; set 'config.fab.config_file' to that path, or give the text as 'webserverConfig' of Auth.fab\(\)$/);
});

test.each<AirflowChartProps>([
  { ...at('/opt/airflow/webserver_config.py', files, 'webserver_config.py'), config: { fab: { config_file: '/opt/airflow/webserver_config.py' } } },
  at('/opt/airflow/plugins/acme.py', files, 'acme.py'),
  at('/opt/airflow/plugins', claim),
  at('/opt/airflow/plugins-of-mine'),
  at('/opt/airflow/dags/acme.py', files, 'acme.py'),
  { ...at('/opt/airflow/dags'), dags: DagSource.fromImage({ path: '/srv/dags' }) },
  { ...at('/opt/airflow/plugins'), config: { core: { plugins_folder: '/srv/acme' } } },
])('passes what Airflow can walk through (%#)', props => {
  expect(building(props)).not.toThrow();
});
