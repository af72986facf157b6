import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { EXECUTORS, hold, Program, VERSIONS } from './rules-of-all';
import { AirflowConnection, AirflowVersion, DagBundle, DagSource, Executor, GitCredentials, SecretKey } from '../../src';
import { Manifest, synthAirflow } from '../util';

/** DAGs of several sources, one of them cloned once for all pods. */
function manySources(version: AirflowVersion): Manifest[] {
  const elsewhere = new Chart(new App(), 'elsewhere');
  const repo = 'https://github.com/acme/dags.git';
  return synthAirflow({
    version,
    dags: DagSource.multiple({
      token: DagSource.gitSync({ repo, subPath: 'dags', credentials: GitCredentials.token(SecretKey.of('git', 'password')), sparseCheckout: ['/dags/'] }),
      app: DagSource.gitSync({ repo, credentials: GitCredentials.githubApp(SecretKey.of('git', 'private-key'), { applicationId: 1, installationId: 2 }), http: { metrics: true } }),
      shared: DagSource.gitSync({ repo, shared: {} }),
      claim: DagSource.fromClaim(kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'claim', 'dags')),
      image: DagSource.fromImage(),
    }),
  });
}

/** DAGs that Airflow fetches by itself, in every way that the version has. */
function bundles(version: AirflowVersion, executor: Executor): Manifest[] {
  const ssh = { repo: 'git@github.com:acme/dags.git', ref: 'main' };
  const known = version.minor >= 2
    ? GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') }) : GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey'));
  return synthAirflow({
    version,
    executor,
    dags: DagSource.bundles([
      DagBundle.git('ssh', { ...ssh, credentials: known }),
      DagBundle.git('https', { repo: 'https://github.com/acme/b.git', ref: 'main', credentials: GitCredentials.token(SecretKey.of('git', 'password')) }),
      DagBundle.git('given', { ref: 'main', connection: AirflowConnection.fromSecret(SecretKey.of('git', 'connection')) }),
      DagBundle.s3('bucket', { bucket: 'acme-dags' }),
      DagBundle.local('image', '/opt/airflow/dags'),
    ]),
  });
}

hold([
  ...VERSIONS.map((version): Program => [`Airflow ${version.series} with DAGs of several sources`, () => manySources(version)]),
  ...VERSIONS.filter(({ isAirflow3 }) => isAirflow3).flatMap(version => EXECUTORS.map(([name, executor]): Program => [
    `Airflow ${version.series} with the ${name} and DAG bundles`, () => bundles(version, executor()),
  ])),
  ['DAGs on a new claim', () => synthAirflow({ dags: DagSource.newClaim({ size: Size.gibibytes(1) }) })],
]);
