import { App } from 'cdk8s';
import { AirflowChart, AirflowVersion, Executor, Resources, TaskLogs } from 'cdk8s-airflow';

const app = new App();
const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-2',
  version: AirflowVersion.V2_11,
  executor: Executor.kubernetes(),
  webserver: { resources: Resources.of({ requests: { cpu: '200m', memory: '1Gi' }, limits: { memory: '2Gi' } }) },
  // Takes the parsing of DAG files out of the scheduler, as Airflow 3 always does.
  dagProcessor: {},
  logs: TaskLogs.newClaim(),
});
app.synth();

console.log(chart.airflow.notes);
