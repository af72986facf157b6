import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';

/** Allowed verbs on resources. */
export interface Rule {
  /** The API groups; by default, the core group. */
  readonly apiGroups?: string[];
  readonly resources: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
}

/** A service account and its namespace. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const API_GROUP = 'rbac.authorization.k8s.io';

/**
 * Creates a Role and its RoleBinding. `accounts` is read at synthesis, so accounts may be added until then. The Role of
 * cdk8s-plus is not used: the API server drops the empty `apiGroup` of its subjects, so every apply would look like a
 * change.
 */
export function roleWithBinding(
  scope: Construct, id: string, rules: Rule[], accounts: () => Account[], metadata: { name?: string; labels: object; namespace?: string },
): { role: ApiObject; binding: ApiObject } {
  const role = new ApiObject(scope, id, {
    apiVersion: API_VERSION,
    kind: 'Role',
    metadata: metadata as object,
    rules: rules.map(rule => ({ apiGroups: [''], ...rule })),
  });
  const binding = new ApiObject(scope, `${id}-binding`, {
    apiVersion: API_VERSION,
    kind: 'RoleBinding',
    metadata: metadata as object,
    roleRef: { apiGroup: API_GROUP, kind: 'Role', name: role.name },
    subjects: Lazy.any({ produce: () => accounts().map(account => ({ kind: 'ServiceAccount', ...account })) }),
  });
  return { role, binding };
}
