import { AirflowVersion, AirflowProps } from '../../src';
import { building, find, synthAirflow } from '../util';

test.each<[string, (labels: { [name: string]: string }) => AirflowProps]>([
  ['api-server', labels => ({ apiServer: { service: { labels } } })],
  ['webserver', labels => ({ version: AirflowVersion.V2_11, webserver: { service: { labels } } })],
])('fails with a label of the Service of the %s that would replace one of the library', (component, props) => {
  for (const name of ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component']) {
    expect(building(props({ [name]: 'mine' }))).toThrow(
      new Error(`test/airflow/${component}: 'service.labels' cannot set '${name}', which the library sets itself, got 'mine'; leave it out`));
  }
  expect(find(synthAirflow(props({ team: 'data' })), 'Service', component).metadata.labels).toMatchObject({ team: 'data' });
});
