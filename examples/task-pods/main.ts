import { App } from 'cdk8s';
import { AirflowChart, AirflowVersion, TaskLogs } from 'cdk8s-airflow';
import { addTaskPods } from './task-pods';

const app = new App();
const { airflow } = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-task-pods',
  version: AirflowVersion.of(process.env.AIRFLOW_VERSION ?? '3.3.2'),
  logs: TaskLogs.newClaim(),
});
addTaskPods(airflow);
// Tasks start pods of their own, by KubernetesPodOperator and @task.kubernetes.
airflow.allowPodOperator();
app.synth();

console.log(airflow.notes);
