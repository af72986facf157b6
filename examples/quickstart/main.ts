import { App } from 'cdk8s';
import { AirflowChart } from 'cdk8s-airflow';

const app = new App();
const chart = new AirflowChart(app, 'airflow');
app.synth();

console.log(chart.airflow.notes);
