import { App, Chart, Duration, Size } from 'cdk8s';
import { Cpu, EnvValue } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, DagBundle, DagSource, GitCredentials, SecretKey, TaskLogs } from '../../../src';

/** What the test sets: the way, and where its git server is. */
const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) { throw new Error(`${name} is not set`); }
  return value;
};

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: 'airflow-dag-source' });
const { SSH_SECRET = 'ssh', TOKEN_SECRET = 'token' } = process.env;
const key = () => GitCredentials.sshKey(SecretKey.of(SSH_SECRET, 'ssh-privatekey'), { knownHosts: SecretKey.of(SSH_SECRET, 'known_hosts') });
const token = () => GitCredentials.token(SecretKey.of(TOKEN_SECRET, 'password'));
// The server has made its certificate itself.
const trust = (name: string) => ({ [name]: EnvValue.fromValue('true') });
const ref = process.env.DAGS_REF ?? 'main';
const each = { ref, subPath: 'some/dags', period: Duration.seconds(20) };

const ways: { readonly [way: string]: () => DagSource } = {
  'ssh': () => DagSource.gitSync({ ...each, repo: env('SSH_URL'), credentials: key() }),
  'https': () => DagSource.gitSync({ ...each, repo: env('HTTPS_URL'), credentials: token(), env: trust('GIT_SSL_NO_VERIFY') }),
  'shared': () => DagSource.gitSync({ ...each, repo: env('GIT_URL'), shared: { size: Size.gibibytes(1) } }),
  'two-repositories': () => DagSource.multiple({
    one: DagSource.gitSync({ ...each, repo: env('GIT_URL') }),
    two: DagSource.gitSync({ ...each, repo: env('OTHER_URL'), credentials: key() }),
  }),
  'two-bundles': () => DagSource.bundles([
    DagBundle.git('one', { repo: env('GIT_URL'), ref, subPath: 'some/dags', refreshInterval: Duration.seconds(20) }),
    DagBundle.git('two', { repo: env('OTHER_URL'), ref: 'main', subPath: 'some/dags', refreshInterval: Duration.seconds(20), credentials: key() }),
  ]),
  'https-bundle': () => DagSource.gitBundle({
    repo: env('HTTPS_URL'), ref, subPath: 'some/dags', refreshInterval: Duration.seconds(20), credentials: token(),
  }),
};
const airflow = new Airflow(chart, 'airflow', {
  version: AirflowVersion.of(process.env.AIRFLOW_VERSION ?? '3.3.2'),
  dags: ways[env('WAY')](),
  logs: TaskLogs.newClaim(),
  pods: { env: env('WAY') === 'https-bundle' ? trust('GIT_SSL_NO_VERIFY') : {} },
  scheduler: { resources: { cpu: { request: Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } } },
});
app.synth();

console.log(airflow.notes);
