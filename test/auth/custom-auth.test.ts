import * as kplus from 'cdk8s-plus-27';
import { AirflowVersion, Auth, CustomAuthOptions, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, env, init, main, synth, synthAirflow } from '../util';

const AWS = 'airflow.providers.amazon.aws.auth_manager.aws_auth_manager.AwsAuthManager';
const ACME = 'acme.auth.AcmeAuthManager';

test('an auth manager of a provider has its options', () => {
  const manifest = synthAirflow({ auth: Auth.custom(AWS, { options: { aws_auth_manager: { saml_metadata_url: 'https://acme.com/saml', region_name: 'eu-west-1' } } }) });
  expect(cfg(manifest, 'core', 'auth_manager')).toBe(AWS);
  expect(cfg(manifest, 'aws_auth_manager', 'saml_metadata_url')).toBe('https://acme.com/saml');
});

test('an auth manager of a team has sections, variables and migrations of its own', () => {
  const chart = airflowChart({
    auth: Auth.custom(ACME, {
      options: { acme: { mode: 'strict' } },
      env: { ACME_TOKEN: SecretKey.of('acme', 'token').toEnvValue() },
      migrates: { alembic_version_acme: 'acme/migrations/versions' },
    }),
  });
  const manifest = synth(chart);
  for (const role of ['api-server', 'scheduler']) { expect(env(main(manifest, role), 'AIRFLOW__ACME__MODE')!.value).toBe('strict'); }
  expect(env(main(manifest, 'api-server'), 'ACME_TOKEN')!.valueFrom!.secretKeyRef).toEqual({ name: 'acme', key: 'token' });
  expect(env(main(manifest, 'scheduler'), 'ACME_TOKEN')).toBeUndefined();
  expect(init(manifest, 'scheduler', 'wait-for-migration').command).toContain('alembic_version_acme=acme/migrations/versions');
  expect(main(manifest, 'migration').args).toEqual(['python', '/opt/cdk8s-airflow/migrate.py']);
  expect(chart.airflow.syncUsers).toBeUndefined();
});

test('a section with a dot has a variable that Airflow reads', () => {
  const auth = Auth.custom(ACME, { options: { 'acme.login': { mode: 'strict' } } });
  expect(env(main(synthAirflow({ auth }), 'scheduler'), 'AIRFLOW__ACME_LOGIN__MODE')!.value).toBe('strict');
});

test.each([AirflowVersion.V2_10, AirflowVersion.V3_0])('every version may have one (%#)', version => {
  expect(cfg(synthAirflow({ version, auth: Auth.custom(ACME) }), 'core', 'auth_manager')).toBe(ACME);
});

test('one that extends FAB may have options of FAB', () => {
  expect(cfg(synthAirflow({ auth: Auth.custom(ACME, { options: { fab: { session_lifetime_minutes: '60' } } }) }), 'fab', 'session_lifetime_minutes')).toBe('60');
});

test.each<[string, string, CustomAuthOptions, string]>([
  ['a module', 'acme', {}, "'auth' must be the full name of a class, like acme.auth.AcmeAuthManager, got 'acme'"],
  ['a path', 'acme/auth.py', {}, "'auth' must be the full name of a class, like acme.auth.AcmeAuthManager, got 'acme/auth.py'"],
  ['FAB', 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager', {},
    "'auth' is 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager', for which the library has Auth.fab(); use that"],
  ['a secret as option', ACME, { options: { acme: { client_secret: 'hunter2' } } },
    "'auth.options.acme.client_secret' would put a secret into a ConfigMap; set AIRFLOW__ACME__CLIENT_SECRET in 'env' from a Secret"],
  ['a secret as variable', ACME, { env: { ACME_TOKEN: kplus.EnvValue.fromValue('hunter2') } },
    "'auth.env' must not have a literal value for 'ACME_TOKEN', which is called like a secret; take it from a Secret (SecretKey.of(...).toEnvValue()), "
    + 'or say that it is none (Env.notSecret(...))'],
  ['the class twice', ACME, { options: { core: { auth_manager: 'x.Y' } } }, "'auth.options.core.auth_manager' is the class that Auth.custom() has already; leave it out"],
  ['a folder that is none', ACME, { migrates: { 'a-b': '/opt/x' } },
    "'auth.migrates' must have tables with folders, like { alembic_version_acme: 'acme/migrations/versions' }, got 'a-b' with '/opt/x'"],
])('fails with %s', (_, name, options, message) => {
  expect(building({ auth: Auth.custom(name, options) })).toThrow(new Error(`test/airflow: ${message}`));
});
