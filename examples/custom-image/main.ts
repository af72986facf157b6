import { App } from 'cdk8s';
import { AirflowChart, AirflowConnection, AirflowImage, AirflowVersion } from 'cdk8s-airflow';
import { EnvValue } from 'cdk8s-plus-27';

const app = new App();
const { airflow } = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-custom-image',
  // Another build is another tag, whatever it is called; the version is that of the Airflow inside.
  image: AirflowImage.of(process.env.AIRFLOW_IMAGE ?? 'registry.example.com/data/airflow:3.3.2-1', { version: AirflowVersion.of('3.3.2') }),
});
airflow.addVariable('country', EnvValue.fromValue('DE'));
airflow.addConnection('calendar', AirflowConnection.withoutSecret('http', { host: 'https://calendar.example.com' }));
app.synth();

console.log(airflow.notes);
