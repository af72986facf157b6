import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Airflow } from '../airflow';
import { ServiceAccountOptions } from '../pod-options';
import { roleWithBinding, Rule } from '../private/role';
import { needsOf, Role } from '../private/roles';
import { failure } from '../private/validate';

// What the KubernetesExecutor calls: PodGenerator's pods, its watcher and the adoption of pods after a restart.
const EXECUTOR_RULES: Rule[] = [
  { resources: ['pods'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
];
// How the UI shows the log of a task while its pod runs.
const LOG_RULES: Rule[] = [
  { resources: ['pods'], verbs: ['get', 'list'] },
  { resources: ['pods/log'], verbs: ['get'] },
];
// What KubernetesPodOperator calls, from tasks and (deferrable) from the triggerer.
const POD_OPERATOR_RULES: Rule[] = [
  { resources: ['pods'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
  { resources: ['pods/log'], verbs: ['get'] },
  { resources: ['pods/exec'], verbs: ['create', 'get'] },
  { resources: ['events'], verbs: ['list', 'watch'] },
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
  /**
   * @internal
   */
  public readonly _createRoles: boolean;

  private readonly airflow: Airflow;
  private readonly accounts = new Map<string, Set<string>>();
  private readonly operatorAccounts: kplus.IServiceAccount[] = [];
  private readonly podOperatorNamespaces = new Set<string | undefined>();

  constructor(scope: Construct, id: string, props: RbacProps) {
    super(scope, id);
    this.airflow = props.airflow;
    this._createRoles = props.createRoles ?? true;
  }

  /**
   * The account of a component: the user's, or a new one; with the rights that the role needs.
   *
   * @internal
   */
  public _account(component: Construct, role: Role, options: ServiceAccountOptions = {}): kplus.IServiceAccount {
    if (options.existing !== undefined && options.annotations !== undefined) {
      throw failure(component, `'serviceAccount.annotations' are for an account that is created, but '${options.existing.name}' exists; annotate it there`);
    }
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
    if (!this._createRoles) { return; }
    let accounts = this.accounts.get(id);
    if (accounts === undefined) {
      accounts = new Set();
      this.accounts.set(id, accounts);
      roleWithBinding(this, id, rules, accounts, { labels: this.airflow._instance.labels, namespace });
    }
    accounts.add(account.name);
  }
}
