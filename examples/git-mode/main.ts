import { App, Duration, Size } from 'cdk8s';
import { AirflowChart, AirflowVersion, DagSource, Executor, Exposure, TaskLogs } from 'cdk8s-airflow';

// Airflow's own examples, unless another repository is named.
const {
  DAGS_REPO = 'https://github.com/apache/airflow.git',
  DAGS_REF = '3.3.2',
  DAGS_PATH = 'airflow-core/src/airflow/example_dags',
} = process.env;

const app = new App();
const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-git-mode',
  version: AirflowVersion.V3_3,
  executor: Executor.kubernetes(),
  dags: DagSource.gitSync({ repo: DAGS_REPO, ref: DAGS_REF, subPath: DAGS_PATH, period: Duration.seconds(15) }),
  logs: TaskLogs.newClaim({ size: Size.gibibytes(2) }),
  apiServer: {
    exposure: Exposure.loadBalancer(),
    // Whoever reaches the UI does not reach the server of the tasks.
    executionApi: {},
  },
  config: { core: { load_examples: 'False' } },
});
app.synth();

console.log(chart.airflow.notes);
