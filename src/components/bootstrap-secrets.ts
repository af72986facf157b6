import { ApiObject, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { hashedJob, JobOptions } from './job';
import { KUBERNETES } from '../core/endpoints';
import { SecretKind } from '../core/generated-secrets';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { commonSpec, podSecurity } from '../core/plain-pod';
import { run, SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { renderResources } from '../kubernetes/render';
import { renderPod } from '../kubernetes/render-pod';
import { roleWithBinding } from '../kubernetes/role';

const ROLE = 'bootstrap-secrets';

/**
 * Properties of `BootstrapSecrets`.
 */
export interface BootstrapSecretsProps extends JobOptions {
  /** The Airflow that it serves. */
  readonly airflow: IAirflow;
}

/**
 * A Job that creates the Secrets of an Airflow once: what exists is never changed, so a second run does nothing.
 *
 * It may create Secrets and look at its own, by name. The Secrets outlive it: delete them by hand.
 */
export class BootstrapSecrets extends Construct {
  /** The Job: the way out, for a patch. */
  public readonly workload: ApiObject;
  /** The service account that the pod runs as. */
  public readonly serviceAccount: kplus.IServiceAccount;
  /** The names of the Secrets that it creates. */
  public readonly secretNames: string[];

  constructor(scope: Construct, id: string, props: BootstrapSecretsProps) {
    checkMembers('BootstrapSecretsProps', props, scope, id);
    super(scope, id);
    const instance = props.airflow._instance;
    const secrets = props.airflow._generated.seal();
    this.secretNames = Object.keys(secrets);
    const labels = { ...instance.labels, 'app.kubernetes.io/component': ROLE };
    this.serviceAccount = props.airflow.rbac._createAccount(this, ROLE);
    props.airflow._network.add(this, `${ROLE} (Job)`, () => [{ ...KUBERNETES, purpose: 'creates Secrets' }]);
    if (props.airflow.rbac._createRoles) {
      roleWithBinding(this, 'role', [
        // To create cannot be bound to a name; everything else is.
        { resources: ['secrets'], verbs: ['create'] },
        { resources: ['secrets'], resourceNames: this.secretNames, verbs: ['get', 'patch'] },
      ], () => [{ name: this.serviceAccount.name, namespace: Chart.of(this).namespace! }], { labels });
    }
    const { image, common } = instance;
    const template = renderPod(this, {
      labels: { ...common.labels, ...labels },
      annotations: common.annotations,
      serviceAccountName: this.serviceAccount.name,
      automountServiceAccountToken: true,
      imagePullSecrets: image.pullSecrets.map(secret => secret.name),
      restartPolicy: 'OnFailure',
      security: podSecurity(common.securityContext),
      containers: [{
        name: ROLE,
        image: image.reference,
        imagePullPolicy: image.pullPolicy,
        command: run('bootstrap_secrets.py', this.argument(secrets, labels)),
        mounts: [{ name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true }],
        readOnlyRootFilesystem: common.securityContext?.readOnlyRootFilesystem,
        resources: renderResources(SCRIPT_RESOURCES),
      }],
      volumes: [{ name: 'scripts', configMap: { name: instance.configMaps.scripts } }],
      spec: commonSpec(common),
    });
    this.workload = hashedJob(this, template, labels, props);
  }

  private argument(secrets: { [name: string]: { [key: string]: SecretKind } }, labels: { [name: string]: string }): string {
    return JSON.stringify(Object.fromEntries(Object.entries(secrets).map(([name, data]) => [name, { labels, data }])));
  }
}
