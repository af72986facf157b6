import { App, Chart, Size } from 'cdk8s';
import { Airflow, AirflowVersion, Broker, DagSource, Executor, Resources } from 'cdk8s-airflow';
import { Ingress, IngressBackend } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

const { AIRFLOW_VERSION = '3.3.2', DAGS_REPO } = process.env;
const HOST = 'airflow.example.com';
const version = AirflowVersion.of(AIRFLOW_VERSION);
const small = { resources: Resources.of({ requests: { cpu: '20m', memory: '256Mi' }, limits: { memory: '2Gi' } }) };

/** An Airflow below a path of the host, with its own RabbitMQ, workers and Flower. */
function team(scope: Construct, name: string, ingress: Ingress): Airflow {
  const airflow = new Airflow(scope, name, {
    version,
    url: `http://${HOST}/${name}`,
    executor: Executor.celery({
      broker: Broker.rabbitMq(),
      workers: { ...small, concurrency: 4, logs: { size: Size.gibibytes(5) } },
      flower: { ...small, url: `http://${HOST}/${name}-flower` },
    }),
    // In the image, unless a repository is named.
    dags: DAGS_REPO === undefined ? DagSource.fromImage() : DagSource.gitSync({ repo: DAGS_REPO }),
    ...(version.isAirflow3 ? { apiServer: small } : { webserver: small }),
    scheduler: small,
    dagProcessor: small,
    triggerer: small,
  });
  ingress.addHostRule(HOST, `/${name}`, IngressBackend.fromService((airflow.apiServer ?? airflow.webserver)!.service));
  ingress.addHostRule(HOST, `/${name}-flower`, IngressBackend.fromService(airflow.flower!.service));
  return airflow;
}

const app = new App();
const chart = new Chart(app, 'teams', { namespace: 'airflow-celery' });
const ingress = new Ingress(chart, 'ingress');
const teams = ['blue', 'green'].map(name => team(chart, name, ingress));
app.synth();

for (const airflow of teams) { console.log(airflow.notes); }
