import { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { cronJob } from './job';
import { PodParts } from '../core/answer';
import { labelsFor, selectorLabels } from '../core/labels';
import { needsOf, Role } from '../core/needs';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { plainPod } from '../core/plain-pod';
import { run, SCRIPTS_PATH } from '../core/scripts';
import { environmentOf } from '../instance/common-environment';
import { IAirflow } from '../instance/i-airflow';
import { Instance } from '../instance/instance';
import { completeResources } from '../kubernetes/complete-resources';
import { Json } from '../kubernetes/pod';
import { bytesOf } from '../kubernetes/quantity';
import { renderResources } from '../kubernetes/render';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { failure } from '../kubernetes/validate';

const ROLE = 'log-groomer';

/**
 * Properties of `LogGroomer`.
 */
export interface LogGroomerProps {
  /** The Airflow whose logs the CronJob deletes. */
  readonly airflow: IAirflow;
}

/**
 * A CronJob that deletes old logs from the claim that all pods share. A sidecar in each pod would repeat the same work.
 */
export class LogGroomer extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: LogGroomerProps): LogGroomer {
    return new LogGroomer(scope, id, props);
  }

  /** The CronJob object, for patches. */
  public readonly workload: ApiObject;

  private constructor(scope: Construct, id: string, props: LogGroomerProps) {
    super(scope, id, selectorLabels(props.airflow._labels, ROLE));
    const instance = props.airflow._instance;
    checkGroomed(props.airflow, instance.parts(Role.TASK), logsOf(instance));
    const labels = labelsFor(instance.labels, ROLE);
    // A deadline stops a run that hangs, for example while the file server is away, because it would block later runs. The next run
    // continues the work.
    this.workload = cronJob(this, props.airflow, instance.logs.retention!.schedule, this.template(props.airflow, labels), labels,
      { backoffLimit: 0, activeDeadline: Duration.hours(3), keptFailures: 1 });
    props.airflow._registry.enlist({
      scope: this, role: ROLE, label: `${ROLE} (CronJob)`, podLabels: this.podLabels, object: this.workload,
    });
  }

  private template(airflow: IAirflow, labels: { readonly [name: string]: string }): Json {
    const { image, common, configMaps, logs: { retention } } = airflow._instance;
    const parts = logsOf(airflow._instance);
    const { maxAge, maxSize, resources } = retention!;
    const environment = environmentOf(common);
    const limit = maxSize === undefined ? [] : [`${Math.floor(bytesOf(maxSize) / 1024 ** 2)}`];
    return renderPod(this, plainPod(airflow, {
      labels,
      restartPolicy: 'Never',
      containers: [{
        name: ROLE,
        image: image.reference,
        imagePullPolicy: image.pullPolicy,
        command: run('groom_logs.py', `${image.airflowHome}/logs`, ...limit, '--age', `${maxAge.toSeconds()}`, '--once'),
        env: environment.env,
        envFrom: environment.envFrom,
        mounts: [{ name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true }, ...parts.mounts ?? [], ...environment.mounts],
        readOnlyRootFilesystem: common.securityContext?.readOnlyRootFilesystem,
        resources: renderResources(completeResources(resources, completeResources(common.helperResources, SCRIPT_RESOURCES))),
      }],
      volumes: [{ name: 'scripts', configMap: { name: configMaps.scripts } }, ...parts.volumes ?? [], ...environment.volumes],
    }));
  }
}

/** The claim of the logs, with the mounts of a task. */
function logsOf({ logs, traits }: Instance): PodParts {
  return logs.parts(Role.TASK, needsOf(Role.TASK, traits));
}

/** Throws if other files that tasks read are in the folder of the logs, because old files there are deleted. */
export function checkGroomed(scope: Construct, parts: PodParts[], logs: PodParts): void {
  const [{ claim, folder }] = foldersOf(logs);
  const other = parts
    .filter(part => part !== logs)
    .flatMap(foldersOf)
    .find(found => found.claim === claim && `${found.folder}/`.startsWith(folder && `${folder}/`));
  if (other !== undefined) {
    throw failure(scope, `'logs.retention' deletes what is old ${folder === '' ? '' : `in '${folder}' `}on the claim '${claim}', `
      + `but '${other.mountPath}' is there, too; give 'logs' a 'subPath' of its own, or leave 'retention' out`);
  }
}
function foldersOf({ volumes = [], mounts = [] }: PodParts): { claim: string; folder: string; mountPath: string }[] {
  return mounts.flatMap(({ name, mountPath, subPath = '' }) => {
    const volume = volumes.find(other => other.name === name) as { persistentVolumeClaim?: { claimName: string } } | undefined;
    return volume?.persistentVolumeClaim === undefined
      ? []
      : [{ claim: volume.persistentVolumeClaim.claimName, folder: subPath, mountPath }];
  });
}
