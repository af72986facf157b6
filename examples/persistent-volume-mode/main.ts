import { App, Chart, Size } from 'cdk8s';
import { Airflow, AirflowVersion, Database, DagSource, Executor, Exposure, LogRetention, SecretKey, TaskLogs } from 'cdk8s-airflow';
import { IPersistentVolume, PersistentVolume, PersistentVolumeAccessMode } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

const { DAGS_VOLUME, LOGS_VOLUME, DATABASE_SECRET, NODE_PORT } = process.env;

/** DAGs that are copied through a pod or, on a volume that exists, are there already. */
function dags(scope: Construct): DagSource {
  const size = Size.gibibytes(2);
  return DAGS_VOLUME === undefined
    ? DagSource.newClaim({ size, readOnly: false })
    : DagSource.newClaim({ size, accessMode: PersistentVolumeAccessMode.READ_ONLY_MANY, volume: volume(scope, DAGS_VOLUME) });
}

function volume(scope: Construct, name: string): IPersistentVolume {
  return PersistentVolume.fromPersistentVolumeName(scope, name, name);
}

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: 'airflow-volume-mode' });
const airflow = new Airflow(chart, 'airflow', {
  version: AirflowVersion.V3_3,
  executor: Executor.kubernetes(),
  dags: dags(chart),
  logs: TaskLogs.newClaim({
    size: Size.gibibytes(2),
    volume: LOGS_VOLUME === undefined ? undefined : volume(chart, LOGS_VOLUME),
    retention: LogRetention.within(),
  }),
  // A database elsewhere, where a Secret with its connection is named.
  database: DATABASE_SECRET === undefined ? Database.inCluster() : Database.fromSecret(SecretKey.of(DATABASE_SECRET, 'connection')),
  apiServer: {
    exposure: Exposure.nodePort({ nodePort: NODE_PORT === undefined ? undefined : Number(NODE_PORT) }),
    // Whoever reaches the UI does not reach the server of the tasks.
    executionApi: {},
  },
  config: { core: { load_examples: 'False' } },
});
app.synth();

console.log(airflow.notes);
