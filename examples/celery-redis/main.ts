import { App, Size } from 'cdk8s';
import { AirflowChart, AirflowVersion, Broker, Executor, Resources } from 'cdk8s-airflow';

const version = AirflowVersion.of(process.env.AIRFLOW_VERSION ?? '3.3.2');
const small = { resources: Resources.of({ requests: { cpu: '50m', memory: '512Mi' }, limits: { memory: '2Gi' } }) };
const logs = { size: Size.gibibytes(5) };

const app = new App();
const { airflow } = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-celery-redis',
  version,
  // Tasks run on workers, and those with executor="KubernetesExecutor" in pods of their own.
  executor: Executor.multiple([
    Executor.celery({ broker: Broker.redis(), workers: { ...small, concurrency: 4, logs } }),
    Executor.kubernetes(),
  ]),
  config: {
    // A task whose worker was killed is tried again after one minute instead of five.
    scheduler: { [version.isAirflow3 ? 'task_instance_heartbeat_timeout' : 'scheduler_zombie_task_threshold']: '60' },
  },
});
// Tasks with queue="heavy" have workers of their own, which run one at a time.
airflow.addCeleryWorkers('heavy', { ...small, queues: ['heavy'], concurrency: 1, logs });
app.synth();

console.log(airflow.notes);
