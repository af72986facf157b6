import { App, Chart, Size } from 'cdk8s';
import { Airflow, AirflowConnection, AirflowImage, AirflowVersion, DagSource, Executor, TaskLogs } from 'cdk8s-airflow';
import { PersistentVolumeAccessMode, PersistentVolumeClaim } from 'cdk8s-plus-27';

const image = AirflowImage.official(AirflowVersion.of(process.env.AIRFLOW_VERSION ?? '3.3.2'));

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: 'airflow-local' });
const dags = new PersistentVolumeClaim(chart, 'dags', {
  accessModes: [PersistentVolumeAccessMode.READ_WRITE_MANY],
  storage: Size.gibibytes(1),
});
const airflow = new Airflow(chart, 'airflow', {
  image,
  executor: Executor.local(),
  dags: DagSource.fromClaim(dags, { readOnly: false }),
  logs: TaskLogs.newClaim(),
});
// The container that hands over an XCom runs an image that the nodes have anyway, instead of one from Docker Hub.
airflow.addConnection('kubernetes_default', AirflowConnection.withoutSecret('kubernetes', { extra: { xcom_sidecar_container_image: image.reference } }));
airflow.allowPodOperator();
airflow.allowPodOperator({ namespace: 'airflow-local-jobs' });
app.synth();

console.log(airflow.notes);
