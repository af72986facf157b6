import { App } from 'cdk8s';
import { AirflowChart, AirflowVersion } from 'cdk8s-airflow';
import { addTaskPods, production } from './production';

const app = new App();
const version = AirflowVersion.of(process.env.AIRFLOW_VERSION ?? '3.3.2');
// Another repository and another S3 than those of the cloud, for a trial inside a cluster.
const { DAGS_REPO: repo, S3_URL: s3Url } = process.env;
const { airflow } = new AirflowChart(app, 'airflow', { namespace: 'airflow-production', ...production(app, version, { repo, s3Url }) });
addTaskPods(airflow);
app.synth();

console.log(airflow.notes);
