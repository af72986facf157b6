import { AirflowImage, AirflowProps, AirflowVersion, Auth, CertificateAuthority, KeycloakAuthOptions, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, env, find, main, pods, synth } from '../util';

const image = AirflowImage.of('acme/airflow:3.3.2-keycloak', { version: AirflowVersion.V3_3 });
const client = { clientId: SecretKey.of('login', 'id'), clientSecret: SecretKey.of('login', 'secret') };
const options = { url: 'https://keycloak.acme.com', realm: 'main', ...client };
const admin = { username: 'admin', password: SecretKey.of('keycloak', 'password') };
const chartOf = (more: Partial<KeycloakAuthOptions> = {}, props: AirflowProps = {}) =>
  airflowChart({ image, auth: Auth.keycloak({ ...options, ...more }), ...props });

test('the options tell the realm, and a Secret the client', () => {
  const manifest = synth(chartOf({ url: 'https://keycloak.acme.com/auth/' }));
  expect(cfg(manifest, 'core', 'auth_manager')).toBe('airflow.providers.keycloak.auth_manager.keycloak_auth_manager.KeycloakAuthManager');
  expect(cfg(manifest, 'keycloak_auth_manager', 'server_url')).toBe('https://keycloak.acme.com/auth');
  expect(cfg(manifest, 'keycloak_auth_manager', 'realm')).toBe('main');
  expect([...pods(manifest)].filter(([, pod]) => JSON.stringify(pod).includes('KEYCLOAK')).map(([name]) => name)).toEqual(['api-server']);
  expect(env(main(manifest, 'api-server'), 'AIRFLOW__KEYCLOAK_AUTH_MANAGER__CLIENT_SECRET')!.valueFrom!.secretKeyRef).toEqual({ name: 'login', key: 'secret' });
});

test('nothing of FAB is there', () => {
  const chart = chartOf();
  const manifest = synth(chart);
  expect(chart.airflow.syncUsers).toBeUndefined();
  expect(chart.airflow.authResources).toBeUndefined();
  expect(main(manifest, 'migration').args).toEqual(['python', '/opt/cdk8s-airflow/migrate.py']);
});

test('a Job creates the resources, with the client but without its secret', () => {
  const manifest = synth(chartOf({ admin, ca: CertificateAuthority.fromSecret(SecretKey.of('keycloak-tls', 'ca.crt')) }, { jobs: { authResources: { backoffLimit: 2 } } }));
  const container = main(manifest, 'auth-resources');
  expect(container.args!.slice(2)).toEqual([
    'python /opt/cdk8s-airflow/keycloak_client.py "$1" "$2" && exec airflow keycloak-auth-manager create-all --username "$1" --user-realm "$2" --password "$KEYCLOAK_PASSWORD"', '--', 'admin', 'master',
  ]);
  expect(find(manifest, 'ConfigMap', 'scripts').data).toHaveProperty(['keycloak_client.py']);
  expect(env(container, 'KEYCLOAK_PASSWORD')!.valueFrom!.secretKeyRef).toEqual({ name: 'keycloak', key: 'password' });
  expect(env(container, 'AIRFLOW__KEYCLOAK_AUTH_MANAGER__CLIENT_ID')).toBeDefined();
  expect(env(container, 'AIRFLOW__KEYCLOAK_AUTH_MANAGER__CLIENT_SECRET')).toBeUndefined();
  for (const role of ['auth-resources', 'api-server']) { expect(env(main(manifest, role), 'REQUESTS_CA_BUNDLE')!.value).toBe('/run/secrets/login-tls/ca.crt'); }
});

test('the Job and the API server talk to Keycloak', () => {
  const { edges } = chartOf({ admin }).airflow.networkGraph;
  expect(edges.filter(({ target }) => target === 'login-keycloak.acme.com')).toEqual(expect.arrayContaining([
    { source: 'api-server', target: 'login-keycloak.acme.com', port: 443, purpose: 'login' },
    { source: 'auth-resources', target: 'login-keycloak.acme.com', port: 443, purpose: 'creates resources' },
  ]));
});

test('the notes tell the redirect URIs of the log-in and the log-out', () => {
  expect(chartOf({}, { url: 'https://acme.com/airflow' }).airflow.notes).toContain(
    'The redirect URI to register at Keycloak:\n  https://acme.com/airflow/auth/login_callback\n'
    + 'The post logout redirect URI to register at Keycloak:\n  https://acme.com/airflow/auth/logout_callback');
});

test('fails with the official image, which has no Keycloak', () => {
  expect(building({ auth: Auth.keycloak(options) })).toThrow(new Error("test/airflow: 'auth' keycloak needs the package apache-airflow-providers-keycloak, "
    + "which the official image 'apache/airflow:3.3.2' does not have; give an 'image' that has it, or use Auth.fab() with OAuth.keycloak()"));
});

test('fails with Airflow 2, and with a URL and a realm that are none', () => {
  expect(building({ version: AirflowVersion.V2_11, auth: Auth.keycloak({ ...options, url: 'https://keycloak.acme.com/realms/main', realm: ' ' }) })).toThrow(new Error([
    'test/airflow: 3 mistakes:',
    "  'auth.url' must be without '/realms', which 'realm' adds, got 'https://keycloak.acme.com/realms/main'",
    "  'auth.realm' must be the name of a realm, got ' '",
    "  'auth' keycloak exists from Airflow 3.0 on, but the version is 2.11.2; use Auth.fab() with OAuth.keycloak()",
  ].join('\n')));
});

test('fails with options of a Job that is not there', () => {
  expect(building({ jobs: { authResources: {} } })).toThrow(
    new Error("test/airflow: 'jobs.authResources' has options, but 'auth' creates nothing elsewhere; leave it out"));
});
