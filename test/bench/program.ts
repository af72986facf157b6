import { ApiObject, ApiObjectProps, App, Chart, Size, Testing } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowChart, AirflowProps, DagSource, Database, Executor, GitCredentials, SecretKey, TaskLogs } from '../../src';

/** How the instances lie in the app. */
export type Layout = 'chart' | 'charts' | 'plain';

/** What a process says of itself. */
export interface Figures {
  /** CPU time of the whole process, and of what comes after the import, in milliseconds. */
  readonly cpu: number;
  readonly synthesis: number;
  /** In MiB. */
  readonly peak: number;
}

/** The setting of `values.yaml`. */
function production(): AirflowProps {
  const resources = { cpu: { request: Cpu.millis(500) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(2) } };
  const component = { replicas: 2, resources };
  return {
    executor: Executor.kubernetes(),
    dags: DagSource.gitSync({
      repo: 'git@github.com:acme/dags.git', ref: 'main', subPath: 'dags', credentials: GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') }),
    }),
    database: Database.fromSecret(SecretKey.of('database', 'connection')),
    logs: TaskLogs.newClaim({ storageClassName: 'shared', size: Size.gibibytes(20) }),
    scheduler: component,
    apiServer: component,
    config: { core: { parallelism: '64' } },
  };
}

function build(app: App, layout: Layout, count: number): void {
  const ids = Array.from({ length: count }, (_, index) => `airflow-${index}`);
  if (layout === 'chart') {
    const chart = new Chart(app, 'all', { namespace: 'airflow' });
    const props = production();
    for (const id of ids) { new Airflow(chart, id, props); }
  } else if (layout === 'charts') {
    const props = production();
    for (const id of ids) { new AirflowChart(app, id, { namespace: id, ...props }); }
  } else {
    for (const id of ids) {
      const chart = new Chart(app, id);
      objects.forEach((object, index) => new ApiObject(chart, `${index}`, object));
    }
  }
}

/** The objects of an instance as data. */
function plainObjects(): ApiObjectProps[] {
  const chart = new Chart(new App(), 'one', { namespace: 'airflow' });
  new Airflow(chart, 'airflow', production());
  return Testing.synth(chart) as ApiObjectProps[];
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const [layout, count, outdir] = process.argv.slice(2);
const objects = layout === 'plain' ? plainObjects() : [];
const start = cpuTime();
const app = new App({ outdir });
build(app, layout as Layout, Number(count));
if (count !== '0') { app.synth(); }
const cpu = cpuTime();
const figures: Figures = { cpu, synthesis: cpu - start, peak: process.resourceUsage().maxRSS / 1024 };
process.stdout.write(JSON.stringify(figures));
