import { ApiObject, Chart, Names } from 'cdk8s';
import { Construct } from 'constructs';
import type { Airflow } from '../airflow';
import { commonSpec, podSecurity } from '../private/airflow-pod';
import { SCRIPT_RESOURCES } from '../private/base-parts';
import { checkGroomed } from '../private/claim';
import { renderResources } from '../private/kube';
import { Json, renderPod } from '../private/pod';
import { Role } from '../private/roles';
import { run, SCRIPTS_PATH } from '../private/scripts';

const ROLE = 'log-groomer';

/**
 * Properties of `LogGroomer`.
 */
export interface LogGroomerProps {
  /** The Airflow whose logs they are. */
  readonly airflow: Airflow;
}

/**
 * A CronJob that deletes old logs from the claim that all pods share, where a sidecar of each would do the same work again.
 */
export class LogGroomer extends Construct {
  /** The CronJob: the way out, for a patch. */
  public readonly workload: ApiObject;

  constructor(scope: Construct, id: string, props: LogGroomerProps) {
    super(scope, id);
    const instance = props.airflow._instance;
    checkGroomed(props.airflow, instance.parts(Role.TASK), instance.logs.parts);
    const labels = { ...instance.labels, 'app.kubernetes.io/component': ROLE };
    props.airflow._network.add(this, `${ROLE} (CronJob)`);
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      // Its Jobs have the time of their start after its name.
      metadata: { name: Names.toDnsLabel(this, { maxLen: 52 }), namespace: Chart.of(this).namespace, labels },
      spec: {
        schedule: instance.logs.retention!.schedule.expressionString,
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        // What one run leaves undone the next one does, and one that hangs, on a file server that is away, holds up the others.
        jobTemplate: {
          metadata: { labels },
          spec: { backoffLimit: 0, activeDeadlineSeconds: 3 * 3600, template: this.template(props.airflow, labels) },
        },
      },
    });
  }

  private template(airflow: Airflow, labels: { readonly [name: string]: string }): Json {
    const { image, common, configMaps, logs: { parts, retention } } = airflow._instance;
    const { maxAge, maxSize, resources } = retention!;
    const limit = maxSize === undefined ? [] : [`${Math.floor(maxSize.toKibibytes() / 1024)}`];
    return renderPod(this, {
      labels: { ...common.labels, ...labels },
      annotations: common.annotations,
      automountServiceAccountToken: false,
      imagePullSecrets: image.pullSecrets.map(secret => secret.name),
      restartPolicy: 'Never',
      security: podSecurity(common.securityContext),
      containers: [{
        name: ROLE,
        image: image.reference,
        imagePullPolicy: image.pullPolicy,
        command: run('groom_logs.py', `${image.airflowHome}/logs`, ...limit, '--age', `${maxAge.toSeconds()}`, '--once'),
        mounts: [{ name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true }, ...parts.mounts ?? []],
        readOnlyRootFilesystem: common.securityContext?.readOnlyRootFilesystem,
        resources: renderResources(resources ?? SCRIPT_RESOURCES),
      }],
      volumes: [{ name: 'scripts', configMap: { name: configMaps.scripts } }, ...parts.volumes ?? []],
      spec: commonSpec(common),
    });
  }
}
