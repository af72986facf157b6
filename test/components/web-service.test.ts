import { AirflowVersion, AirflowProps } from '../../src';
import { airflowChart, building, find, synthAirflow } from '../util';

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

test.each([['apiServer', 'api-server', AirflowVersion.V3_3], ['webserver', 'webserver', AirflowVersion.V2_11]] as const)(
  'the %s has a URL inside the cluster and one for this machine', (prop, name, version) => {
    const plain = airflowChart({ version }).airflow[prop]!;
    expect([plain.service.name, plain.url, plain.localUrl]).toEqual(
      [`test-airflow-${name}`, `http://test-airflow-${name}.airflow.svc:8080`, 'http://localhost:8080']);
    const below = airflowChart({ version, [prop]: { service: { port: 80 } }, url: 'https://data.acme/airflow' }).airflow[prop]!;
    expect([below.url, below.localUrl]).toEqual([`http://test-airflow-${name}.airflow.svc:80/airflow`, 'http://localhost:8080/airflow']);
  });
