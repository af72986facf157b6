import { App, Size } from 'cdk8s';
import { AirflowChart, AirflowVersion, Executor, TaskLogs } from 'cdk8s-airflow';
import { Cpu } from 'cdk8s-plus-27';

const app = new App();
const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-2',
  version: AirflowVersion.V2_11,
  executor: Executor.kubernetes(),
  webserver: { resources: { cpu: { request: Cpu.millis(200) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(2) } } },
  // Takes the parsing of DAG files out of the scheduler, as Airflow 3 always does.
  dagProcessor: {},
  logs: TaskLogs.claim(),
});
app.synth();

console.log(chart.airflow.notes);
