import { App, Chart } from 'cdk8s';
import { Cpu, Secret } from 'cdk8s-plus-27';
import {
  Airflow, AirflowImage, AirflowVersion, Auth, CertificateAuthority, Database, Executor, Exposure, IngressTls, Ldap, OAuth, SecretKey,
  SimpleRole, SimpleUserOptions,
} from '../../../src';

/** What the test sets. */
const { NAMESPACE, AIRFLOW_VERSION, LOGIN, AIRFLOW_URL, KEYCLOAK_URL, LDAP_URL, WITHOUT } = process.env as { [name: string]: string };
const version = AirflowVersion.of(AIRFLOW_VERSION);
// A small node has room for it beside others, and gives it enough to start.
const small = { resources: { cpu: { request: Cpu.millis(50) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const authority = CertificateAuthority.fromSecret(SecretKey.of('identity-tls', 'ca.crt'));

const client = { clientId: SecretKey.of('logins', 'client-id'), clientSecret: SecretKey.of('logins', 'client-secret') };
const users: { readonly [name: string]: SimpleUserOptions } = {
  ada: { role: SimpleRole.OP, password: SecretKey.of('passwords', 'ada') },
  ci: { role: SimpleRole.USER, password: SecretKey.of('passwords', 'ci') },
  // The cluster makes the password.
  admin: { role: SimpleRole.ADMIN },
};

const LOGINS: { readonly [name: string]: () => Auth } = {
  oauth: () => Auth.fab({
    oauth: OAuth.keycloak({
      url: KEYCLOAK_URL,
      realm: 'e2e',
      ...client,
      groups: { '/data': ['Op'] },
      ca: authority,
    }),
  }),
  ldap: () => Auth.fab({
    ldap: Ldap.of({
      url: LDAP_URL,
      bindDn: 'cn=reader,dc=example,dc=com',
      bindPassword: SecretKey.of('logins', 'bind-password'),
      userBase: 'ou=people,dc=example,dc=com',
      groups: { 'cn=data,ou=groups,dc=example,dc=com': ['Op'] },
      ca: authority,
    }),
  }),
  keycloak: () => Auth.keycloak({
    url: KEYCLOAK_URL, realm: 'e2e', ...client, ca: authority, admin: { username: 'admin', password: SecretKey.of('passwords', 'keycloak') },
  }),
  simple: () => Auth.simple({ users: Object.fromEntries(Object.entries(users).filter(([name]) => name !== WITHOUT)) }),
};

/** Where a service triggers a DAG. */
const runs = ['keycloak', 'simple'].includes(LOGIN);
const tls = IngressTls.fromSecret(Secret.fromSecretName(chart, 'certificate', 'certificate'));
const web = { ...small, exposure: Exposure.ingress({ className: 'contour', tls }) };
const airflow = new Airflow(chart, 'airflow', {
  image: AirflowImage.of(`cdk8s-airflow-e2e/airflow:${AIRFLOW_VERSION}`, { version }),
  url: AIRFLOW_URL,
  auth: LOGINS[LOGIN](),
  executor: Executor.local(),
  database: Database.inCluster(small),
  ...runs ? { scheduler: small, dagProcessor: small } : {},
  external: { triggerer: true, ...runs ? {} : { scheduler: true, dagProcessor: version.isAirflow3 ? true : undefined } },
  ...version.isAirflow3 ? { apiServer: web } : { webserver: web },
});
app.synth();

console.log(airflow.notes);
