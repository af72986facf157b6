import assert from 'node:assert/strict';
import { Chromium } from './browser';
import { issueCertificate, tlsSecret } from './certificates';
import { dagFile, MountedDags } from './dag-delivery';
import { diagnose } from './diagnostics';
import { Entered, HOSTS, PHASES } from './entrance-plan';
import { Front } from './front';
import { apply, createNamespace, deleteNamespaces, kubectl, refuseExisting } from './kubectl';
import { password } from './log-in';
import { Manifest } from './manifest';
import { chosen, READY_SECONDS, Row, Say, teller } from './scenario';
import { Ui } from './ui';
import { waitUntilReady } from './workloads';

const VERSIONS = ['3.3.2', '2.11.2'];
const LOG = 'e2e: read in the browser';
/** How a client may write the path of the execution API, after the prefix. */
const EXECUTION = ['/execution/health', '/execution/health/', '//execution/health', '/./execution/health', '/x/../execution/health', '/%65xecution/health',
  '/execution%2Fhealth', '/execution', '/execution/docs'];

/** How users reach Airflow: a browser on the way through Contour. The names select versions of Airflow, like `3.3.2`, or one way, like `3.3.2/hosts-route`. */
export async function entrance(names: string[]): Promise<Row[]> {
  const all = VERSIONS.flatMap(version => Object.keys(PHASES).map(phase => ({ version, phase })));
  const selected = chosen('way', all, names, ({ version, phase }) => [version, `${version}/${phase}`]);
  const rows: Row[] = [];
  for (const version of VERSIONS) {
    const phases = selected.filter(each => each.version === version).map(({ phase }) => phase);
    if (phases.length > 0) { rows.push(...await new EntranceRun(version, phases).run()); }
  }
  return rows;
}

class EntranceRun {
  private readonly say: Say;
  private readonly namespace: string;
  private front!: Front;
  private chromium!: Chromium;
  private ca!: string;
  private publicKeyHash!: string;

  constructor(private readonly version: string, private readonly phases: string[]) {
    this.namespace = `entrance-${version.replace(/\./g, '-')}`;
    this.say = teller(`entrance@${version}`);
  }

  public async run(): Promise<Row[]> {
    const { namespace, version } = this;
    await refuseExisting(namespace);
    await createNamespace(namespace);
    const certificate = await issueCertificate(HOSTS);
    await apply([tlsSecret('certificate', certificate, namespace)]);
    this.ca = certificate.ca;
    this.publicKeyHash = certificate.publicKeyHash;
    const rows: Row[] = [];
    for (const phase of this.phases) {
      const error = await this.phase(phase, PHASES[phase]).then(() => undefined, (reason: unknown) => reason);
      rows.push({ version, entrance: phase, result: error === undefined ? 'passed' : 'FAILED' });
      if (error !== undefined) {
        console.error(error);
        return rows;
      }
    }
    await deleteNamespaces([namespace]);
    return rows;
  }

  private async phase(phase: string, entered: Entered[]): Promise<void> {
    const { namespace, version } = this;
    const dags = new MountedDags([dagFile('browser.py')], { NAMESPACE: namespace, AIRFLOW_VERSION: version, ENTRANCE: JSON.stringify(entered) });
    const manifest = await dags.synthesize('test/e2e/programs/entrance.ts');
    try {
      // What only the last phase had, such as its Ingress, goes.
      await kubectl(['--namespace', namespace, 'delete', 'ingresses,httproutes', '--all', '--wait']);
      await kubectl(['apply', '--filename', manifest.file]);
      await waitUntilReady(namespace, READY_SECONDS);
      this.say(`Ready: ${phase}`);
      this.front = await Front.open(this.ca, entered.map(({ url }) => url));
      this.chromium = await Chromium.start({ hosts: this.front.hosts(entered.map(({ url }) => url)), authorities: [this.publicKeyHash] });
      await this.use(entered, manifest);
      await this.chromium.close();
      this.front.close();
    } catch (error) {
      console.error(await this.chromium?.explain());
      await diagnose(namespace, manifest.folder);
      this.say(`failed; diagnostics are in ${manifest.folder}, screenshots in ${this.chromium?.folder}, and this namespace is left: ${namespace}`);
      throw error;
    }
  }

  private async use(entered: Entered[], manifest: Manifest): Promise<void> {
    const visitor = await this.chromium.visitor();
    const uis = await Promise.all(entered.map(async ({ url }) => Ui.of(await visitor.window(), url, this.version)));
    for (const [index, ui] of uis.entries()) { await this.logIn(ui, manifest.instances[index]); }
    for (const [index, ui] of uis.entries()) { await this.useUi(ui, entered[index]); }
    // Each log-out is that of one Airflow.
    for (const [index, ui] of uis.entries()) {
      await ui.visitor.page.bringToFront();
      await ui.open();
      await ui.logOut();
      for (const other of uis.slice(index + 1)) {
        await other.visitor.page.bringToFront();
        await other.open();
        await other.waitUntilLoggedIn();
      }
      await ui.visitor.page.bringToFront();
      await ui.open();
      await ui.waitUntilLoggedOut();
      ui.visitor.check();
    }
    await visitor.leave();
    for (const [index, each] of entered.entries()) {
      await this.checkExecution(each);
      if (each.runs) { await this.checkFlower(each, manifest.instances[index]); }
    }
  }

  private async logIn(ui: Ui, notes: string): Promise<void> {
    await ui.visitor.page.bringToFront();
    await ui.logIn({ username: 'admin', password: await password(notes) });
    await ui.waitUntilLoggedIn();
    this.say(`logged in at ${ui.url}`);
  }

  private async useUi(ui: Ui, { name, url, runs }: Entered): Promise<void> {
    const { visitor } = ui;
    await visitor.page.bringToFront();
    const { host, pathname, protocol } = new URL(url);
    await ui.open();
    await ui.waitUntilLoggedIn();
    if (runs) {
      await ui.runByHand('browser', 'says', LOG);
      this.say(`ran a DAG by hand and read its log at ${url}; ${await visitor.screenshot(`${this.version}-${name}`)}`);
    }
    assert.deepEqual(visitor.strays(url), [], `pages of ${url} ask for what is not below it`);
    const cookies = (await visitor.cookies()).filter(cookie => cookie.domain === host && cookie.path.startsWith(pathname.replace(/\/$/, '') || '/'));
    assert.ok(cookies.length > 0, `no cookie of ${url} has its path`);
    for (const cookie of cookies) { assert.equal(cookie.secure, protocol === 'https:', `${cookie.name} of ${url}`); }
  }

  /** The execution API answers tasks, and nobody who comes through the entrance. */
  private async checkExecution({ url }: Entered): Promise<void> {
    const prefix = new URL(url).pathname.replace(/\/$/, '');
    for (const path of [...EXECUTION.map(each => prefix + each), ...prefix === '' ? [] : EXECUTION]) {
      for (const headers of [{}, { 'x-forwarded-host': 'localhost' }, { forwarded: 'host=localhost' }]) {
        const { status, text } = await this.front.ask(url, path, headers as { [name: string]: string });
        // The pages of the UI answer any other path below it.
        const isPage = text.includes('<!DOCTYPE html>') || text.includes('<!doctype html>');
        assert.ok([301, 302, 307, 308, 400, 403, 404, 405].includes(status) || isPage, `${path} at ${url}: ${status} ${text.slice(0, 300)}`);
        assert.doesNotMatch(text, /healthy|swagger/i, `${path} at ${url}`);
      }
    }
    this.say(`the execution API is not reachable at ${url}`);
  }

  private async checkFlower({ url, name }: Entered, notes: string): Promise<void> {
    const flower = `${url}/flower`;
    const { pathname } = new URL(flower);
    const { status } = await this.front.ask(url, `${pathname}/workers`);
    assert.equal(status, 401, `Flower at ${flower} answers without a login`);
    const visitor = await this.chromium.visitor();
    await visitor.page.authenticate({ username: 'admin', password: await password(notes, 'Flower') });
    // It asks for new rows each second, and gives up those of the second before, which a busy machine answers later.
    assert.equal(await visitor.open(`${flower}/workers?autorefresh=10`), 200);
    await visitor.waitForText('celery@');
    assert.deepEqual(visitor.strays(flower), [], `pages of ${flower} ask for what is not below it`);
    const files = [...new Set(visitor.asked.map(({ url: asked }) => asked).filter(asked => asked.startsWith(`${flower}/static/`)))];
    assert.ok(files.length > 0, `the page of ${flower} asked for no file`);
    for (const file of files) { assert.equal((await visitor.ask(file)).status, 200, file); }
    visitor.check();
    this.say(`${files.length} files of Flower are below ${flower}/static`);
    this.say(`Flower shows its worker at ${flower}; ${await visitor.screenshot(`${this.version}-${name}-flower`)}`);
    await visitor.leave();
  }
}
