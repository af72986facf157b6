import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Instance } from './instance';
import { Role } from '../core/needs';
import { literalOf } from '../kubernetes/env';
import { failure } from '../kubernetes/validate';

type Env = { readonly [name: string]: kplus.EnvValue };

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
const KUBERNETES_HOST = '$(KUBERNETES_SERVICE_HOST)';

/** Whether clients of HTTP get a proxy, under either case of its name. */
export function hasProxy(env: Env = {}): boolean {
  return Object.keys(env).some(name => PROXIES.includes(name.toUpperCase()));
}

/**
 * Throws if requests inside the cluster would go to a proxy. The error contains the complete NO_PROXY. A value from a Secret is not
 * known, so it is not checked.
 */
export function checkProxy(scope: Construct, prop: string, { image, executionApi }: Instance, env: Env): void {
  if (!hasProxy(env)) { return; }
  // Most clients read the name in lowercase first.
  const given = env.no_proxy ?? env.NO_PROXY;
  const value = given && literalOf(given);
  if (given !== undefined && value === undefined) { return; }
  const entries = (value ?? '').split(',').map(entry => entry.trim()).filter(entry => entry !== '');
  const covers = (host: string) => entries.some(entry => entry === '*' || `.${host}`.endsWith(`.${entry.replace(/^\.+/, '')}`));
  const addresses = entries.filter(entry => /^[\d.]+(\/\d+)?$|:/.test(entry) && !entry.startsWith('127.') && !entry.startsWith('::1'));
  const services = `.${Chart.of(scope).namespace}.svc`;
  // An entry for a single Service counts as an entry for all, except for an API server that tasks do not talk to.
  const uncalled = executionApi.role === Role.EXECUTION_API ? `-${Role.API_SERVER}${services}` : undefined;
  const coversOne = entries.some(entry => entry.endsWith(services) && !(uncalled !== undefined && entry.endsWith(uncalled)));
  const missing = [
    ...['localhost', '127.0.0.1'].filter(host => !covers(host)),
    // In 2.x, pods send no HTTP requests to Services.
    ...!image.version.isAirflow3 || covers(`api${services}`) || coversOne ? [] : ['.svc'],
    // An address or a range may already cover the Kubernetes API.
    ...covers(KUBERNETES_HOST) || addresses.length > 0 ? [] : [KUBERNETES_HOST],
  ];
  if (missing.length === 0) { return; }
  throw failure(
    scope,
    `'${prop}' sets a proxy, but its NO_PROXY lacks ${missing.join(', ')}, so that requests inside the cluster would go to the proxy; `
      + `set NO_PROXY to '${[...entries, ...missing].join(',')}', and add the range of the pods' addresses, from which logs are fetched`,
  );
}
