import { ApiObject } from 'cdk8s';
import { BindContext } from './bind-context';
import { shortened } from './names';
import { ObjectMetadata } from '../kubernetes/pod-options';

/**
 * The labels that all objects of an instance share.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function instanceLabels(instance: string): { [name: string]: string } {
  return {
    'app.kubernetes.io/name': 'airflow',
    'app.kubernetes.io/instance': shortened(instance),
    'app.kubernetes.io/managed-by': 'cdk8s-airflow',
  };
}

/** The labels of the objects of one component. */
export function labelsFor(instance: { readonly [name: string]: string }, component: string): { [name: string]: string } {
  return { ...instance, 'app.kubernetes.io/component': component };
}

/** The metadata of an object that belongs to the whole instance. */
export function sharedMetadata(
  airflow: BindContext, kind: string, part: string,
): { readonly name?: string; readonly labels: { readonly [name: string]: string } } {
  return { ...airflow._names.metadata({ scope: airflow, kind, part }), labels: airflow._labels };
}

/** The label with the set of Celery workers of a pod. */
const WORKER_SET_LABEL = 'cdk8s-airflow/worker-set';

/**
 * The labels that select the pods of one component. A Deployment cannot change its selector later, so it contains nothing that changes
 * with the code.
 *
 * @param set the name of a set of Celery workers
 */
export function selectorLabels(
  instance: { readonly [name: string]: string },
  component: string,
  set?: string,
): { [name: string]: string } {
  return {
    'app.kubernetes.io/name': instance['app.kubernetes.io/name'],
    'app.kubernetes.io/instance': instance['app.kubernetes.io/instance'],
    'app.kubernetes.io/component': shortened(component),
    ...(set === undefined ? {} : { [WORKER_SET_LABEL]: shortened(set) }),
  };
}

/** The label with the name of the task pod from which a pod was created. */
export const TASK_POD_LABEL = 'cdk8s-airflow/task-pod';

/** The labels of an object, for other objects that belong to it. */
export function labelsOf(object: ApiObject): { [name: string]: string } {
  return (object.metadata.toJson() as { labels: { [name: string]: string } }).labels;
}

/** The metadata of an object that also has labels and annotations of the user. None of them replaces a label of the library. */
export function withGiven({ labels, annotations }: ObjectMetadata = {}, own: { readonly [name: string]: string }): ObjectMetadata {
  return { labels: { ...labels, ...own }, ...annotations && { annotations } };
}

/**
 * The annotations that tell the cluster autoscaler and Karpenter whether they may evict the pod to remove a node.
 *
 * @param disrupts whether Karpenter may, if it differs
 */
export function evictionAnnotations(safeToEvict?: boolean, disrupts = safeToEvict): { [name: string]: string } {
  return safeToEvict === undefined ? {} : {
    'cluster-autoscaler.kubernetes.io/safe-to-evict': `${safeToEvict}`,
    'karpenter.sh/do-not-disrupt': `${!disrupts}`,
  };
}

/** Whether the annotations already tell an autoscaler whether it may evict the pod. */
export function saysEviction({ annotations = {} }: ObjectMetadata = {}): boolean {
  return Object.keys(evictionAnnotations(false)).some(name => annotations[name] !== undefined);
}
