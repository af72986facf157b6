import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { SecretKind } from '../core/generated-secrets';
import { labelsFor, withGiven } from '../core/labels';
import { partOf } from '../core/names';
import { Role } from '../core/needs';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { run } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';
import { completeResources } from '../kubernetes/complete-resources';
import { ObjectMetadata } from '../kubernetes/pod-options';
import { roleWithBinding } from '../kubernetes/role';

/**
 * Properties of `BootstrapSecrets`.
 */
export interface BootstrapSecretsProps extends JobOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * A Job that creates the Secrets of an Airflow once. It never changes a key that exists, so a second run does nothing.
 *
 * Its Role permits it to create Secrets, and to read and patch only its own Secrets by name. The Secrets outlive the Job: delete them by
 * hand.
 */
export class BootstrapSecrets extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: BootstrapSecretsProps): BootstrapSecrets {
    return new BootstrapSecrets(scope, id, props);
  }

  /** The names of the Secrets that the Job creates. */
  public readonly secretNames: string[];

  private constructor(scope: Construct, id: string, props: BootstrapSecretsProps) {
    const { airflow } = props;
    const secrets = airflow._generated.seal();
    const secretNames = Object.keys(secrets);
    const labels = labelsFor(airflow._instance.labels, Role.BOOTSTRAP_SECRETS);
    super(scope, id, props, Role.BOOTSTRAP_SECRETS, () => ({
      command: run('bootstrap_secrets.py', argument(secrets, withGiven(airflow._common.objects?.secrets, labels))),
      resources: completeResources(airflow._common.helperResources, SCRIPT_RESOURCES),
      makes: secretNames,
    }));
    this.secretNames = secretNames;
    if (airflow.rbac._createRoles) {
      airflow.rbac._grants.push(roleWithBinding(this, 'role', [
        // RBAC cannot restrict `create` to a name; all other verbs are restricted.
        { resources: ['secrets'], verbs: ['create'] },
        { resources: ['secrets'], resourceNames: this.secretNames, verbs: ['get', 'patch'] },
      ], () => [{ name: this.serviceAccount.name, namespace: Chart.of(this).namespace! }], {
        ...props.airflow._names.metadata({ scope: this, kind: 'Role', part: partOf(this) }), labels,
      }));
    }
  }
}

/** The argument of the script: each Secret with its metadata, and the kinds of its values. */
function argument(secrets: { [name: string]: { [key: string]: SecretKind } }, metadata: ObjectMetadata): string {
  return JSON.stringify(Object.fromEntries(Object.entries(secrets).map(([name, data]) => [name, { ...metadata, data }])));
}
