import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { apply, createNamespace, list, logOf, PortForward, secret } from './kubectl';
import { forwardTo, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, inOrder, owning, Row, Say, teller, update } from './scenario';

const VERSIONS = ['3.3.2', '2.11.2'];
/** FAB keeps the user of a token for 30 s. */
const REVOKED_SECONDS = 90;

interface User {
  readonly username: string;
  readonly first_name: string;
  readonly active?: boolean;
  readonly roles: { readonly name: string }[];
}

interface Role {
  readonly name: string;
  readonly actions: { readonly action: { readonly name: string }; readonly resource: { readonly name: string } }[];
}

/** Roles and users that three applies create, change and deactivate, beside those that are made by hand; the names select versions. */
export async function users(names: string[]): Promise<Row[]> {
  return inOrder(chosen('version', VERSIONS, names, version => [version]), version => new UsersRun(version).run());
}

class UsersRun {
  private readonly say: Say;
  private readonly facts: Row;

  constructor(private readonly version: string) {
    this.say = teller(`users@${version}`);
    this.facts = { version };
  }

  public async run(): Promise<Row> {
    const manifest = await this.synthesize(1);
    const [namespace] = manifest.namespaces;
    return owning({ cells: this.facts, namespaces: [namespace], say: this.say, folder: () => manifest.folder }, async () => {
      await createNamespace(namespace);
      await this.use(manifest, namespace);
      return {};
    });
  }

  private async use(first: Manifest, namespace: string): Promise<void> {
    await apply([secret('passwords', { ci: 'the-first-one' }, namespace)]);
    await update(first, namespace, this.say);
    const forward = await forwardTo(first.notes);
    await withApi(first.notes, this.version, async admin => {
      await admin.waitForDag('pushed', 300);
      await this.created(admin);
      const token = await this.triggers(forward, 'the-first-one', 'first');
      await this.byHand(admin);
      await apply([secret('passwords', { ci: 'the-second-one' }, namespace)]);
      await update(await this.synthesize(2), namespace, this.say);
      await this.changed(admin, forward);
      await update(await this.synthesize(3), namespace, this.say);
      await this.deactivated(admin, forward, token);
    }).finally(() => forward.close());
    await this.checkLogs(namespace);
  }

  private async synthesize(step: number): Promise<Manifest> {
    const dags = new MountedDags([dagFile('pushed.py')], { AIRFLOW_VERSION: this.version, STEP: `${step}` }, true);
    return dags.synthesize('test/e2e/programs/users.ts');
  }

  private async created(admin: AirflowApi): Promise<void> {
    assert.deepEqual(await permissionsOf(admin, 'deployer'), [
      'can_create on DAG Runs', 'can_edit on DAGs', 'can_read on DAG Runs', 'can_read on DAGs', 'can_read on My Plugin', 'can_read on Task Instances', 'can_read on Website',
    ]);
    assert.deepEqual(await rolesOf(admin, 'ci'), ['cdk8s-airflow airflow', 'deployer']);
    assert.deepEqual(await rolesOf(admin, 'ann'), ['Viewer', 'cdk8s-airflow airflow']);
  }

  /** A service asks for a token, and a DAG run that it triggers succeeds. */
  private async triggers(forward: PortForward, password: string, run: string): Promise<AirflowApi> {
    const service = await AirflowApi.logIn(forward, !this.version.startsWith('2.'), password, { username: 'ci' });
    assert.equal(await service.waitForEnd(await service.trigger('pushed', run), 300), 'success');
    assert.equal((await service.call('GET', '/variables')).status, 403);
    this.say(`the service triggered the run ${run}`);
    return service;
  }

  private async byHand(admin: AirflowApi): Promise<void> {
    await admin.fab('POST', '/roles', { name: 'handmade', actions: [{ action: { name: 'can_read' }, resource: { name: 'Pools' } }] });
    await admin.fab('POST', '/users', {
      username: 'hand', first_name: 'Made', last_name: 'By Hand', email: 'hand@example.com', password: 'a-password-by-hand', roles: [{ name: 'handmade' }],
    });
  }

  private async changed(admin: AirflowApi, forward: PortForward): Promise<void> {
    assert.ok(!(await permissionsOf(admin, 'deployer')).includes('can_read on My Plugin'));
    assert.deepEqual(await rolesOf(admin, 'ann'), ['cdk8s-airflow airflow', 'deployer', 'handmade']);
    assert.equal((await admin.fab<User>('GET', '/users/ci')).first_name, 'CI');
    await this.triggers(forward, 'the-second-one', 'second');
    assert.ok(await this.isRefused(forward, 'the-first-one'), 'the first password is still accepted');
    await this.unchangedByHand(admin);
  }

  private async deactivated(admin: AirflowApi, forward: PortForward, token: AirflowApi): Promise<void> {
    const start = Date.now();
    this.facts['the token of before'] = await until('refusal of the token of before', { seconds: REVOKED_SECONDS, periodSeconds: 1 }, async () => {
      const { status } = await token.call('GET', '/dags/pushed');
      if (status < 400) { throw new Pending(`it is answered with ${status}`); }
      return `${status} after ${((Date.now() - start) / 1000).toFixed(0)} s`;
    });
    assert.ok(await this.isRefused(forward, 'the-second-one'), 'the password of a user who is not declared any more is accepted');
    assert.deepEqual(await rolesOf(admin, 'ci'), ['cdk8s-airflow airflow']);
    assert.deepEqual(await permissionsOf(admin, 'deployer'), ['can_read on DAG Runs', 'can_read on DAGs', 'can_read on Task Instances', 'can_read on Website']);
    assert.deepEqual(await rolesOf(admin, 'ann'), ['cdk8s-airflow airflow', 'deployer']);
    await this.unchangedByHand(admin);
  }

  private async unchangedByHand(admin: AirflowApi): Promise<void> {
    assert.deepEqual(await rolesOf(admin, 'hand'), ['handmade']);
    assert.ok((await permissionsOf(admin, 'handmade')).includes('can_read on Pools'));
  }

  private async isRefused(forward: PortForward, password: string): Promise<boolean> {
    const airflow3 = !this.version.startsWith('2.');
    try {
      const api = await AirflowApi.logIn(forward, airflow3, password, { username: 'ci' });
      // Airflow 2 answers with 403, since its second way to log in, the session, has the last word.
      return [401, 403].includes((await api.call('GET', '/dags')).status);
    } catch (error) {
      if (!/POST \/auth\/token: 401/.test(String(error))) { throw error; }
      return true;
    }
  }

  /** The Jobs tell what they did, and no password. */
  private async checkLogs(namespace: string): Promise<void> {
    const pods = await list(namespace, 'pods', '--selector', 'app.kubernetes.io/component=sync-users');
    const text = (await Promise.all(pods.map(({ metadata: { name } }) => logOf(namespace, name)))).join('\n');
    for (const line of ['created user ci with deployer', 'changed user ci: first_name, password', 'deactivated user ci, who is not declared any more']) {
      assert.ok(text.includes(line), `no '${line}' in ${text}`);
    }
    assert.ok(!/-one|scrypt|pbkdf2/.test(text), 'a password or its hash is in a log');
    this.facts['tries of the Jobs'] = `${pods.length} for 3 applies`;
  }
}

async function permissionsOf(admin: AirflowApi, name: string): Promise<string[]> {
  const { actions } = await admin.fab<Role>('GET', `/roles/${name}`);
  return actions.map(({ action, resource }) => `${action.name} on ${resource.name}`).sort();
}

async function rolesOf(admin: AirflowApi, name: string): Promise<string[]> {
  const { roles } = await admin.fab<User>('GET', `/users/${name}`);
  return roles.map(role => role.name).sort();
}
