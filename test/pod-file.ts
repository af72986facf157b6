import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { stringify } from 'yaml';
import { Container, PodSpec } from './util';

type Fields = { readonly [field: string]: unknown };

/** A pod template as a team writes it for the KubernetesExecutor. */
const BLOG = `
apiVersion: v1
kind: Pod
metadata:
  name: airflow-worker
  labels:
    tier: airflow
    component: worker
spec:
  serviceAccountName: airflow
  nodeSelector:
    pool: workers
  tolerations:
    - key: dedicated
      operator: Equal
      value: airflow
      effect: NoSchedule
  containers:
    - name: base
      image: apache/airflow:RELEASE-python3.11
      resources:
        requests: { cpu: 500m, memory: 1Gi }
        limits: { cpu: "2", memory: 4Gi }
      env:
        - name: AIRFLOW__CORE__EXECUTOR
          value: KubernetesExecutor
      volumeMounts:
        - { name: dags, mountPath: /opt/airflow/dags }
        - { name: logs, mountPath: /opt/airflow/logs }
  volumes:
    - { name: dags, emptyDir: {} }
    - { name: logs, emptyDir: {} }
  restartPolicy: Never
  terminationGracePeriodSeconds: 600
`;

/** That template as a file, for a series of Airflow. */
export function blogFile(release = '3.3.2'): string {
  return podFile(BLOG.replace('RELEASE', release));
}

/** A file with that text, or with that object as YAML. */
export function podFile(content: string | object): string {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'pod-file-')), 'pod.yaml');
  fs.writeFileSync(file, typeof content === 'string' ? content : stringify(content, { version: '1.1' }));
  return file;
}

/** A file with a pod of one container `base` and the given fields of spec and metadata. */
export function specFile(spec: Partial<PodSpec> | Fields, metadata: Fields = {}): string {
  return podFile({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'base' }], ...spec } });
}

/** A file with a pod of one container `base` of the given fields. */
export function baseFile(base: Partial<Container> | Fields, spec: Fields = {}): string {
  return specFile({ containers: [{ name: 'base', ...base }], ...spec });
}
