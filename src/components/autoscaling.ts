import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AutoscalingOptions, ComponentOptions } from '../component-options';
import { checkAtLeast, failure } from '../private/validate';

/**
 * Lets the cluster decide how many pods run; the Deployment then names no number that an apply would set back.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
export function autoscale(scope: Construct, workload: ApiObject, options: ComponentOptions, autoscaling: AutoscalingOptions): void {
  const min = autoscaling.minReplicas ?? 1;
  const utilization = autoscaling.cpuUtilization ?? 80;
  checkAtLeast(scope, 'workload.autoscaling.minReplicas', min, 1);
  checkAtLeast(scope, 'workload.autoscaling.maxReplicas', autoscaling.maxReplicas, min);
  checkAtLeast(scope, 'workload.autoscaling.cpuUtilization', utilization, 1);
  if (options.replicas !== undefined) {
    throw failure(scope, `'replicas' is decided by 'workload.autoscaling', got ${options.replicas}; leave one of them out`);
  }
  if (options.resources !== undefined && options.resources.cpu?.request === undefined) {
    throw failure(scope, "'workload.autoscaling' measures CPU against what is requested, but 'resources' requests none; set resources.cpu.request");
  }
  new ApiObject(scope, 'autoscaler', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { labels: workload.metadata.toJson().labels },
    spec: {
      scaleTargetRef: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.name },
      minReplicas: min,
      maxReplicas: autoscaling.maxReplicas,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: utilization } } }],
    },
  });
}
