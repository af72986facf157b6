import { EXECUTORS, hold, Program, VERSIONS } from './rules-of-all';
import { AirflowConnection, AirflowVersion, CertificateAuthority, SecretKey, TaskLogs } from '../../src';
import { synthAirflow } from '../util';

/** Each store of logs in each version that knows it, with one executor after the other. */
function stores(): Program[] {
  const connection = AirflowConnection.fromSecret(SecretKey.of('store', 'connection'));
  const key = (name: string) => SecretKey.of('store', name);
  const logGroupArn = 'arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow';
  const server = { url: 'https://search.acme:9200', username: 'elastic', password: key('password'), ca: CertificateAuthority.fromSecret(SecretKey.of('ca', 'ca.crt')) };
  const all: [string, AirflowVersion[], TaskLogs][] = [
    ['S3', VERSIONS, TaskLogs.s3({ bucket: 'acme', connection })],
    ['S3 by identity', VERSIONS, TaskLogs.s3({ bucket: 'acme', region: 'eu-central-1', endpointUrl: 'http://s3.acme:9000' })],
    ['GCS', VERSIONS, TaskLogs.gcs({ bucket: 'acme' })],
    ['Azure', VERSIONS, TaskLogs.azureBlob({ container: 'logs', account: 'acme' })],
    ['CloudWatch', VERSIONS, TaskLogs.cloudWatch({ logGroupArn, connection })],
    ['Elasticsearch', VERSIONS, TaskLogs.elasticsearch(server)],
    ['Elasticsearch, directly', VERSIONS.filter(version => version.isAirflow3), TaskLogs.elasticsearch({ ...server, direct: true })],
    ['OpenSearch', [AirflowVersion.V3_2, AirflowVersion.V3_3], TaskLogs.openSearch({ ...server, direct: true })],
  ];
  return all.flatMap(([name, versions, logs]) => versions.map((version, index): Program => {
    const [executorName, executor] = EXECUTORS[index % EXECUTORS.length];
    return [`Airflow ${version.series} with the ${executorName} and logs in ${name}`, () => synthAirflow({ version, logs, executor: executor() })];
  }));
}

hold([
  ...stores(),
]);
