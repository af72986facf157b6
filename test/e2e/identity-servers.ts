import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from './ask';
import { Certificate, issueCertificate, tlsSecret } from './certificates';
import { apply, kubectl } from './kubectl';
import { reach, Way } from './reach';
import { startServer } from './server-pod';

const SERVERS = join(__dirname, 'servers');
const TLS = 'identity-tls';
/** Where the certificate is mounted. */
const TLS_PATH = '/etc/e2e';

/** The user with the group that has a role, and the user without a group. */
export const ADA = { username: 'ada', password: 'e2e-ada-password' };
export const EVE = { username: 'eve', password: 'e2e-eve-password' };
/** What no log and no description of a pod may have. */
export const SECRETS = { clientSecret: 'e2e-client-secret', bindPassword: 'e2e-bind-password', ci: 'e2e-ci-password', keycloakAdmin: 'e2e-keycloak-admin' };

/** Keycloak and OpenLDAP in a namespace, both with TLS by an authority of their own. */
export class IdentityServers {
  public static async start(namespace: string): Promise<IdentityServers> {
    const hosts = ['keycloak', 'ldap'].map(name => `${name}.${namespace}.svc`);
    const certificate = await issueCertificate(hosts);
    await apply([tlsSecret(TLS, certificate, namespace)]);
    return new IdentityServers(namespace, certificate);
  }

  public readonly secrets = SECRETS;
  private way?: Way;

  private constructor(private readonly namespace: string, public readonly certificate: Certificate) {}

  public get keycloakUrl(): string {
    return `https://keycloak.${this.namespace}.svc:8443`;
  }

  public get ldapUrl(): string {
    return `ldaps://ldap.${this.namespace}.svc:1636`;
  }

  /** Starts Keycloak with a client for the redirect URIs, and no others. Without any for the log-out, those of the log-in count. */
  public async startKeycloak(redirectUris: string[], logoutUris: string[]): Promise<void> {
    const { namespace } = this;
    const realm = readFileSync(join(SERVERS, 'keycloak-realm.json'), 'utf8')
      .replace(/\[\s*"REDIRECT_URI"\s*\]/, JSON.stringify(redirectUris))
      .replace('"LOGOUT_URIS"', JSON.stringify(logoutUris.join('##') || '+'));
    await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'keycloak-realm', namespace }, data: { 'realm.json': realm } }]);
    await startServer({
      namespace,
      name: 'keycloak',
      image: 'quay.io/keycloak/keycloak:26.7.3',
      user: 1000,
      command: ['/opt/keycloak/bin/kc.sh', 'start-dev', '--import-realm', '--http-host=0.0.0.0', `--hostname=${this.keycloakUrl}`, '--http-enabled=false', '--https-port=8443',
        `--https-certificate-file=${TLS_PATH}/tls.crt`, `--https-certificate-key-file=${TLS_PATH}/tls.key`],
      env: { KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: SECRETS.keycloakAdmin, JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1' },
      ports: { https: 8443 },
      cpu: '100m',
      folder: '/opt/keycloak/data',
      files: { configMap: 'keycloak-realm', path: '/opt/keycloak/data/import' },
      secret: { name: TLS, path: TLS_PATH },
    });
    this.way = await reach(namespace, 'keycloak', ['https']);
  }

  /** Where a browser finds Keycloak. */
  public get hosts(): { readonly [host: string]: string } {
    return this.way === undefined ? {} : { [new URL(this.keycloakUrl).host]: this.way.ports.https };
  }

  /** Takes all groups from a user of Keycloak. */
  public async leaveGroups(username: string): Promise<void> {
    const login = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: SECRETS.keycloakAdmin };
    const { access_token: token } = await this.keycloak('POST', '/realms/master/protocol/openid-connect/token', new URLSearchParams(login).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    }) as { access_token: string };
    const admin = (method: string, path: string) => this.keycloak(method, `/admin/realms/e2e/users${path}`, '', { authorization: `Bearer ${token}` });
    const [{ id }] = await admin('GET', `?username=${username}&exact=true`) as { id: string }[];
    for (const group of await admin('GET', `/${id}/groups`) as { id: string }[]) { await admin('DELETE', `/${id}/groups/${group.id}`); }
  }

  /** Starts OpenLDAP and fills its directory. */
  public async startLdap(): Promise<void> {
    const { namespace } = this;
    const config = readFileSync(join(SERVERS, 'openldap', 'slapd.conf'), 'utf8');
    await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'slapd', namespace }, data: { 'slapd.conf': config } }]);
    await startServer({
      namespace,
      name: 'ldap',
      image: 'cdk8s-airflow-e2e/openldap:1',
      user: 65534,
      command: ['bash', '-c', 'mkdir -p /srv/db && exec slapd -d stats -f /etc/slapd/slapd.conf -h "ldaps://0.0.0.0:1636 ldap://127.0.0.1:1389"'],
      ports: { ldaps: 1636 },
      folder: '/srv',
      files: { configMap: 'slapd', path: '/etc/slapd' },
      secret: { name: TLS, path: TLS_PATH },
    });
    await this.ldap('ldapadd', readFileSync(join(SERVERS, 'openldap', 'directory.ldif'), 'utf8'));
  }

  /** Takes a user of LDAP out of the group. */
  public async leaveLdapGroup(username: string): Promise<void> {
    await this.ldap('ldapmodify', `dn: cn=data,ou=groups,dc=example,dc=com\nchangetype: modify\ndelete: member\nmember: uid=${username},ou=people,dc=example,dc=com\n`);
  }

  public close(): void {
    this.way?.close();
  }

  private async ldap(command: string, input: string): Promise<void> {
    const login = ['-x', '-H', 'ldap://127.0.0.1:1389', '-D', 'cn=admin,dc=example,dc=com', '-w', 'e2e-ldap-admin'];
    await kubectl(['--namespace', this.namespace, 'exec', '--stdin', 'ldap', '--', command, ...login], { input });
  }

  private async keycloak(method: string, path: string, body: string, headers: { readonly [name: string]: string }): Promise<unknown> {
    const { status, text } = await ask(`${this.keycloakUrl}${path}`, { address: this.way!.ports.https, ca: this.certificate.ca, method, headers, body });
    if (status >= 300) { throw new Error(`${method} ${path} of Keycloak: ${status} ${text}`); }
    return text === '' ? undefined : JSON.parse(text);
  }
}
