import { App, Chart, Duration } from 'cdk8s';
import { Cpu, Secret } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Broker, Database, Executor, Exposure, IngressTimeout, IngressTls, TaskLogs } from '../../../src';
import { Entered } from '../entrance-plan';

/** What the test sets. */
const { NAMESPACE, AIRFLOW_VERSION, ENTRANCE } = process.env as { [name: string]: string };
const version = AirflowVersion.of(AIRFLOW_VERSION);
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(50) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const tls = IngressTls.fromSecret(Secret.fromSecretName(chart, 'certificate', 'certificate'));

function exposureOf({ by, url }: Entered): Exposure {
  const timeout = Duration.minutes(5);
  return by === 'ingress'
    ? Exposure.ingress({ className: 'contour', tls: url.startsWith('https') ? tls : undefined, timeout: IngressTimeout.contour(timeout) })
    : Exposure.httpRoute({ gateway: { name: 'contour', namespace: 'projectcontour', sectionName: 'http' }, timeout });
}

for (const entered of JSON.parse(ENTRANCE) as Entered[]) {
  const web = { ...small, exposure: exposureOf(entered) };
  const airflow = new Airflow(chart, entered.name, {
    version,
    url: entered.url,
    executor: entered.runs ? Executor.celery({ broker: Broker.redis(small), workers: { concurrency: 2, ...small }, flower: web }) : Executor.local(),
    database: Database.inCluster(small),
    logs: TaskLogs.newClaim(),
    ...version.isAirflow3 ? { apiServer: web } : { webserver: web },
    ...entered.runs ? { scheduler: small, dagProcessor: small } : {},
    external: { triggerer: true, ...entered.runs ? {} : { scheduler: true, ...version.isAirflow3 ? { dagProcessor: true } : {} } },
  });
  console.log(airflow.notes);
}
app.synth();
