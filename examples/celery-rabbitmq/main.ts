import { App, Chart, Size } from 'cdk8s';
import { Airflow, Broker, Executor } from 'cdk8s-airflow';
import { Cpu, Ingress, IngressBackend } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

const HOST = 'airflow.example.com';
const small = { resources: { cpu: { request: Cpu.millis(20) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(2) } } };

/** An Airflow below a path of the host, with its own RabbitMQ, workers and Flower. */
function team(scope: Construct, name: string, ingress: Ingress): Airflow {
  const airflow = new Airflow(scope, name, {
    executor: Executor.celery({
      broker: Broker.rabbitMq(),
      workers: { ...small, worker: { concurrency: 4, logs: { size: Size.gibibytes(5) } } },
      flower: small,
    }),
    config: {
      api: { base_url: `http://${HOST}/${name}` },
      celery: { flower_url_prefix: `/${name}-flower` },
    },
    apiServer: small,
    scheduler: small,
    dagProcessor: small,
    triggerer: small,
  });
  ingress.addHostRule(HOST, `/${name}`, IngressBackend.fromService(airflow.apiServer!.service));
  ingress.addHostRule(HOST, `/${name}-flower`, IngressBackend.fromService(airflow.flower!.service));
  return airflow;
}

const app = new App();
const chart = new Chart(app, 'teams', { namespace: 'airflow-celery' });
const ingress = new Ingress(chart, 'ingress');
const teams = ['blue', 'green'].map(name => team(chart, name, ingress));
app.synth();

for (const airflow of teams) { console.log(airflow.notes); }
