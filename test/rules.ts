import { Container, Env, Manifest, Pod, podList, Texts, workloads } from './util';

/** Says what is wrong, each time by the object or container in question; nothing when all is well. */
export type Rule = (manifest: Manifest[], given?: Given) => string[];

/** What exists in the cluster without being part of the manifest. */
export interface Given {
  readonly secrets?: string[];
  readonly configMaps?: string[];
  readonly claims?: string[];
  readonly accounts?: string[];
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** That of a Service is one of RFC 1035. */
const SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const VOLUME_TYPES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|_KEY|CREDENTIALS)$/;

interface Found {
  readonly where: string;
  readonly of: Pod;
  readonly container: Container;
}

/** Every container of every pod, those of tasks included. */
function containers(manifest: Manifest[]): Found[] {
  return podList(manifest).flatMap(([component, of]) => [...of.spec.initContainers ?? [], ...of.spec.containers]
    .map(container => ({ where: `${component}/${container.name}`, of, container })));
}

/** Those for which the check has words, with their place. */
function complaints(manifest: Manifest[], check: (found: Found) => string | false | undefined): string[] {
  return containers(manifest).flatMap(found => {
    const words = check(found);
    return words ? [`${found.where}: ${words}`] : [];
  });
}

function duplicates(names: string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

export const restricted: Rule = manifest => [
  ...complaints(manifest, ({ container: { securityContext: own, ports } }) => {
    const expected = {
      allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, privileged: false, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' },
    };
    const wrong = Object.entries(expected).filter(([field, value]) => JSON.stringify(own[field]) !== JSON.stringify(value)).map(([field]) => field);
    if (own.runAsUser === 0) { wrong.push('runAsUser'); }
    if (ports?.some(port => 'hostPort' in port)) { wrong.push('hostPort'); }
    return wrong.join(', ');
  }),
  ...podList(manifest).flatMap(([component, { spec }]) => [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter(field => spec[field] !== undefined),
    ...(spec.securityContext.runAsNonRoot === true ? [] : ['runAsNonRoot']),
    ...(spec.securityContext.runAsUser === 0 ? ['runAsUser'] : []),
    ...(JSON.stringify(spec.securityContext.seccompProfile) === '{"type":"RuntimeDefault"}' ? [] : ['seccompProfile']),
    ...(spec.volumes ?? []).filter(volume => Object.keys(volume).some(type => type !== 'name' && !VOLUME_TYPES.includes(type))).map(volume => volume.name),
  ].map(words => `${component}: ${words}`)),
];

export const readOnlyRoot: Rule = manifest =>
  complaints(manifest, ({ container }) => container.securityContext.readOnlyRootFilesystem !== true && 'may write to its root');

export const resources: Rule = manifest => complaints(manifest, ({ container: { resources: own } }) => [
  ...(own?.requests?.cpu ? [] : ['requests no cpu']),
  ...(own?.requests?.memory ? [] : ['requests no memory']),
  ...(own?.limits?.memory ? [] : ['has no limit of memory']),
].join(', '));

export const pinned: Rule = manifest =>
  complaints(manifest, ({ container: { image } }) => !/(:(?!latest$)\w[\w.-]*|@sha256:[0-9a-f]{64})$/.test(image) && `runs ${image}`);

export const liveness: Rule = manifest => [
  ...manifest.filter(object => ['Deployment', 'StatefulSet'].includes(object.kind))
    .flatMap(object => object.spec.template.spec.containers.filter(container => !container.livenessProbe).map(container => container.name)),
  ...complaints(manifest, ({ container }) => container.restartPolicy === 'Always' && container.ports && !container.livenessProbe && 'serves unwatched'),
];

/** Whether a URL in the text holds a password other than a reference to a variable. */
function holdsPassword(text: string): boolean {
  return [...text.matchAll(/:\/\/[^/\s:@]*:([^@\s/]+)@/g)].some(([, password]) => !/^\$\(\w+\)$/.test(password));
}

/** Whether a literal of a variable holds what should be in a Secret. */
function holdsCredential({ name, value = '' }: Env): boolean {
  return holdsPassword(value) || /"password"\s*:/.test(value) || (SECRET_NAME.test(name) && !/^(\$\(\w+\),?)*$/.test(value) && !value.startsWith('/run/secrets/'))
    || (/BASIC_AUTH$/.test(name) && /:(?!\$\(\w+\)(,|$))/.test(value));
}

export const noSecret: Rule = manifest => [
  ...manifest.filter(object => object.kind === 'Secret').map(object => `Secret ${object.metadata.name}`),
  ...complaints(manifest, ({ container }) => (container.env ?? []).filter(holdsCredential).map(variable => variable.name).join(', ')),
  ...complaints(manifest, ({ container }) => [...container.command ?? [], ...container.args ?? []]
    .some((text, index, all) => holdsPassword(text) || (/^--password$/.test(all[index - 1]) && !text.startsWith('$'))) && 'has a password in its arguments'),
  ...manifest.filter(object => object.kind === 'ConfigMap').flatMap(object => Object.entries(object.data)
    .filter(([, text]) => holdsPassword(text) || /^(fernet_key|secret_key|jwt_secret|sql_alchemy_conn) = /m.test(text))
    .map(([key]) => `${object.metadata.name}/${key}`)),
];

export const environment: Rule = manifest => complaints(manifest, ({ container }) => {
  const names = (container.env ?? []).map(variable => variable.name);
  const early = (container.env ?? []).flatMap(({ value }, index) => [...(value ?? '').matchAll(/\$\((\w+)\)/g)]
    .map(([, other]) => other).filter(other => !names.slice(0, index).includes(other)));
  return [...duplicates(names), ...early.map(other => `${other} is used before it is set`)].join(', ');
});

export const serviceLinks: Rule = manifest =>
  podList(manifest).filter(([, { spec }]) => spec.enableServiceLinks !== false).map(([component]) => component);

export const names: Rule = manifest => [
  ...duplicates(manifest.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).map(name => `${name} is there twice`),
  ...manifest.filter(({ kind, metadata: { name } }) => !(kind === 'Service' ? SERVICE_NAME : DNS_LABEL).test(name) || name.length > (['StatefulSet', 'CronJob'].includes(kind) ? 52 : 63))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  ...[...manifest.map(object => object.metadata.labels), ...podList(manifest).map(([, of]) => of.metadata.labels)]
    .flatMap(labels => Object.entries(labels ?? {})).filter(([, value]) => value.length > 63 || !LABEL_VALUE.test(value)).map(([name, value]) => `${name}=${value}`),
  ...complaints(manifest, ({ container }) => [
    ...(DNS_LABEL.test(container.name) && container.name.length <= 63 ? [] : ['name']),
    ...(container.ports ?? []).map(port => port.name ?? 'x').filter(name => name.length > 15 || !DNS_LABEL.test(name) || !/[a-z]/.test(name)),
  ].join(', ')),
  ...podList(manifest).flatMap(([component, of]) => [
    ...duplicates([...of.spec.initContainers ?? [], ...of.spec.containers].map(container => container.name)),
    ...duplicates((of.spec.volumes ?? []).map(volume => volume.name)),
  ].map(name => `${component}: ${name} is there twice`)),
];

function matches(selector: Texts, { metadata: { labels } }: Pod): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

export const selectors: Rule = manifest => {
  const owners = workloads(manifest).filter(object => object.kind !== 'Job').map(object => (
    { name: object.metadata.name, selector: object.spec.selector.matchLabels, own: object.spec.template }));
  const services = manifest.filter(object => object.kind === 'Service').map(object => (
    { name: object.metadata.name, selector: object.spec.selector as Texts, own: undefined }));
  const budgets = manifest.filter(object => object.kind === 'PodDisruptionBudget').map(object => (
    { name: object.metadata.name, selector: object.spec.selector.matchLabels, own: undefined }));
  const all = [...workloads(manifest).map(object => object.spec.template), ...taskPods(manifest)];
  return [...owners, ...services, ...budgets].flatMap(({ name, selector, own }) => {
    const matched = all.filter(of => matches(selector, of));
    return [
      ...(matched.length === 1 ? [] : [`${name} selects the pods of ${matched.length} workloads`]),
      ...(own === undefined || matches(selector, own) ? [] : [`${name} does not select its own pods`]),
      ...(taskPods(manifest).some(of => matches(selector, of)) ? [`${name} selects the pods of tasks`] : []),
    ];
  });
};

/** The pods of tasks, where several instances are in one manifest. */
function taskPods(manifest: Manifest[]): Pod[] {
  return podList(manifest).filter(([component]) => component.split('/')[0] === 'task').map(([, of]) => of);
}

export const mounts: Rule = manifest => complaints(manifest, ({ of, container }) => {
  const claims = workloads(manifest).filter(object => object.spec.template === of).flatMap(object => object.spec.volumeClaimTemplates ?? []);
  const volumes = [...(of.spec.volumes ?? []).map(volume => volume.name), ...claims.map(claim => claim.metadata.name)];
  const own = container.volumeMounts ?? [];
  const missing = own.filter(mount => !volumes.includes(mount.name)).map(mount => `${mount.name} is not a volume`);
  const files = own.filter(mount => mount.subPath !== undefined).filter(mount => {
    const name = of.spec.volumes?.find(volume => volume.name === mount.name)?.configMap?.name;
    const map = manifest.find(object => object.kind === 'ConfigMap' && object.metadata.name === name);
    return map !== undefined && map.data[mount.subPath!] === undefined;
  }).map(mount => `${mount.subPath} is not in its ConfigMap`);
  return [...missing, ...files, ...duplicates(own.map(mount => mount.mountPath)).map(path => `${path} is there twice`)].join(', ');
});

export const tokens: Rule = manifest => {
  const bound = manifest.filter(object => object.kind === 'RoleBinding').flatMap(object => object.subjects.map(subject => subject.name));
  return podList(manifest).flatMap(([component, { spec }]) => {
    const mounted = spec.automountServiceAccountToken;
    if (mounted === undefined) { return [`${component}: leaves the token to its account`]; }
    return mounted === bound.includes(spec.serviceAccountName ?? '') ? [] : [`${component}: token is ${mounted ? '' : 'not '}mounted`];
  });
};

/** Where the data has what the API server drops, so that every apply would look like a change. */
function droppedIn(value: unknown, path: string): string[] {
  if (value === null || (Array.isArray(value) && value.length === 0)) { return [path]; }
  if (typeof value !== 'object') { return []; }
  return Object.entries(value).flatMap(([key, inner]) => droppedIn(inner, `${path}.${key}`));
}

export const settled: Rule = manifest => [
  ...manifest.flatMap(object => droppedIn(object, `${object.kind} ${object.metadata.name}`)),
  ...podList(manifest).flatMap(([component, of]) => droppedIn(of, component)),
];

export const namespaced: Rule = manifest => manifest
  .filter(({ kind, metadata }) => kind.startsWith('Cluster') || (metadata.namespace === undefined) !== (kind === 'Namespace'))
  .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
