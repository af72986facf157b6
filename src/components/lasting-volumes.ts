import { ApiObject, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { BY_ADDRESS, BY_IPV6_ADDRESS, BY_NAME } from '../core/import-paths';
import { labelsFor } from '../core/labels';
import { needsOf, Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { EnvVar } from '../kubernetes/pod';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { plainService } from '../kubernetes/service';

/**
 * A volume of each pod of a component. The next pod of the same name gets it again.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
export interface LastingVolumeOptions {
  /** The size of each volume. */
  readonly size: Size;

  /**
   * The storage class.
   *
   * @default - the default storage class of the cluster
   */
  readonly storageClassName?: string;

  /**
   * Annotations of the claims, for example for a backup tool.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };

  /**
   * Whether Kubernetes deletes the volumes when the component is deleted. The volumes of one component share the value.
   *
   * @default false
   */
  readonly deleteWithSet?: boolean;

  /**
   * Whether Kubernetes deletes the volumes of a pod when the component is scaled down. The volumes of one component share the value.
   *
   * @default false
   */
  readonly deleteWhenScaled?: boolean;
}

/**
 * A volume for the logs of each pod. It outlives the pod. The component is then a StatefulSet, whose pods keep their names.
 */
export interface LogVolumeOptions extends LastingVolumeOptions {}

/**
 * A volume of each pod for any purpose, such as a cache of models. It outlives the pod.
 */
export interface ClaimTemplateOptions extends LastingVolumeOptions {
  /** The name of the volume, unique in the pod. */
  readonly name: string;

  /** The path at which the main container mounts the volume. */
  readonly mountPath: string;

  /**
   * The access mode of the claims.
   *
   * @default PersistentVolumeAccessMode.READ_WRITE_ONCE
   */
  readonly accessMode?: kplus.PersistentVolumeAccessMode;
}

/** The name of the volume of logs. */
export const LOGS = 'logs';

/** The volumes of the pods of a component, which outlive the pods. */
export interface LastingVolumes {
  readonly logs?: LogVolumeOptions;
  readonly claims?: ClaimTemplateOptions[];
}

/** Whether the component is a StatefulSet, because its pods have volumes that outlive them. */
export function isStateful({ logs, claims = [] }: LastingVolumes): boolean {
  return logs !== undefined || claims.length > 0;
}

/**
 * A pod of a StatefulSet is found by its DNS name, unless `config` sets another `hostname_callable` for all components. Its logs are then
 * still found after another pod of that name has replaced it.
 */
export function hostname({ config }: IAirflow, volumes: LastingVolumes): EnvVar[] {
  const byAddress = [BY_ADDRESS, BY_IPV6_ADDRESS].includes(config._pin('core', 'hostname_callable')!);
  return isStateful(volumes) && byAddress ? [{ name: 'AIRFLOW__CORE__HOSTNAME_CALLABLE', value: BY_NAME }] : [];
}

/** The headless Service that gives each pod of a StatefulSet its DNS name; undefined for a Deployment. */
export function headlessService(scope: SelectablePods, airflow: IAirflow, role: Role, workload: ApiObject): kplus.Service | undefined {
  if (workload.kind !== 'StatefulSet') { return undefined; }
  const { name, containerPort } = needsOf(role, airflow._instance.traits).servesLogs!;
  const service = plainService(new kplus.Service(scope, 'service', {
    metadata: { name: workload.name, labels: labelsFor(airflow._instance.labels, role) },
    selector: kplus.Pods.select(scope, 'pods', { labels: { ...scope.podLabels } }),
    clusterIP: 'None',
    ports: [{ name, port: containerPort }],
  }), airflow._ipFamily);
  // A pod that is stopping, but finishes its tasks, still serves their logs.
  ApiObject.of(service).addJsonPatch(JsonPatch.add('/spec/publishNotReadyAddresses', true));
  return service;
}
