import { join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { celeryWorkers, deleteBroker } from './celery';
import { customImage } from './custom-image';
import { CopiedDags, dagFile, DagDelivery, MountedDags, PushedDags } from './dag-delivery';
import { dagSource } from './dag-sources';
import { databaseToken } from './database-token';
import { groomLogs } from './groom-logs';
import { kubernetesSample } from './kubernetes-sample';
import { Manifest } from './manifest';
import { production } from './production';
import { report } from './report';
import { taskPods } from './task-pods';
import { ROOT } from '../markdown';

/** What the test has to know of an example beyond its YAML. */
export interface Example {
  readonly name: string;
  /** Of an example that is run more than once. */
  readonly variant?: string;
  /** Of Airflow. */
  readonly version: string;
  /** Tasks are pods: the KubernetesExecutor. */
  readonly taskPods: boolean;
  /** The logs of tasks outlive their pods. */
  readonly keepsLogs: boolean;
  readonly dags: DagDelivery;
  /** What only this example shows. */
  readonly more?: (api: AirflowApi, manifest: Manifest) => Promise<void>;
}

export function titleOf({ name, variant }: Example): string {
  return [name, variant].filter(Boolean).join('@');
}

const [NEWEST, OLD] = ['3.3.2', '2.11.2'];
const exampleFile = (...names: string[]) => join(ROOT, 'examples', ...names);
const chosen = [exampleFile('task-pods', 'dags', 'task_pods.py'), dagFile('unknown_task_pod.py')];
const broker = dagFile('broker_deleted.py');
const workers = [broker, dagFile('workers.py')];
const copied = [dagFile('e2e.py'), exampleFile('local-executor', 'dags', 'kubernetes_sample.py')];

export const EXAMPLES: Example[] = [
  { name: 'quickstart', version: NEWEST, taskPods: true, keepsLogs: false, dags: new MountedDags() },
  {
    name: 'python-app',
    version: NEWEST,
    taskPods: true,
    keepsLogs: true,
    dags: new CopiedDags('dag-processor', [dagFile('e2e.py'), exampleFile('python-app', 'dags', 'report.py')], {}, exampleFile('python-app', 'main.py')),
    more: report,
  },
  localExecutor(NEWEST),
  localExecutor(OLD),
  { name: 'git-mode', version: NEWEST, taskPods: true, keepsLogs: true, dags: new PushedDags() },
  {
    name: 'persistent-volume-mode',
    version: NEWEST,
    taskPods: true,
    keepsLogs: true,
    dags: new CopiedDags('dag-processor', [dagFile('e2e.py')]),
    more: groomLogs,
  },
  production(NEWEST),
  production(OLD),
  { name: 'airflow-2', version: OLD, taskPods: true, keepsLogs: true, dags: new MountedDags() },
  ...[NEWEST, OLD].flatMap(version => [
    inVersion(version, { name: 'celery-redis', taskPods: false, more: celeryWorkers }, workers),
    inVersion(version, { name: 'celery-rabbitmq', taskPods: false, more: (api, { namespaces: [namespace] }) => deleteBroker(api, namespace, 'rabbitmq') }, [broker]),
    inVersion(version, { name: 'task-pods', taskPods: true, more: taskPods }, chosen),
  ]),
  // With KEDA in the cluster, which brings the workers that tasks wait for.
  { name: 'celery-keda', version: NEWEST, taskPods: false, keepsLogs: true, dags: new MountedDags() },
  databaseToken(NEWEST),
  databaseToken(OLD),
  { name: 'custom-image', version: NEWEST, taskPods: true, keepsLogs: false, dags: new MountedDags(), more: customImage },
  ...['ssh', 'https', 'shared', 'two-repositories', 'two-bundles', 'https-bundle'].map(way => dagSource(way, NEWEST)),
  ...['ssh', 'two-repositories'].map(way => dagSource(way, OLD)),
];

function localExecutor(version: string): Example {
  const dags = new CopiedDags('scheduler', copied, { AIRFLOW_VERSION: version });
  return { name: 'local-executor', variant: version, version, taskPods: false, keepsLogs: true, dags, more: kubernetesSample };
}

/** An example that takes its version from a variable, with DAGs that would be in the image. */
function inVersion(version: string, example: Pick<Example, 'name' | 'taskPods' | 'more'>, files: string[]): Example {
  const dags = new MountedDags(files, { AIRFLOW_VERSION: version });
  return { ...example, variant: version, version, keepsLogs: true, dags };
}
