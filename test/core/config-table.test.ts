import { isForeign, isSensitive, optionProblem } from '../../src/core/config-table';
import { AirflowVersion } from '../../src/index';

const VERSIONS = [
  AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_1, AirflowVersion.V3_2, AirflowVersion.V3_3,
];

test.each(VERSIONS.map(version => [version.series, version] as const))('the table of %s knows options of Airflow and of providers', (_, version) => {
  for (const [section, option] of [['core', 'parallelism'], ['kubernetes_executor', 'namespace'], ['database', 'sql_alchemy_conn'], ['logging', 'log_format']]) {
    expect([section, option, optionProblem(version, section, option)]).toEqual([section, option, undefined]);
  }
});

test('an option of 2.x is told its name in every 3.x, and the other way round', () => {
  const three = VERSIONS.filter(version => version.isAirflow3);
  for (const version of three) {
    expect(optionProblem(version, 'webserver', 'secret_key')).toBe(`is not an option of Airflow ${version.series}: it is now 'api.secret_key'`);
  }
  for (const version of VERSIONS.filter(other => !three.includes(other))) {
    expect(optionProblem(version, 'api', 'secret_key')).toBe(`is not an option of Airflow ${version.series}: it exists from 3.0 on`);
  }
});

test('a name is corrected within two edits and no more', () => {
  expect(optionProblem(AirflowVersion.V3_3, 'core', 'paralelisms')).toMatch(/; did you mean 'core\.parallelism'\?$/);
  expect(optionProblem(AirflowVersion.V3_3, 'core', 'paralelismus')).toBe('is not an option of Airflow 3.3');
});

test('what Airflow never had is of a plugin', () => {
  expect(isForeign(AirflowVersion.V3_3, 'my_plugin', 'level')).toBe(true);
  expect(isForeign(AirflowVersion.V3_3, 'core', 'level')).toBe(false);
  expect(isForeign(AirflowVersion.V3_3, 'webserver', 'base_url')).toBe(false);
  expect(isForeign(AirflowVersion.V2_10, 'dag_processor', 'refresh_interval')).toBe(false);
});

test('what Airflow or a provider marks is a secret', () => {
  for (const version of VERSIONS) {
    for (const [section, option] of [['core', 'fernet_key'], ['database', 'sql_alchemy_conn'], ['celery', 'broker_url'], ['secrets', 'backend_kwargs']]) {
      expect([section, option, isSensitive(version, section, option)]).toEqual([section, option, true]);
    }
    expect(isSensitive(version, 'core', 'parallelism')).toBe(false);
    expect(isSensitive(version, 'core', 'fernet_key_cmd')).toBe(false);
  }
  expect(isSensitive(AirflowVersion.V2_11, 'smtp', 'smtp_password')).toBe(true);
  expect(isSensitive(AirflowVersion.V3_3, 'keycloak_auth_manager', 'client_secret')).toBe(true);
});

test('no option is renamed to one that the version does not know', () => {
  for (const version of VERSIONS) {
    const problem = optionProblem(version, 'core', 'dag_concurrency')!;
    const [, section, option] = /it is now '(\w+)\.(\w+)'/.exec(problem)!;
    expect(optionProblem(version, section, option)).toBeUndefined();
  }
});
