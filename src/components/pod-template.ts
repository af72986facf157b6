import { ApiObject, Duration, Lazy, Size, Yaml } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Airflow } from '../airflow';
import { PodProps } from '../pod-options';
import { airflowPod } from '../private/airflow-pod';
import { canonical } from '../private/checksum';
import { Json, renderPod } from '../private/pod';
import { needsOf, Role } from '../private/roles';

const FILE = 'pod_template.yaml';
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(2) },
};

/**
 * Properties of `PodTemplate`.
 */
export interface PodTemplateProps extends PodProps {
  /** The Airflow that it serves. */
  readonly airflow: Airflow;
}

/**
 * The pod of a task under the KubernetesExecutor, before the task's own overrides.
 *
 * The scheduler reads it for every pod, so a change reaches the next task without a restart.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/kubernetes_executor.html#pod-template-file
 */
export class PodTemplate extends Construct {
  /** The ConfigMap that holds the template. */
  public readonly configMap: ApiObject;
  /** The service account that task pods run as. */
  public readonly serviceAccount: kplus.IServiceAccount;
  /** The file name in the ConfigMap. */
  public readonly fileName = FILE;

  private readonly airflow: Airflow;
  private readonly options: PodProps;

  constructor(scope: Construct, id: string, props: PodTemplateProps) {
    super(scope, id);
    this.airflow = props.airflow;
    this.options = props;
    const labels = { ...props.airflow._instance.labels, 'app.kubernetes.io/component': Role.TASK };
    this.serviceAccount = props.airflow.rbac._account(this, Role.TASK, props.serviceAccount);
    this.configMap = new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { labels },
      data: Lazy.any({ produce: () => ({ [FILE]: Yaml.stringify(canonical(this.toPod())) }) }),
    });
    this.toPod(); // what is wrong throws here, not at synth
  }

  private toPod(): Json {
    const instance = this.airflow._instance;
    const { metadata, spec } = renderPod(this, airflowPod(this, instance, {
      role: Role.TASK,
      containerName: 'base',
      restartPolicy: 'Never',
      resources: RESOURCES,
      terminationGracePeriod: Duration.minutes(10),
      serviceAccountName: this.serviceAccount.name,
      labels: { ...instance.labels, 'app.kubernetes.io/component': Role.TASK },
      followsConfig: false,
      // Airflow 2 renders the pod in the task itself, for the UI to show.
      parts: needsOf(Role.TASK, instance.traits).podTemplate ? this.airflow._podTemplateParts(this.configMap.name) : undefined,
    }, { ...this.options, pod: { ...this.options.pod, safeToEvict: this.options.pod?.safeToEvict ?? false } })) as { metadata: Json; spec: Json };
    // The name is a placeholder: the executor gives each pod its own.
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'task', ...metadata }, spec };
  }
}
