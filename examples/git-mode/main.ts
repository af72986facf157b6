import { App, Duration, Size } from 'cdk8s';
import { AirflowChart, AirflowVersion, DagSource, Executor, TaskLogs } from 'cdk8s-airflow';
import { ServiceType } from 'cdk8s-plus-27';

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
  apiServer: { service: { type: ServiceType.LOAD_BALANCER, port: 8080 } },
  config: { core: { load_examples: 'False' } },
});
app.synth();

console.log(chart.airflow.notes);
