import { readFileSync } from 'node:fs';
import { startCertificateExporter } from './alert-exporters';
import { Fault, FAULTS } from './alert-faults';
import { AlertLab } from './alert-lab';
import { dagFile } from './dag-delivery';
import { panelQueries, withoutData } from './dashboard-queries';
import { GitServer } from './git-server';
import { kubectl } from './kubectl';
import { logIn } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { Prometheus } from './prometheus';
import { chosen, deploy, owning, Row, Say, teller } from './scenario';

const SETUPS = ['statsd-3.3.2', 'statsd-2.11.2', 'otel-3.3.2', 'otel-2.11.2'];
const PROGRAM = 'test/e2e/programs/alerts.ts';
const GIT_SYNC = process.env.E2E_GIT_SYNC_IMAGE ?? 'registry.k8s.io/git-sync/git-sync:v4.4.0';
const EXPORTERS: { readonly [choice: string]: string } = { statsd: 'statsd', otel: 'otel-collector' };
/** For how long tasks run, 20 every 90 seconds, and no alert may fire. */
const HEALTHY_MINUTES = Number(process.env.E2E_HEALTHY_MINUTES ?? 15);
/** The alerts whose faults are made; all unless given. */
const ONLY = process.env.E2E_ALERTS?.split(',');
const FIRES_SECONDS = 600;
const RESOLVES_SECONDS = 600;
/** In how many looks, one every 3 seconds, an alert must be away. */
const QUIET_LOOKS = 10;
/** How long the end of alerts is awaited whose rules look back for half an hour; not at all with 0. */
const LOOKS_BACK_SECONDS = Number(process.env.E2E_LOOK_BACK_SECONDS ?? 2400);

/** Makes the faults that alerts are for, and asks the queries of all panels; names select setups, like `statsd-3.3.2`. */
export async function alerts(names: string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const setup of chosen('setup', SETUPS, names, each => [each])) { rows.push(...await new AlertRun(setup).run()); }
  return rows;
}

class AlertRun {
  private readonly say: Say;
  private readonly choice: string;
  private readonly version: string;
  private readonly rows: Row[] = [];
  private readonly lookingBack: Promise<void>[] = [];

  constructor(private readonly setup: string) {
    this.say = teller(`alerts@${setup}`);
    [this.choice, this.version] = setup.split('-');
  }

  public async run(): Promise<Row[]> {
    const namespace = `${process.env.E2E_PREFIX ?? ''}alerts-${this.setup}`.replace(/\./g, '-');
    const git = new GitServer(`${namespace}-git`);
    const synthesize = (limits: string) => Manifest.synthesize(PROGRAM, {
      NAMESPACE: namespace, CHOICE: this.choice, AIRFLOW_VERSION: this.version, LIMITS: limits, GIT_URL: git.url(), GIT_SYNC_IMAGE: GIT_SYNC,
    });
    const manifest = await synthesize('short');
    manifest.write();
    const rules = { ...rulesOf(manifest, 'short'), ...rulesOf(await synthesize('default'), 'default'), ...kerberosOf(await synthesize('kerberos')) };
    const monitoring = `${namespace}-prometheus`;
    const namespaces = [namespace, monitoring, `${namespace}-git`];
    const last = await owning({ cells: { setup: this.setup }, namespaces, say: this.say, folder: () => manifest.folder }, async () => {
      await git.start();
      for (const file of ['alerts.py', 'slow.py']) { await git.commit(file, textOf(file)); }
      await deploy(manifest, namespace, this.say);
      await startCertificateExporter(namespace);
      const prometheus = await Prometheus.start(monitoring, namespace, rules);
      try {
        return await this.use(prometheus, manifest, git);
      } finally {
        await prometheus.stop();
      }
    });
    return [...this.rows, last];
  }

  private async use(prometheus: Prometheus, manifest: Manifest, git: GitServer): Promise<Row> {
    const [namespace] = manifest.namespaces;
    const began = Date.now();
    const { api, close } = await logIn(manifest.notes, this.version);
    const lab = new AlertLab(namespace, manifest, git, api, EXPORTERS[this.choice]);
    for (const dag of ['many', 'each_minute']) { await api.waitForDag(dag, 300); }
    await lab.unpause('each_minute');
    await this.scrapes(prometheus);
    if (!this.version.startsWith('2.')) { await this.jsonLogs(namespace); }
    await this.healthy(prometheus, lab);
    await this.makeAll(prometheus, lab, namesOf(manifest));
    close();
    const queries = panelQueries(manifest, namespace);
    const missing = await withoutData(prometheus, queries, began);
    missing.forEach(query => this.say(`no data: ${query}`));
    await Promise.all(this.lookingBack);
    const failed = this.rows.some(({ result }) => result === 'FAILED') || missing.length > 0;
    return { alert: '', fault: `${missing.length} of ${queries.length} queries without data`, ...failed ? { result: 'FAILED' } : {} };
  }

  private async scrapes(prometheus: Prometheus): Promise<void> {
    const targets = await until('targets that are up', { seconds: 300 }, async () => {
      const found = await prometheus.targets();
      const down = found.filter(target => !target.startsWith('up '));
      if (found.length < 8 || down.length > 0) { throw new Pending(`${found.length} targets; ${down.join('; ')}`); }
      return found;
    });
    targets.forEach(target => this.say(target));
  }

  /** What components write to their standard output is JSON, line by line. */
  private async jsonLogs(namespace: string): Promise<void> {
    for (const component of ['scheduler', 'dag-processor', 'triggerer', 'api-server']) {
      const { stdout } = await kubectl(['--namespace', namespace, 'logs', `deployment/airflow-${component}`, '--container', component, '--tail', '-1']);
      const lines = stdout.split('\n').filter(line => line.trim() !== '');
      const other = lines.filter(line => !isJson(line));
      this.say(`${component}: ${lines.length - other.length} of ${lines.length} lines are JSON; others: ${other.slice(0, 3).join('; ')}`);
    }
  }

  /** Tasks run, and no alert with the default limits may fire. */
  private async healthy(prometheus: Prometheus, lab: AlertLab): Promise<void> {
    const end = Date.now() + HEALTHY_MINUTES * 60_000;
    let next = 0;
    const fired = new Set<string>();
    await until('end of the healthy time', { seconds: HEALTHY_MINUTES * 60 + 300, periodSeconds: 5 }, async () => {
      for (const { labels, state } of await prometheus.alerts()) {
        if (state === 'firing' && labels.limits === 'default') { fired.add(JSON.stringify(labels)); }
      }
      if (Date.now() >= end) { return; }
      if (Date.now() >= next) {
        next = Date.now() + 90_000;
        await lab.trigger('many');
      }
      throw new Pending([...fired].join(', '));
    });
    const fault = `none, for ${HEALTHY_MINUTES} minutes with ${Math.ceil(HEALTHY_MINUTES / 1.5) * 20} tasks`;
    this.rows.push({ setup: this.setup, alert: [...fired].join(', ') || 'none', fault, result: fired.size === 0 ? 'passed' : 'FAILED' });
    this.say(Object.values(this.rows.at(-1)!).join(', '));
  }

  /** Makes the faults of one phase after the other. */
  private async makeAll(prometheus: Prometheus, lab: AlertLab, names: Set<string>): Promise<void> {
    const wanted = (alert: string) => names.has(alert) && (ONLY?.includes(alert) ?? true);
    const possible = FAULTS.map(fault => ({ ...fault, alerts: fault.alerts.filter(wanted) })).filter(fault => fault.alerts.length > 0);
    for (const phase of [...new Set(possible.map(each => each.phase))].sort()) {
      await Promise.all(possible.filter(fault => fault.phase === phase).map(fault => this.makeOne(prometheus, lab, fault)));
    }
    const made = new Set(FAULTS.flatMap(({ alerts: first, after = [] }) => [...first, ...after]));
    const others = [...names].filter(name => !made.has(name));
    this.rows.push(...others.map(alert => ({ setup: this.setup, alert, fault: 'not made', result: 'skipped' })));
  }

  private async makeOne(prometheus: Prometheus, lab: AlertLab, each: Fault): Promise<void> {
    const { fault, alerts: names, after = [], make, mend, lookBack = [] } = each;
    const began = Date.now();
    const making = make(lab);
    const notMade = making.then(() => new Promise<never>(() => undefined), (error: Error) => { throw new Error(`making it: ${error.message}`); });
    const firing = names.map(async alert => ({ alert, seconds: await Promise.race([this.fires(prometheus, alert, began), notMade]) }));
    const fired = await Promise.all(firing.map((answer, index) => answer.catch((error: Error) => this.record(each, names[index], error.message))));
    await making.catch(() => undefined);
    this.say(`mends: ${fault}`);
    await mend(lab).catch((error: Error) => this.record(each, names[0], `mending it: ${error.message}`));
    const mended = Date.now();
    const ends = (alert: string, seconds: number) => this.ends(prometheus, each, alert, seconds, mended);
    const waits: [string, Promise<void>][] = [
      ...fired.flatMap((answer): [string, Promise<void>][] => (answer === undefined ? [] : [[answer.alert, ends(answer.alert, answer.seconds)]])),
      ...after.map((alert): [string, Promise<void>] => [alert, this.fires(prometheus, alert, mended).then(
        seconds => ends(alert, seconds), (error: Error) => this.record(each, alert, error.message))]),
    ];
    this.lookingBack.push(...waits.filter(([alert]) => lookBack.includes(alert)).map(([, wait]) => wait));
    await Promise.all(waits.filter(([alert]) => !lookBack.includes(alert)).map(([, wait]) => wait));
  }

  /** How many seconds after `since` an alert fires. */
  private async fires(prometheus: Prometheus, alert: string, since: number): Promise<number> {
    await this.waitFor(prometheus, alert, true, FIRES_SECONDS);
    return (Date.now() - since) / 1000;
  }

  /** Waits until an alert that fired after some seconds has ended, which is recorded. */
  private async ends(prometheus: Prometheus, fault: Fault, alert: string, seconds: number, since: number): Promise<void> {
    const fired = `${seconds.toFixed(0)} s`;
    const limit = fault.lookBack?.includes(alert) === true ? LOOKS_BACK_SECONDS : RESOLVES_SECONDS;
    if (limit === 0) { return this.record(fault, alert, fired, 'not awaited', 'passed'); }
    await this.waitFor(prometheus, alert, false, limit).then(
      () => this.record(fault, alert, fired, `${((Date.now() - since) / 1000).toFixed(0)} s`, 'passed'),
      (error: Error) => this.record(fault, alert, fired, error.message),
    );
  }

  private record({ fault }: Fault, alert: string, fired: string, resolved = '', result = 'FAILED'): undefined {
    this.rows.push({ setup: this.setup, alert, fault, fired, resolved, result });
    this.say(Object.values(this.rows.at(-1)!).join(', '));
    return undefined;
  }

  private async waitFor(prometheus: Prometheus, alert: string, firing: boolean, seconds: number): Promise<void> {
    let gone = 0;
    await until(`${alert} ${firing ? 'that fires' : 'that has ended'}`, { seconds, periodSeconds: 3 }, async () => {
      const found = (await prometheus.alerts()).filter(({ labels, state }) => labels.alertname === alert && labels.limits !== 'default' && state === 'firing');
      // One failed scrape ends the alerts of a source for a moment.
      gone = found.length === 0 ? gone + 1 : 0;
      if (firing ? gone > 0 : gone < QUIET_LOOKS) { throw new Pending(JSON.stringify(found.map(({ labels }) => labels))); }
    });
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function textOf(file: string): string {
  // The runs of one minute begin when the Airflow does.
  const start = new Date(Date.now() - 60_000).toISOString().slice(0, 19);
  return file === 'slow.py' ? '# airflow dag\n' : readFileSync(dagFile(file), 'utf8').replace('START_DATE', `${start}+00:00`);
}

/** The files of rules that the Airflow of a program has. */
function rulesOf({ objects }: Manifest, limits: string): { [file: string]: string } {
  const { data } = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'airflow-alerts') as unknown as { data: { [file: string]: string } };
  return Object.fromEntries(Object.entries(data).map(([file, text]) => [`${limits}-${file}`, text]));
}

/** The rule for Airflows with Kerberos, whose pods would need a KDC. */
function kerberosOf(manifest: Manifest): { [file: string]: string } {
  interface File { readonly groups: { readonly name: string; readonly rules: { readonly alert: string }[] }[] }
  const groups = Object.values(rulesOf(manifest, 'kerberos')).flatMap(text => (JSON.parse(text) as File).groups);
  const rules = groups.flatMap(group => group.rules).filter(({ alert }) => alert === 'AirflowKerberosTicketNotRenewed');
  return { 'kerberos.yaml': JSON.stringify({ groups: [{ name: 'kerberos', rules }] }) };
}

function namesOf(manifest: Manifest): Set<string> {
  const names = Object.values(rulesOf(manifest, 'short')).flatMap(text => [...text.matchAll(/"alert": "(\w+)"/g)].map(([, name]) => name));
  return new Set([...names, 'AirflowKerberosTicketNotRenewed']);
}
