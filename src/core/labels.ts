import { ApiObject, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { ObjectMetadata } from '../kubernetes/pod-options';

/**
 * The labels that all objects of an instance share.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function instanceLabels(airflow: Construct): { [name: string]: string } {
  return {
    'app.kubernetes.io/name': 'airflow',
    'app.kubernetes.io/instance': Names.toLabelValue(airflow),
    'app.kubernetes.io/managed-by': 'cdk8s-airflow',
  };
}

/** What selects the pods of one component: the address keeps two of a kind apart. */
export function selectorLabels(component: Construct, instance: { readonly [name: string]: string }, role: string): { [name: string]: string } {
  return {
    'app.kubernetes.io/name': instance['app.kubernetes.io/name'],
    'app.kubernetes.io/instance': instance['app.kubernetes.io/instance'],
    'app.kubernetes.io/component': role,
    'cdk8s.io/metadata.addr': component.node.addr,
  };
}

/** By which task pod a pod was made. */
export const TASK_POD_LABEL = 'cdk8s-airflow/task-pod';

/** The labels of an object, for others that belong to it. */
export function labelsOf(object: ApiObject): { [name: string]: string } {
  return (object.metadata.toJson() as { labels: { [name: string]: string } }).labels;
}

/** What tells the cluster autoscaler, and Karpenter, whether they may evict the pod to remove a node. */
export function evictionAnnotations(safeToEvict?: boolean): { [name: string]: string } {
  return safeToEvict === undefined ? {} : {
    'cluster-autoscaler.kubernetes.io/safe-to-evict': `${safeToEvict}`,
    'karpenter.sh/do-not-disrupt': `${!safeToEvict}`,
  };
}

/** Whether annotations tell the autoscalers so, or the other way round. */
export function saysEviction({ annotations = {} }: ObjectMetadata = {}): boolean {
  return Object.keys(evictionAnnotations(false)).some(name => annotations[name] !== undefined);
}
