import { Conversion, kebab, Target, Undecided } from './conversion';
import { asObject, isObject, Json, JsonObject } from './json';
import { call, Expr, list, lit, Maybe, someStruct, struct } from './program';
import { objects, textMap, whole } from './scalars';
import { Section } from './section';
import { StructBuilder } from './struct-builder';

/** The API server or webserver, how users reach it, and how they log in. */
export function convertWeb(conversion: Conversion): void {
  const [section, other] = conversion.isAirflow3 ? ['apiServer', 'webserver'] : ['webserver', 'apiServer'];
  const builder = new StructBuilder();
  const target = { builder, label: `${section}.` };
  if (conversion.values.effective(`${section}.enabled`) === false) {
    conversion.line(`${section}.enabled`, 'decision', `the ${section} runs elsewhere: set `
      + `${conversion.isAirflow3 ? 'external.apiServerUrl to its URL' : 'external.webserver'}; the program has one`);
  }
  new Section(conversion, [section], target).component();
  service(conversion, section, target);
  const ingress = conversion.isAirflow3 ? 'ingress.apiServer' : 'ingress.web';
  const url = exposure(conversion, ingress, target, baseUrl(conversion));
  if (url !== undefined) { conversion.props.builder.put('url', lit(url)); }
  if (!builder.isEmpty) { conversion.props.builder.put(section, builder.build(), conversion.commentsOf(section)); }
  const otherIngress = conversion.isAirflow3 ? 'ingress.web.' : 'ingress.apiServer.';
  const isIt = (key: string) =>
    (key.startsWith(`${other}.`) || key.startsWith(otherIngress))
    && !/defaultUser|webserverConfig/.test(key)
    && !conversion.values.isDefault(key);
  for (const key of conversion.values.leaves().filter(isIt)) {
    conversion.line(key, 'left out', `Airflow ${conversion.facts.airflow} has no ${other}`);
  }
}

/** The URL that an option says, with its key. */
interface BaseUrl { readonly key: string; readonly value: string }

function baseUrl(conversion: Conversion): BaseUrl | undefined {
  return (
    conversion.options.take(conversion.isAirflow3 ? 'api.base_url' : 'webserver.base_url')
    ?? conversion.options.take(conversion.isAirflow3 ? 'webserver.base_url' : 'api.base_url')
  );
}

function service(conversion: Conversion, section: string, target: Target): void {
  const { values } = conversion;
  const key = `${section}.service`;
  const type = values.given(`${key}.type`);
  conversion.take(`${key}.annotations`, 'service.annotations', textMap, target);
  conversion.take(`${key}.ports`, 'service.port', value => {
    const [port, ...others] = objects(value);
    if (others.length > 0) { throw new Undecided('a Service of the library has one port; make a Service of your own for the others'); }
    return port === undefined || typeof port.port === 'string' && port.port.includes('{{') ? undefined : lit(whole(port.port));
  }, target);
  if (type === undefined) { return; }
  conversion.attempt(`${key}.type`, () => {
    const options = someStruct('LoadBalancerExposureOptions', {
      sourceRanges: Array.isArray(values.given(`${key}.loadBalancerSourceRanges`))
        ? list((values.given(`${key}.loadBalancerSourceRanges`) as Json[]).map(range => lit(String(range))))
        : undefined,
      loadBalancerIP: values.given(`${key}.loadBalancerIP`) === undefined ? undefined : lit(String(values.given(`${key}.loadBalancerIP`))),
    });
    target.builder.put(
      'exposure',
      type === 'LoadBalancer' ? call('Exposure.loadBalancer', options) : call('Exposure.nodePort', nodePort(values.given(`${key}.ports`))),
    );
    if (conversion.isAirflow3) { target.builder.put('executionApi', struct(undefined, {})); }
    const why = conversion.isAirflow3
      ? '; the execution API gets a Deployment of its own, since such a Service would open it as well' : '';
    for (const knob of ['type', 'loadBalancerIP', 'loadBalancerSourceRanges']) {
      if (values.given(`${key}.${knob}`) !== undefined) { conversion.line(`${key}.${knob}`, 'prop', `${target.label}exposure${why}`); }
    }
  });
}

function nodePort(ports: Json | undefined): Maybe<Expr> {
  const port = objects(ports).map(({ nodePort: found }) => found).find(found => found !== undefined && found !== null);
  return port === undefined ? undefined : struct('NodePortExposureOptions', { nodePort: lit(whole(port)) });
}

/** How Flower is reached. */
export function exposeFlower(conversion: Conversion, target: Target): void {
  service(conversion, 'flower', target);
  const url = exposure(conversion, 'ingress.flower', target, undefined);
  if (url !== undefined) { target.builder.put('url', lit(url)); }
}

interface Host { readonly name: string; readonly isTls: boolean; readonly secret?: string }

/** Reads an Ingress; answers with the public URL. */
function exposure(conversion: Conversion, key: string, target: Target, base: BaseUrl | undefined): string | undefined {
  const { values } = conversion;
  if (base !== undefined) { conversion.line(base.key, 'prop', 'url'); }
  if (values.effective(`${key}.enabled`) !== true && values.given('ingress.enabled') !== true) { return base?.value.replace(/\/+$/, ''); }
  for (const knob of ['enabled', 'host', 'hosts', 'path', 'tls.enabled', 'tls.secretName', 'ingressClassName']) {
    if (values.given(`${key}.${knob}`) !== undefined) {
      conversion.line(`${key}.${knob}`, 'prop', `${target.label}exposure: Exposure.ingress(), and the URL`);
    }
  }
  if (values.given('ingress.enabled') !== undefined) { conversion.line('ingress.enabled', 'prop', `${target.label}exposure`); }
  const hosts = hostsOf(values.given(`${key}.hosts`), {
    host: values.given(`${key}.host`),
    tls: values.given(`${key}.tls.enabled`),
    secret: values.given(`${key}.tls.secretName`),
  });
  const annotations = { ...isObject(values.given(`${key}.annotations`)) ? values.given(`${key}.annotations`) as JsonObject : {} };
  const isHttps =
    hosts.some(({ isTls }) => isTls)
    || /https/.test(base?.value ?? '')
    || Object.keys(annotations).some(name => /certificate|\/tls-|ssl-redirect|cert-manager/.test(name));
  const [first] = hosts;
  if (first === undefined && base === undefined) {
    conversion.line(key, 'decision', 'the Ingress has no host, so that it takes every one; the library needs the public URL: set url, '
      + `and ${target.label}exposure: Exposure.ingress()`);
    return undefined;
  }
  const host = base === undefined ? first.name : new URL(base.value).host;
  const others = hosts.filter(({ name }) => name !== host);
  target.builder.put('exposure', call('Exposure.ingress', someStruct('IngressExposureOptions', {
    className: classOf(values.given(`${key}.ingressClassName`), annotations),
    tls: tlsOf(conversion, hosts, annotations, key),
    annotations: textMap(annotations, '') as Maybe<Expr>,
    additionalHosts: others.length === 0 ? undefined : list(others.map(({ name }) => lit(name))),
  })));
  if (values.given(`${key}.annotations`) !== undefined) {
    conversion.line(`${key}.annotations`, 'prop', `${target.label}exposure: annotations`);
  }
  morePaths(conversion, key, target, [host, ...others.map(({ name }) => name)]);
  const path = String(values.effective(`${key}.path`) ?? '/').replace(/[(*].*$/, '').replace(/\/+$/, '');
  return base?.value.replace(/\/+$/, '') ?? `${isHttps ? 'https' : 'http'}://${host}${path}`;
}

/** The paths beside the UI. They name their Services, so they are in an Ingress beside the library's own. */
function morePaths(conversion: Conversion, key: string, { label }: Target, hosts: string[]): void {
  const { values } = conversion;
  const paths = ['precedingPaths', 'succeedingPaths'].flatMap(knob => objects(values.given(`${key}.${knob}`))
    .filter(path => leadsToService(conversion, `${key}.${knob}`, label, path))
    .map(({ path, pathType, serviceName, servicePort }) => ({
      path, pathType: pathType ?? 'Prefix', backend: { service: { name: serviceName, port: portOf(servicePort) } },
    })));
  if (paths.length === 0) { return; }
  const ingressClassName = text(values.given(`${key}.ingressClassName`));
  const secretName = text(values.given(`${key}.tls.secretName`));
  const name = `${conversion.name}-${kebab(key.split('.')[1])}-paths`;
  conversion.apiObject({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name }, {
    spec: {
      ...ingressClassName === undefined ? {} : { ingressClassName },
      ...secretName === undefined ? {} : { tls: [{ hosts, secretName }] },
      rules: hosts.map(host => ({ host, http: { paths } })),
    },
  });
}

/** Tells what becomes of a path. In the API server's Ingress of the chart, all paths lead to the API server. */
function leadsToService(conversion: Conversion, key: string, label: string, { path, serviceName, servicePort }: JsonObject): boolean {
  const at = String(path);
  if (String(servicePort) === 'use-annotation') {
    conversion.line(key, 'decision', `'${at}' is an action of the AWS controller; for a redirect to HTTPS set the annotation `
      + `'alb.ingress.kubernetes.io/ssl-redirect' in ${label}exposure: Exposure.ingress({ annotations }), which needs no path`);
    return false;
  }
  if (key.includes('apiServer') || serviceName === undefined) {
    conversion.line(key, 'left out', `'${at}' leads to the server itself, to which all paths of the library's Ingress lead`);
    return false;
  }
  conversion.line(key, 'prop', `'${at}' is in an Ingress of the same hosts beside the library's; copy the annotations that it needs`);
  return true;
}

function portOf(port: Json | undefined): JsonObject {
  return /^\d+$/.test(String(port)) ? { number: Number(port) } : { name: String(port) };
}

function hostsOf(hosts: Json | undefined, legacy: { readonly [name: string]: Json | undefined }): Host[] {
  const listed = (Array.isArray(hosts) ? hosts : []).flatMap((item): Host[] => {
    if (typeof item === 'string') { return [{ name: item, isTls: legacy.tls === true, secret: text(legacy.secret) }]; }
    if (!isObject(item) || typeof item.name !== 'string' || item.name === '') { return []; }
    const tls = asObject(item.tls);
    return [{ name: item.name, isTls: tls.enabled === true || legacy.tls === true, secret: text(tls.secretName) ?? text(legacy.secret) }];
  });
  if (listed.length > 0) { return listed; }
  return typeof legacy.host === 'string' && legacy.host !== ''
    ? [{ name: legacy.host, isTls: legacy.tls === true, secret: text(legacy.secret) }]
    : [];
}

function text(value: Json | undefined): string | undefined { return typeof value === 'string' && value !== '' ? value : undefined; }

function classOf(className: Json | undefined, annotations: JsonObject): Maybe<Expr> {
  const old = annotations['kubernetes.io/ingress.class'];
  delete annotations['kubernetes.io/ingress.class'];
  const found = text(className) ?? text(old);
  return found === undefined ? undefined : lit(found);
}

function tlsOf(conversion: Conversion, hosts: Host[], annotations: JsonObject, key: string): Maybe<Expr> {
  for (const [annotation, factory] of [
    ['cert-manager.io/cluster-issuer', 'certManagerClusterIssuer'],
    ['cert-manager.io/issuer', 'certManagerIssuer'],
  ] as const) {
    const issuer = annotations[annotation];
    if (issuer !== undefined && hosts.some(({ isTls }) => isTls)) {
      delete annotations[annotation];
      return call(`IngressTls.${factory}`, lit(String(issuer)));
    }
  }
  const secrets = [...new Set(hosts.flatMap(({ isTls, secret }) => (isTls && secret !== undefined ? [secret] : [])))];
  if (secrets.length > 1) {
    conversion.line(
      `${key}.hosts`,
      'decision',
      `the hosts have ${secrets.length} certificates, the library has one for all of them: make one certificate with all names`,
    );
  }
  return secrets.length === 0 ? undefined : call('IngressTls.fromSecret', conversion.existing('Secret', secrets[0]));
}

