import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';
import { Chromium, Visitor } from './browser';
import { issueCertificate, tlsSecret } from './certificates';
import { dagFile, MountedDags } from './dag-delivery';
import { diagnose } from './diagnostics';
import { Front } from './front';
import { ADA, EVE, IdentityServers, SECRETS } from './identity-servers';
import { apply, createNamespace, deleteNamespaces, kubectl, list, logOf, refuseExisting, secret } from './kubectl';
import { forwardTo } from './log-in';
import { LoginWay } from './login-ways';
import { Manifest } from './manifest';
import { chosen, inOrder, Row, Say, teller, update } from './scenario';
import { Login, Ui } from './ui';

const AIRFLOW_URL = 'https://sso.example.com/team/etl';

interface Setup {
  readonly login: string;
  readonly version: string;
}

const SETUPS: Setup[] = [
  { login: 'oauth', version: '3.3.2' },
  { login: 'oauth', version: '2.11.2' },
  { login: 'ldap', version: '3.3.2' },
  { login: 'ldap', version: '2.11.2' },
  { login: 'keycloak', version: '3.3.2' },
  { login: 'simple', version: '3.3.2' },
];

const titleOf = ({ login, version }: Setup) => `${login}-${version}`;

/** Who may log in, and as what: real identity providers, a real browser, and tokens of services. The names select setups, like `oauth-3.3.2`. */
export async function auth(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, setup => [titleOf(setup)]), async setup => {
    const error = await new AuthRun(setup).run().then(() => undefined, (reason: unknown) => reason);
    if (error !== undefined) { console.error(error); }
    return { setup: titleOf(setup), result: error === undefined ? 'passed' : 'FAILED' };
  });
}

/** One Airflow with one way to log in. */
class AuthRun {
  private readonly say: Say;
  private readonly namespace: string;
  private servers!: IdentityServers;
  private way!: LoginWay;
  private front!: Front;
  private chromium!: Chromium;

  constructor(private readonly setup: Setup) {
    this.namespace = `auth-${titleOf(setup).replace(/\./g, '-')}`;
    this.say = teller(`auth@${titleOf(setup)}`);
  }

  public async run(): Promise<void> {
    const { namespace } = this;
    await refuseExisting(namespace);
    await createNamespace(namespace);
    const certificate = await issueCertificate(['sso.example.com']);
    await apply([
      tlsSecret('certificate', certificate, namespace),
      secret('logins', { 'client-id': 'airflow', 'client-secret': SECRETS.clientSecret, 'bind-password': SECRETS.bindPassword }, namespace),
      secret('passwords', { ada: ADA.password, ci: SECRETS.ci, keycloak: SECRETS.keycloakAdmin }, namespace),
    ]);
    this.servers = await IdentityServers.start(namespace);
    this.way = LoginWay.of(this.setup.login, this.servers);
    const manifest = await this.synthesize();
    try {
      await this.way.start(manifest.notes);
      await this.apply(manifest);
      this.front = await Front.open(certificate.ca, [AIRFLOW_URL]);
      this.chromium = await Chromium.start({
        hosts: { ...this.front.hosts([AIRFLOW_URL]), ...this.servers.hosts },
        authorities: [certificate.publicKeyHash, this.servers.certificate.publicKeyHash],
      });
      await this.use();
      await this.revokeToken(manifest.notes);
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
    await deleteNamespaces([namespace]);
  }

  /** @param more variables for the program */
  private async synthesize(more: { readonly [name: string]: string } = {}): Promise<Manifest> {
    const { keycloakUrl, ldapUrl } = this.servers;
    const { login: LOGIN, version: AIRFLOW_VERSION } = this.setup;
    const env = { NAMESPACE: this.namespace, AIRFLOW_VERSION, LOGIN, AIRFLOW_URL, KEYCLOAK_URL: keycloakUrl, LDAP_URL: ldapUrl, ...more };
    return new MountedDags([dagFile('pushed.py')], env, true).synthesize('test/e2e/programs/auth.ts');
  }

  private async apply(manifest: Manifest): Promise<void> {
    await update(manifest, this.namespace, this.say);
  }

  private async use(): Promise<void> {
    await this.refused(EVE, 'has no group');
    const ada = await this.loggedIn(ADA);
    await this.refused(EVE, 'has no group, while another user is logged in');
    await ada.visitor.leave();
    await this.way.takeAway(async () => this.apply(await this.synthesize({ WITHOUT: ADA.username })));
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
    await this.way.waitUntilRefused(ui);
    await ui.visitor.screenshot(`${titleOf(this.setup)}-${login.username}-refused`);
    const { status } = await ui.visitor.ask(`${AIRFLOW_URL}${this.setup.version.startsWith('2.') ? '/api/v1/dags' : '/api/v2/dags'}`);
    assert.ok([401, 403].includes(status), `${login.username}, who ${why}, gets ${status} from the API`);
    this.say(`${login.username} is refused: ${why}`);
    await ui.visitor.leave();
  }

  private async logIn(login: Login): Promise<Ui> {
    const visitor: Visitor = await this.chromium.visitor();
    const ui = Ui.of(visitor, AIRFLOW_URL, this.setup.version);
    await this.way.logIn(ui, login);
    return ui;
  }

  /** A service triggers a DAG by its token, which is refused once it is revoked. */
  private async revokeToken(notes: string): Promise<void> {
    if (this.way.service === undefined) { return; }
    const forward = await forwardTo(notes);
    try {
      const api = await AirflowApi.withToken(forward, this.way.service);
      await api.waitForDag('pushed', 300);
      assert.equal(await api.waitForEnd(await api.trigger('pushed'), 300), 'success');
      await api.revoke();
      const { status, text } = await api.call('GET', '/dags/pushed');
      assert.equal(status, 403, `a revoked token is answered with ${status} ${text}`);
      const other = await AirflowApi.withToken(forward, this.way.service);
      assert.equal((await other.call('GET', '/dags/pushed')).status, 200, 'another token is revoked too');
      this.say('a service has triggered a DAG, and its token was refused after it was revoked');
    } finally {
      forward.close();
    }
  }

  /** Nothing secret is where many may look. */
  private async checkSecrets(): Promise<void> {
    const { namespace } = this;
    const { stdout: described } = await kubectl(['--namespace', namespace, 'describe', 'pods,deployments,statefulsets,jobs,configmaps,ingresses', '--selector', 'app.kubernetes.io/name=airflow']);
    const pods = (await list(namespace, 'pods')).map(({ metadata: { name } }) => name).filter(name => name.startsWith('airflow'));
    const logs = await Promise.all(pods.map(pod => logOf(namespace, pod)));
    for (const [name, value] of Object.entries({ ...SECRETS, ada: ADA.password, eve: EVE.password })) {
      assert.ok(!described.includes(value), `${name} is in kubectl describe`);
      for (const [index, log] of logs.entries()) { assert.ok(!log.includes(value), `${name} is in the log of ${pods[index]}`); }
    }
    this.say('no log and no description has a secret');
  }
}
