import assert from 'node:assert/strict';
import { Chromium, Visitor } from './browser';
import { issueCertificate, tlsSecret } from './certificates';
import { diagnose } from './diagnostics';
import { Front } from './front';
import { ADA, EVE, IdentityServers, SECRETS } from './identity-servers';
import { apply, createNamespace, deleteNamespaces, kubectl, list, refuseExisting, secret } from './kubectl';
import { Manifest } from './manifest';
import { Login, Ui } from './ui';
import { waitUntilReady } from './workloads';

const AIRFLOW_URL = 'https://sso.example.com/team/etl';
const READY_SECONDS = 900;

interface Setup {
  readonly login: string;
  readonly version: string;
}

const SETUPS: Setup[] = [
  { login: 'oauth', version: '3.3.2' },
  { login: 'oauth', version: '2.11.2' },
  { login: 'ldap', version: '3.3.2' },
  { login: 'ldap', version: '2.11.2' },
];

type Row = { [column: string]: string };

const titleOf = ({ login, version }: Setup) => `${login}-${version}`;

/** Who may log in, and as what: real identity providers and a real browser. The names select setups, like `oauth-3.3.2`. */
export async function auth(names: string[]): Promise<Row[]> {
  const unknown = names.find(name => !SETUPS.some(setup => titleOf(setup) === name));
  if (unknown !== undefined) { throw new Error(`no setup '${unknown}'; there are ${SETUPS.map(titleOf).join(', ')}`); }
  const rows: Row[] = [];
  for (const setup of SETUPS.filter(candidate => names.length === 0 || names.includes(titleOf(candidate)))) {
    const error = await new AuthRun(setup).run().then(() => undefined, (reason: unknown) => reason);
    if (error !== undefined) { console.error(error); }
    rows.push({ setup: titleOf(setup), result: error === undefined ? 'passed' : 'FAILED' });
  }
  return rows;
}

/** One Airflow with one way to log in. */
class AuthRun {
  private readonly start = Date.now();
  private readonly namespace: string;
  private servers!: IdentityServers;
  private front!: Front;
  private chromium!: Chromium;

  constructor(private readonly setup: Setup) {
    this.namespace = `auth-${titleOf(setup).replace(/\./g, '-')}`;
  }

  public async run(): Promise<void> {
    const { namespace } = this;
    await refuseExisting(namespace);
    await createNamespace(namespace);
    const certificate = await issueCertificate(['sso.example.com']);
    await apply([
      tlsSecret('certificate', certificate, namespace),
      secret('logins', { 'client-id': 'airflow', 'client-secret': SECRETS.clientSecret, 'bind-password': SECRETS.bindPassword }, namespace),
    ]);
    this.servers = await IdentityServers.start(namespace);
    const { keycloakUrl, ldapUrl } = this.servers;
    const { login: LOGIN, version: AIRFLOW_VERSION } = this.setup;
    const manifest = await Manifest.synthesize('test/e2e/programs/auth.ts', {
      NAMESPACE: namespace, AIRFLOW_VERSION, LOGIN, AIRFLOW_URL, KEYCLOAK_URL: keycloakUrl, LDAP_URL: ldapUrl,
    });
    manifest.write();
    try {
      await this.startServers(manifest.notes);
      await kubectl(['apply', '--filename', manifest.file]);
      await waitUntilReady(namespace, READY_SECONDS);
      this.say('Ready');
      this.front = await Front.open(certificate.ca, [AIRFLOW_URL]);
      this.chromium = await Chromium.start({
        hosts: { ...this.front.hosts([AIRFLOW_URL]), ...this.servers.hosts },
        authorities: [certificate.publicKeyHash, this.servers.certificate.publicKeyHash],
      });
      await this.use();
      await this.checkSecrets();
    } catch (error) {
      console.error(await this.chromium?.explain());
      await diagnose(namespace, manifest.folder);
      this.say(`failed; diagnostics are in ${manifest.folder}, screenshots in ${this.chromium?.folder}, and this namespace is left: ${namespace}`);
      throw error;
    } finally {
      await this.chromium?.close();
      this.front?.close();
      this.servers.close();
    }
    if (process.env.E2E_KEEP === undefined) { await deleteNamespaces([namespace]); }
  }

  private async startServers(notes: string): Promise<void> {
    if (this.setup.login === 'ldap') { return this.servers.startLdap(); }
    // What the user would register, and nothing else.
    const redirect = /redirect URI to register at [^:]+:\n\s*(\S+)/.exec(notes)?.[1];
    if (redirect === undefined) { throw new Error(`no redirect URI in the notes: ${notes}`); }
    await this.servers.startKeycloak([redirect]);
    this.say(`Keycloak knows the redirect URI ${redirect}`);
  }

  private async use(): Promise<void> {
    await this.refused(EVE, 'has no group');
    const ada = await this.loggedIn(ADA);
    await this.refused(EVE, 'has no group, while another user is logged in');
    await ada.visitor.leave();
    await (this.setup.login === 'ldap' ? this.servers.leaveLdapGroup(ADA.username) : this.servers.leaveGroups(ADA.username));
    await this.refused(ADA, 'has left the group');
  }

  /** The user has the role of the group: Op, which may change connections, and may not change users. */
  private async loggedIn(login: Login): Promise<Ui> {
    const ui = await this.logIn(login);
    await ui.waitUntilLoggedIn();
    await ui.visitor.waitForText('Admin');
    const text = await ui.visitor.text();
    assert.doesNotMatch(text, /^Security$/m, `${login.username} sees the menu of users`);
    this.say(`${login.username} is in; ${await ui.visitor.screenshot(`${titleOf(this.setup)}-${login.username}`)}`);
    await ui.logOut();
    await ui.visitor.leave();
    const again = await this.logIn(login);
    await again.waitUntilLoggedIn();
    again.visitor.check();
    return again;
  }

  private async refused(login: Login, why: string): Promise<void> {
    const ui = await this.logIn(login);
    await ui.waitUntilRefused();
    await ui.visitor.screenshot(`${titleOf(this.setup)}-${login.username}-refused`);
    const { status } = await ui.visitor.ask(`${AIRFLOW_URL}${this.setup.version.startsWith('2.') ? '/api/v1/dags' : '/api/v2/dags'}`);
    assert.ok([401, 403].includes(status), `${login.username}, who ${why}, gets ${status} from the API`);
    this.say(`${login.username} is refused: ${why}`);
    await ui.visitor.leave();
  }

  private async logIn(login: Login): Promise<Ui> {
    const visitor: Visitor = await this.chromium.visitor();
    const ui = Ui.of(visitor, AIRFLOW_URL, this.setup.version);
    if (this.setup.login === 'ldap') {
      await ui.logIn(login);
    } else {
      await ui.logInByKeycloak(login, this.servers.keycloakUrl);
    }
    return ui;
  }

  /** Nothing secret is where many may look. */
  private async checkSecrets(): Promise<void> {
    const { namespace } = this;
    const { stdout: described } = await kubectl(['--namespace', namespace, 'describe', 'pods,deployments,statefulsets,jobs,configmaps,ingresses', '--selector', 'app.kubernetes.io/name=airflow']);
    const pods = (await list(namespace, 'pods')).map(({ metadata: { name } }) => name).filter(name => name.startsWith('airflow'));
    const logs = await Promise.all(pods.map(async pod => (await kubectl(['--namespace', namespace, 'logs', pod, '--all-containers'])).stdout));
    for (const [name, value] of Object.entries({ ...SECRETS, ada: ADA.password, eve: EVE.password })) {
      assert.ok(!described.includes(value), `${name} is in kubectl describe`);
      for (const [index, log] of logs.entries()) { assert.ok(!log.includes(value), `${name} is in the log of ${pods[index]}`); }
    }
    this.say('no log and no description has a secret');
  }

  private say(text: string): void {
    console.log(`[auth@${titleOf(this.setup)} ${((Date.now() - this.start) / 1000).toFixed(0).padStart(4)} s] ${text}`);
  }
}
