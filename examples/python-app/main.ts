import { App, Size } from 'cdk8s';
import { AirflowChart, AirflowConnection, DagSource, Env, Resources, TaskLogs } from 'cdk8s-airflow';

// What main.py says, in TypeScript: both have to write the same, byte for byte.
const app = new App();
const { airflow } = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-python',
  dags: DagSource.newClaim({ readOnly: false }),
  logs: TaskLogs.newClaim({ size: Size.gibibytes(2) }),
  config: { core: { parallelism: '16' } },
  pools: { warehouse: { slots: 4, description: 'Connections to the warehouse.' } },
});
airflow.addTaskPod('large', {
  resources: Resources.of({ requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } }),
  env: Env.of({ OMP_NUM_THREADS: '4' }),
  description: 'For tasks that hold their data in memory.',
  tuneUpTo: { memory: Size.gibibytes(2) },
});
airflow.addConnection('aws_default', AirflowConnection.withoutSecret('aws', { extra: { region_name: 'eu-central-1' } }));
app.synth();

console.log(airflow.notes);
