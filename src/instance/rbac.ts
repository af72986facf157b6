import { ApiObject, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { identityOf } from './identity';
import { BindContext } from '../core/bind-context';
import { labelsFor } from '../core/labels';
import { partOf } from '../core/names';
import { needsOf, Role, Traits } from '../core/needs';
import { checkAccount, choosesAccount, sharedAccount } from '../core/shared-account';
import { ObjectMetadata } from '../kubernetes/pod-options';
import { Account, roleWithBinding, Rule } from '../kubernetes/role';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';

/** The permissions that service accounts get in a namespace. */
const RULES = {
  // The KubernetesExecutor creates the pods of PodGenerator, watches them, and adopts running pods after a restart.
  'pod-launcher': [
    { resources: ['pods'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
  ],
  // The UI shows the log of a task while its pod runs.
  'pod-log-reader': [
    { resources: ['pods'], verbs: ['get', 'list'] },
    { resources: ['pods/log'], verbs: ['get'] },
  ],
  // The Job that encrypts with a new Fernet key waits until no pod has the old key alone.
  'pod-lister': [
    { resources: ['pods'], verbs: ['list'] },
  ],
  // The KubernetesPodOperator makes these calls from tasks and, if it is deferrable, from the triggerer.
  'pod-operator': [
    { resources: ['pods'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
    { resources: ['pods/log'], verbs: ['get'] },
    { resources: ['pods/exec'], verbs: ['create', 'get'] },
    { resources: ['events'], verbs: ['list', 'watch'] },
  ],
  // The KubernetesJobOperator and its companions, which also watch the pods of the Job and read their logs.
  'job-operator': [
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
    { apiGroups: ['batch'], resources: ['jobs/status'], verbs: ['get'] },
    { resources: ['pods'], verbs: ['get', 'list', 'patch', 'watch'] },
    { resources: ['pods/log'], verbs: ['get'] },
    { resources: ['pods/exec'], verbs: ['create', 'get'] },
    { resources: ['events'], verbs: ['list', 'watch'] },
  ],
  // The SparkKubernetesOperator creates the application, and watches the pod of its driver.
  'spark-operator': [
    { apiGroups: ['sparkoperator.k8s.io'], resources: ['sparkapplications'], verbs: ['create', 'delete', 'get', 'list', 'watch'] },
    { apiGroups: ['sparkoperator.k8s.io'], resources: ['sparkapplications/status'], verbs: ['get'] },
    { resources: ['pods'], verbs: ['get', 'list', 'patch', 'watch'] },
    { resources: ['pods/log'], verbs: ['get'] },
    { resources: ['events'], verbs: ['list', 'watch'] },
  ],
  'task-pod-cleaner': [
    { resources: ['pods'], verbs: ['delete', 'list'] },
  ],
  'job-cleaner': [
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['delete', 'list'] },
  ],
} satisfies { [right: string]: Rule[] };
type Right = keyof typeof RULES;

/** The purposes for which operators of tasks call the Kubernetes API, by their rights. */
const STARTED = {
  'pod-operator': 'pods of KubernetesPodOperator',
  'job-operator': 'Jobs of KubernetesJobOperator',
  'spark-operator': 'applications of SparkKubernetesOperator',
} satisfies { [right in Right]?: string };

/** A right of the roles that run operators. */
export type OperatorRight = keyof typeof STARTED;
const OPERATORS = Object.keys(STARTED) as OperatorRight[];

/**
 * The service accounts of an Airflow, with their Roles and RoleBindings. Every permission is namespaced and follows from what a component
 * needs; nothing is cluster-wide.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class Rbac extends Construct {
  /**
   * @param createRoles whether Roles and RoleBindings are created; otherwise something else must grant the permissions
   * @internal
   */
  public static _of(context: BindContext, id: string, traits: Traits, createRoles: boolean): Rbac {
    return new Rbac(context, id, traits, createRoles);
  }

  /**
   * @internal
   */
  public readonly _grants: { role: ApiObject; binding: ApiObject }[] = [];

  private readonly made: kplus.ServiceAccount[] = [];
  private readonly holders = new Map<string, Map<string, Account>>();
  /** The instructions for the cloud, each with the service accounts that it must trust. */
  private readonly trusted = new Map<string, string[]>();
  private readonly accounts: { right: Right; account: Account }[] = [];
  private readonly namespaces: { right: Right; namespace?: string }[] = [
    { right: 'pod-launcher' },
    { right: 'pod-log-reader' },
    { right: 'pod-lister' },
    { right: 'task-pod-cleaner' },
    { right: 'job-cleaner' },
  ];

  private constructor(
    private readonly context: BindContext,
    id: string,
    private readonly traits: Traits,
    /**
     * @internal
     */
    public readonly _createRoles: boolean,
  ) {
    super(context, id);
  }

  /** The Roles that are created: for each namespace, what components, Jobs and the operators of tasks may do there. */
  public get roles(): ApiObject[] {
    return this._grants.map(({ role }) => role);
  }

  /** The RoleBindings that are created, one for each Role. */
  public get roleBindings(): ApiObject[] {
    return this._grants.map(({ binding }) => binding);
  }

  /** The ServiceAccounts that are created. */
  public get serviceAccounts(): kplus.ServiceAccount[] {
    return [...this.made];
  }

  /**
   * The service account of a component: the account that the user gives, or a new one. It gets the permissions that the role needs.
   *
   * @internal
   */
  public _account(component: Construct, role: Role, options: ServiceAccountOptions = {}, namespace?: string): kplus.IServiceAccount {
    const { prop, annotations = {}, trust } = identityOf({ common: this.context._common, traits: this.traits }, role, options) ?? {};
    const shared = choosesAccount(options) ? undefined : sharedAccount(this.context, namespace);
    if (shared === undefined) { checkAccount(component, 'serviceAccount', options, { prop, annotations }); }
    const account = shared ?? options.existing ?? this._createAccount(component, partOf(component, role), role, {
      ...options.name !== undefined && { name: options.name },
      annotations: { ...options.annotations, ...annotations },
      labels: options.labels,
      namespace,
    });
    const holder = { name: account.name, namespace: namespace ?? Chart.of(this).namespace! };
    if (trust !== undefined) {
      this.trusted.set(trust.note, [...(this.trusted.get(trust.note) ?? []), trust.subject(holder.namespace, holder.name)]);
    }
    const needs = needsOf(role, this.traits);
    const enlist = (right: Right) => {
      this.accounts.push({ right, account: holder });
      this.namespaces.filter(other => other.right === right).forEach(other => this.grant(right, holder, other.namespace));
    };
    if (needs.taskPods === 'launch') { enlist('pod-launcher'); }
    if (needs.taskPods === 'read') { enlist('pod-log-reader'); }
    if (needs.listsPods) { enlist('pod-lister'); }
    if (needs.runsOperators) { OPERATORS.forEach(enlist); }
    if (needs.deletes !== undefined) { enlist(needs.deletes === 'Jobs' ? 'job-cleaner' : 'task-pod-cleaner'); }
    return account;
  }

  /**
   * Lets every role that runs operators start pods in a namespace. This includes components that are created later.
   *
   * @internal
   */
  public _allowOperator(right: OperatorRight, namespace?: string): void {
    this.allow(right, namespace);
  }

  /**
   * Lets the executor start the pods of tasks in another namespace, and the UI read their logs.
   *
   * @internal
   */
  public _allowTaskPods(namespace: string): void {
    this.allow('pod-launcher', namespace);
    this.allow('pod-log-reader', namespace);
    this.allow('pod-lister', namespace);
    this.allow('task-pod-cleaner', namespace);
  }

  /**
   * What operators of tasks may start.
   *
   * @internal
   */
  public get _allowedOperators(): string[] {
    return OPERATORS.filter(operator => this.namespaces.some(({ right }) => right === operator)).map(operator => STARTED[operator]);
  }

  /**
   * The instructions for what to do in the cloud, so that it trusts the identities of the pods.
   *
   * @internal
   */
  public get _identityNotes(): string[] {
    return [...this.trusted].map(([note, subjects]) => [`${note}:`, ...new Set(subjects)].join('\n  '));
  }

  /**
   * Creates a service account without permissions.
   *
   * @internal
   */
  public _createAccount(
    component: Construct, part: string, role: string, metadata: { name?: string; namespace?: string } & ObjectMetadata = {},
  ): kplus.IServiceAccount {
    const { labels = {}, annotations = {} } = this.context._common.objects?.serviceAccounts ?? {};
    const account = new kplus.ServiceAccount(component, 'service-account', {
      // Each pod decides whether it mounts a token, so that no pod gets one by accident.
      automountToken: false,
      metadata: {
        ...this.context._names.metadata({ scope: component, kind: 'ServiceAccount', part }),
        ...metadata,
        annotations: { ...annotations, ...metadata.annotations },
        labels: { ...labels, ...metadata.labels, ...labelsFor(this.context._labels, role) },
      },
    });
    this.made.push(account);
    return account;
  }

  private allow(right: Right, namespace: string | undefined): void {
    if (this.namespaces.some(other => other.right === right && other.namespace === namespace)) { return; }
    this.namespaces.push({ right, namespace });
    this.accounts.filter(other => other.right === right).forEach(({ account }) => this.grant(right, account, namespace));
  }

  private grant(right: Right, account: Account, namespace: string | undefined): void {
    if (!this._createRoles) { return; }
    const id = `${right}${namespace === undefined ? '' : `-${namespace}`}`;
    let accounts = this.holders.get(id);
    if (accounts === undefined) {
      accounts = new Map();
      this.holders.set(id, accounts);
      const holders = accounts;
      const name = this.context._names.metadata({ scope: this, kind: 'Role', part: id });
      this._grants.push(
        roleWithBinding(this, id, RULES[right], () => [...holders.values()], { ...name, labels: this.context._labels, namespace }),
      );
    }
    accounts.set(`${account.namespace}/${account.name}`, account);
  }
}
