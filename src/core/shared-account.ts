import * as kplus from 'cdk8s-plus-27';
import { IConstruct } from 'constructs';
import { BindContext } from './bind-context';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';
import { checkAnnotations, checkLabels, failure } from '../kubernetes/validate';

/** The service accounts that exist already, by Airflow and namespace. */
const made = new WeakMap<IConstruct, Map<string | undefined, kplus.IServiceAccount>>();

/** Whether the options of a component choose the service account of its pods. */
export function choosesAccount({ existing, name, annotations, labels, identity }: ServiceAccountOptions = {}): boolean {
  return [existing, name, annotations, labels, identity].some(value => value !== undefined);
}

/** The service account that `pods.serviceAccount` gives to all pods; undefined if each component has its own. */
export function sharedAccount(airflow: BindContext, namespace?: string): kplus.IServiceAccount | undefined {
  const { serviceAccount: options, identity } = airflow._common;
  if (options === undefined) { return undefined; }
  const annotations = (options.identity ?? identity)?._bind().annotations ?? {};
  checkAccount(airflow, 'pods.serviceAccount', options, {
    prop: options.identity === undefined ? 'pods.identity' : 'pods.serviceAccount.identity',
    annotations,
  });
  if (options.existing !== undefined) { return options.existing; }
  const accounts = made.get(airflow) ?? new Map<string | undefined, kplus.IServiceAccount>();
  made.set(airflow, accounts);
  const account =
    accounts.get(namespace)
    ?? new kplus.ServiceAccount(airflow, namespace === undefined ? 'service-account' : `service-account-${namespace}`, {
      // Each pod decides whether it mounts a token, so that no pod gets one by accident.
      automountToken: false,
      metadata: {
        ...airflow._names.metadata({ scope: airflow, kind: 'ServiceAccount', part: '' }),
        ...(options.name !== undefined && { name: options.name }),
        ...(namespace !== undefined && { namespace }),
        annotations: { ...airflow._common.objects?.serviceAccounts?.annotations, ...options.annotations, ...annotations },
        labels: { ...airflow._common.objects?.serviceAccounts?.labels, ...options.labels, ...airflow._labels },
      },
    });
  accounts.set(namespace, account);
  return account;
}

/** Throws if the options of a service account contradict each other. */
export function checkAccount(
  scope: IConstruct, at: string, options: ServiceAccountOptions,
  identity: { readonly prop?: string; readonly annotations: { readonly [name: string]: string } },
): void {
  const { existing } = options;
  checkLabels(scope, `${at}.labels`, options.labels);
  checkAnnotations(scope, `${at}.annotations`, options.annotations);
  for (const prop of ['name', 'annotations', 'labels'] as const) {
    if (existing !== undefined && options[prop] !== undefined) {
      const remedy = { name: 'leave one of them out', annotations: 'annotate it there', labels: 'label it there' }[prop];
      const [verb, noun] = prop === 'name' ? ['is', 'that of'] : ['are', 'for'];
      throw failure(scope, `'${at}.${prop}' ${verb} ${noun} an account that is created, but '${existing.name}' exists; ${remedy}`);
    }
  }
  if (existing !== undefined && Object.keys(identity.annotations).length > 0) {
    throw failure(scope, `'${identity.prop}' annotates an account that is created, but '${existing.name}' exists; annotate it there, `
      + `and give WorkloadIdentity.none() as '${at}.identity'`);
  }
  const twice = Object.keys(options.annotations ?? {}).find(name => identity.annotations[name] !== undefined);
  if (twice !== undefined) {
    throw failure(scope, `'${at}.annotations' cannot set '${twice}', which '${identity.prop}' sets; leave one of them out`);
  }
}
