import { join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { CopiedDags, dagFile, DagDelivery, MountedDags, PushedDags } from './dag-delivery';
import { kubernetesSample } from './kubernetes-sample';
import { ROOT } from './manifest';

/** What the test has to know of an example beyond its YAML. */
export interface Example {
  readonly name: string;
  readonly airflow3: boolean;
  /** Tasks are pods: the KubernetesExecutor. */
  readonly taskPods: boolean;
  /** The logs of tasks outlive their pods. */
  readonly keepsLogs: boolean;
  readonly dags: DagDelivery;
  /** What only this example shows. */
  readonly more?: (api: AirflowApi, namespaces: string[]) => Promise<void>;
}

const copied = [dagFile('e2e.py'), join(ROOT, 'examples', 'local-executor', 'dags', 'kubernetes_sample.py')];

export const EXAMPLES: Example[] = [
  { name: 'quickstart', airflow3: true, taskPods: true, keepsLogs: false, dags: new MountedDags() },
  { name: 'local-executor', airflow3: true, taskPods: false, keepsLogs: true, dags: new CopiedDags(copied), more: kubernetesSample },
  { name: 'git-sync', airflow3: true, taskPods: true, keepsLogs: true, dags: new PushedDags() },
  { name: 'airflow-2', airflow3: false, taskPods: true, keepsLogs: true, dags: new MountedDags() },
];
