import { Given, Rule } from './rules';
import { cfgText, configMapsOf, Container, Manifest, Pod, podList, pods, secretsOf } from './util';

type Keys = { readonly [name: string]: { readonly data: { readonly [key: string]: string } } };

/** What the bootstrap makes: Secret name to its keys. */
function bootstrapped(manifest: Manifest[]): Map<string, string[]> {
  const bootstraps = podList(manifest).filter(([component]) => component === 'bootstrap-secrets');
  return new Map([
    ...bootstraps.flatMap(([, of]) => Object.entries(JSON.parse(of.spec.containers[0].command!.at(-1)!) as Keys))
      .map(([name, { data }]): [string, string[]] => [name, Object.keys(data)]),
    ...fromStores(manifest),
  ]);
}

/** The spec of an ExternalSecret or a SecretProviderClass. */
interface Stored {
  readonly data?: { readonly secretKey: string }[];
  readonly secretObjects?: { readonly secretName: string; readonly data: { readonly key: string }[] }[];
}

/** The Secrets that External Secrets Operator and the CSI driver make, with their keys. */
function fromStores(manifest: Manifest[]): [string, string[]][] {
  return manifest.filter(({ kind }) => kind === 'ExternalSecret' || kind === 'SecretProviderClass').flatMap(({ metadata, spec }): [string, string[]][] => {
    const { data = [], secretObjects = [] } = spec as unknown as Stored;
    return [
      [metadata.name, data.map(({ secretKey }) => secretKey)],
      ...secretObjects.map((made): [string, string[]] => [made.secretName, made.data.map(({ key }) => key)]),
    ];
  });
}

function named(manifest: Manifest[], kind: string, more: string[] = []): Set<string> {
  return new Set([...manifest.filter(object => object.kind === kind).map(object => object.metadata.name), ...more]);
}

function allContainers(of: Pod): Container[] {
  return [...of.spec.initContainers ?? [], ...of.spec.containers];
}

/** The Secrets with their keys, where they are known, that a pod reads. */
function secretsRead(of: Pod): [string, string | undefined][] {
  return [
    ...allContainers(of).flatMap(container => container.env ?? []).flatMap(({ valueFrom }): [string, string | undefined][] =>
      (valueFrom?.secretKeyRef ? [[valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key]] : [])),
    ...allContainers(of).flatMap(container => container.envFrom ?? []).flatMap(({ secretRef }): [string, undefined][] =>
      (secretRef ? [[secretRef.name, undefined]] : [])),
    ...(of.spec.volumes ?? []).flatMap(secretsOf).map((name): [string, undefined] => [name, undefined]),
    ...(of.spec.imagePullSecrets ?? []).map(({ name }): [string, undefined] => [name, undefined]),
  ];
}

function missingObjects(manifest: Manifest[], given: Given, of: Pod): string[] {
  const keys = bootstrapped(manifest);
  const known = {
    configMaps: named(manifest, 'ConfigMap', given.configMaps),
    claims: named(manifest, 'PersistentVolumeClaim', given.claims),
    accounts: named(manifest, 'ServiceAccount', given.accounts),
  };
  const configMaps = [
    ...(of.spec.volumes ?? []).flatMap(configMapsOf),
    ...allContainers(of).flatMap(container => container.envFrom ?? []).flatMap(({ configMapRef }) => configMapRef?.name ?? []),
  ];
  const claims = (of.spec.volumes ?? []).flatMap(volume => volume.persistentVolumeClaim?.claimName ?? []);
  const account = of.spec.serviceAccountName;
  return [
    ...secretsRead(of).filter(([name]) => !given.secrets?.includes(name))
      .filter(([name, key]) => !keys.get(name)?.some(other => key === undefined || other === key))
      .map(([name, key]) => `Secret ${name} ${key}`),
    ...configMaps.filter(name => !known.configMaps.has(name)).map(name => `ConfigMap ${name}`),
    ...claims.filter(name => !known.claims.has(name)).map(name => `PersistentVolumeClaim ${name}`),
    ...(account === undefined || known.accounts.has(account) ? [] : [`ServiceAccount ${account}`]),
  ];
}

/** Every ConfigMap, Secret and its key, claim and account that a pod names. */
export const objects: Rule = (manifest, given = {}) => podList(manifest).flatMap(([component, of]) =>
  missingObjects(manifest, given, of).map(words => `${component}: no ${words}`));

/** Every role that is bound, and every account that it is bound to. */
export const bindings: Rule = (manifest, given = {}) => manifest.filter(object => object.kind === 'RoleBinding').flatMap(binding => {
  const role = manifest.find(object => object.kind === binding.roleRef.kind && object.metadata.name === binding.roleRef.name
    && object.metadata.namespace === binding.metadata.namespace);
  const accounts = named(manifest, 'ServiceAccount', given.accounts);
  return [
    ...(role === undefined ? [`${binding.metadata.name}: no ${binding.roleRef.kind} ${binding.roleRef.name}`] : []),
    ...binding.subjects.filter(subject => !accounts.has(subject.name)).map(subject => `${binding.metadata.name}: no ServiceAccount ${subject.name}`),
  ];
});

function offers(container: Container, port: string | number): boolean {
  return (container.ports ?? []).some(other => other.name === port || other.containerPort === port);
}

function selected(manifest: Manifest[], { spec }: Manifest): Pod[] {
  return podList(manifest).map(([, of]) => of).filter(({ metadata: { labels } }) =>
    Object.entries(spec.selector).every(([name, value]) => labels[name] === value));
}

/** Every workload that something scales, and by what Secret it asks. */
export const scaling: Rule = (manifest, given = {}) => {
  const keys = bootstrapped(manifest);
  const scalers = manifest.filter(object => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(object.kind));
  const logins = manifest.filter(object => object.kind === 'TriggerAuthentication');
  return [
    ...scalers.map(({ spec }) => spec.scaleTargetRef as { kind: string; name: string })
      .filter(({ kind, name }) => !named(manifest, kind).has(name)).map(({ kind, name }) => `no ${kind} ${name} to scale`),
    ...scalers.flatMap(({ spec }) => (spec.triggers ?? []) as { authenticationRef: { name: string } }[])
      .map(({ authenticationRef: { name } }) => name).filter(name => !logins.some(login => login.metadata.name === name)).map(name => `no TriggerAuthentication ${name}`),
    ...logins.flatMap(({ spec }) => spec.secretTargetRef as { name: string; key: string }[])
      .filter(({ name, key }) => !given.secrets?.includes(name) && !keys.get(name)?.includes(key)).map(({ name, key }) => `no Secret ${name} ${key}`),
  ];
};

/** Every port that a Service or a probe names. */
export const ports: Rule = manifest => [
  ...manifest.filter(object => object.kind === 'Service').flatMap(service => service.spec.ports
    .map(({ port, targetPort }) => targetPort ?? port)
    .filter(port => !selected(manifest, service).every(of => allContainers(of).some(container => offers(container, port))))
    .map(port => `Service ${service.metadata.name}: no port ${port}`)),
  ...podList(manifest).flatMap(([component, of]) => allContainers(of).flatMap(container =>
    [container.startupProbe, container.readinessProbe, container.livenessProbe].flatMap(probe => probe?.httpGet?.port ?? [])
      .filter(port => !offers(container, port)).map(port => `${component}/${container.name}: no port ${port}`))),
];

/** Every address inside the cluster that a variable or airflow.cfg names, and the Service of a StatefulSet. */
export const addresses: Rule = manifest => {
  const variables = podList(manifest).flatMap(([, of]) => allContainers(of)).flatMap(container => container.env ?? []);
  const services = manifest.filter(object => object.kind === 'Service');
  const open = (name: string, namespace: string, port: number) => services.some(({ metadata, spec }) =>
    metadata.name === name && metadata.namespace === namespace && spec.ports.some(other => other.port === port));
  return [
    ...[cfgText(manifest), ...variables.map(({ value }) => value ?? '')]
      .flatMap(text => [...text.matchAll(/([-a-z0-9]+)\.([-a-z0-9]+)\.svc(?:\.[a-z.]+)?:(\d+)/g)])
      .filter(([, name, namespace, port]) => !open(name, namespace, Number(port))).map(([address]) => `no Service for ${address}`),
    ...manifest.filter(object => object.kind === 'StatefulSet')
      .filter(object => !services.some(({ metadata }) => metadata.name === object.spec.serviceName))
      .map(object => `StatefulSet ${object.metadata.name}: no Service ${String(object.spec.serviceName)}`),
  ];
};

/** Every file that airflow.cfg names is mounted in the scheduler or made by its image. */
export const files: Rule = manifest => {
  const template = /^pod_template_file = (.*)$/m.exec(cfgText(manifest))?.[1];
  const scheduler = pods(manifest).get('scheduler');
  if (template === undefined || scheduler === undefined) { return []; }
  const [, folder, file] = /^(.*)\/([^/]+)$/.exec(template)!;
  const volume = scheduler.spec.containers[0].volumeMounts!.find(mount => mount.mountPath === folder)?.name;
  const name = scheduler.spec.volumes!.find(other => other.name === volume)?.configMap?.name;
  const map = manifest.find(object => object.kind === 'ConfigMap' && object.metadata.name === name);
  return map?.data[file] === undefined ? [`no file ${template}`] : [];
};
