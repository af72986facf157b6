import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Airflow } from '../airflow';
import { ServiceAccountOptions } from '../pod-options';
import { needsOf, Role } from '../private/roles';

/** Verbs on a resource of the core API group. */
interface Rule {
  readonly resource: string;
  readonly verbs: string[];
}

// What the KubernetesExecutor calls: PodGenerator's pods, its watcher and the adoption of pods after a restart.
const EXECUTOR_RULES: Rule[] = [
  { resource: 'pods', verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
];
// How the UI shows the log of a task while its pod runs.
const LOG_RULES: Rule[] = [
  { resource: 'pods', verbs: ['get', 'list'] },
  { resource: 'pods/log', verbs: ['get'] },
];
// What KubernetesPodOperator calls, from tasks and (deferrable) from the triggerer.
const POD_OPERATOR_RULES: Rule[] = [
  { resource: 'pods', verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
  { resource: 'pods/log', verbs: ['get'] },
  { resource: 'pods/exec', verbs: ['create', 'get'] },
  { resource: 'events', verbs: ['list', 'watch'] },
];

/**
 * Properties of `Rbac`.
 */
export interface RbacProps {
  /** The Airflow that it serves. */
  readonly airflow: Airflow;

  /**
   * Whether roles and bindings are created; without them someone else grants the rights.
   *
   * @default true
   */
  readonly createRoles?: boolean;
}

/**
 * The service accounts of an Airflow and what they may do: namespaced, from actual needs, nothing cluster-wide.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class Rbac extends Construct {
  private readonly airflow: Airflow;
  private readonly createRoles: boolean;
  private readonly bindings = new Map<string, kplus.RoleBinding>();
  private readonly operatorAccounts: kplus.IServiceAccount[] = [];
  private readonly podOperatorNamespaces = new Set<string | undefined>();

  constructor(scope: Construct, id: string, props: RbacProps) {
    super(scope, id);
    this.airflow = props.airflow;
    this.createRoles = props.createRoles ?? true;
  }

  /**
   * The account of a component: the user's, or a new one; with the rights that the role needs.
   *
   * @internal
   */
  public _account(component: Construct, role: Role, options: ServiceAccountOptions = {}): kplus.IServiceAccount {
    const account = options.existing ?? this._createAccount(component, role, options.annotations);
    const needs = needsOf(role, this.airflow._instance.traits);
    if (needs.taskPods === 'launch') { this.grant('pod-launcher', EXECUTOR_RULES, account); }
    if (needs.taskPods === 'read') { this.grant('pod-log-reader', LOG_RULES, account); }
    if (needs.runsOperators) {
      this.operatorAccounts.push(account);
      this.podOperatorNamespaces.forEach(namespace => this.grantPodOperator(account, namespace));
    }
    return account;
  }

  /**
   * Lets every role that runs operators start pods in a namespace, now and when it is created later.
   *
   * @internal
   */
  public _allowPodOperator(namespace?: string): void {
    this.podOperatorNamespaces.add(namespace);
    this.operatorAccounts.forEach(account => this.grantPodOperator(account, namespace));
  }

  /**
   * @internal
   */
  public get _podOperatorIsAllowed(): boolean {
    return this.podOperatorNamespaces.size > 0;
  }

  /**
   * An account without rights.
   *
   * @internal
   */
  public _createAccount(component: Construct, role: string, annotations?: ServiceAccountOptions['annotations']): kplus.IServiceAccount {
    return new kplus.ServiceAccount(component, 'service-account', {
      // The pod decides, so that a token is never there by accident.
      automountToken: false,
      metadata: {
        labels: { ...this.airflow._instance.labels, 'app.kubernetes.io/component': role },
        annotations,
      },
    });
  }

  private grantPodOperator(account: kplus.IServiceAccount, namespace?: string): void {
    this.grant(`pod-operator${namespace === undefined ? '' : `-${namespace}`}`, POD_OPERATOR_RULES, account, namespace);
  }

  private grant(id: string, rules: Rule[], account: kplus.IServiceAccount, namespace?: string): void {
    if (!this.createRoles) { return; }
    let binding = this.bindings.get(id);
    if (binding === undefined) {
      const metadata = { labels: { ...this.airflow._instance.labels }, namespace };
      const role = new kplus.Role(this, id, {
        metadata,
        rules: rules.map(rule => ({ verbs: rule.verbs, resources: [coreResource(rule.resource)] })),
      });
      binding = new kplus.RoleBinding(this, `${id}-binding`, { metadata, role });
      this.bindings.set(id, binding);
    }
    const subject = `${id}-${account.name}`;
    if (this.node.tryFindChild(subject) !== undefined) { return; }
    // An account that was only named does not know its namespace; it is that of the pods that run as it.
    binding.addSubjects(kplus.ServiceAccount.fromServiceAccountName(this, subject, account.name, { namespaceName: Chart.of(this).namespace }));
  }
}

function coreResource(resourceType: string): kplus.IApiResource {
  return kplus.ApiResource.custom({ apiGroup: '', resourceType });
}
