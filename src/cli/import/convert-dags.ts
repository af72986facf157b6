import { Conversion, secretKeyOf } from './conversion';
import { image } from './convert-stores';
import { asObject, isObject, JsonObject } from './json';
import { call, create, Expr, list, lit, Maybe, name, someStruct, struct } from './program';
import { asIs, goDuration, number, objects, pullPolicy, resources, size, text, textMap } from './scalars';
import { StructBuilder } from './struct-builder';
import { Variables } from './variables';
import { volumeMounts } from './volumes';

/** Where the DAG files come from. */
export function convertDags(conversion: Conversion): void {
  conversion.attempt('dags', () => {
    const source = sourceOf(conversion);
    if (source !== undefined) {
      conversion.props.builder.put(
        'dags',
        source,
        ['dags', 'dags.gitSync', 'dags.persistence'].flatMap(key => conversion.commentsOf(key)),
      );
    }
  });
}

function sourceOf(conversion: Conversion): Maybe<Expr> {
  const { values } = conversion;
  const folder = conversion.options.take('core.dags_folder');
  const bundles = values.given('dagProcessor.dagBundleConfigList');
  if (conversion.isAirflow3 && bundles !== undefined) {
    conversion.line('dagProcessor.dagBundleConfigList', 'prop', 'dags: DagSource.bundles()');
    if (folder !== undefined) { conversion.line(folder.key, 'left out', 'the bundles say where the DAGs are'); }
    objects(bundles).forEach(bundle => tellUnread(conversion, bundle));
    return call('DagSource.bundles', list(objects(bundles).map(bundle => bundleOf(bundle))));
  }
  if (values.effective('dags.gitSync.enabled') === true) {
    if (folder !== undefined) { conversion.line(folder.key, 'better', 'the clone decides the folder'); }
    return gitSync(conversion);
  }
  if (values.effective('dags.persistence.enabled') === true) { return claim(conversion, folder); }
  const path =
    folder
    ?? (values.given('dags.mountPath') === undefined
      ? undefined
      : { key: 'dags.mountPath', value: String(values.given('dags.mountPath')) });
  if (path === undefined) { return undefined; }
  conversion.line(path.key, 'prop', 'dags: DagSource.fromImage({ path })');
  return path.value === '/opt/airflow/dags'
    ? undefined
    : call('DagSource.fromImage', struct('ImageDagsOptions', { path: lit(path.value) }));
}

function gitSync(conversion: Conversion): Expr {
  const { values } = conversion;
  const key = (knob: string) => `dags.gitSync.${knob}`;
  const builder = new StructBuilder();
  const target = { builder, label: 'dags: DagSource.gitSync().' };
  builder.put('repo', lit(String(values.effective(key('repo')))), conversion.commentsOf(key('repo')));
  if (values.given(key('repo')) !== undefined) { conversion.line(key('repo'), 'prop', `${target.label}repo`); }
  const refs = ['ref', 'branch', 'rev'].filter(knob => values.given(key(knob)) !== undefined);
  const given = refs.map(knob => [knob, String(values.given(key(knob)))] as const).filter(([, value]) => value !== 'HEAD' && value !== '');
  // git-sync 4 reads `ref`; the chart sets the others for git-sync 3.
  const ref = given[0]?.[1] ?? String(values.effective(key('ref')));
  builder.put('ref', lit(ref));
  for (const knob of refs) {
    conversion.line(
      key(knob),
      String(values.given(key(knob))) === ref ? 'prop' : 'left out',
      String(values.given(key(knob))) === ref ? `${target.label}ref` : `git-sync 4 reads 'ref', which is '${ref}'`,
    );
  }
  const subPath = String(values.effective(key('subPath')) ?? '').replace(/^\/+|\/+$/g, '');
  if (subPath !== '') { builder.put('subPath', lit(subPath)); }
  if (values.has(key('subPath'))) { conversion.line(key('subPath'), 'prop', `${target.label}subPath`); }
  conversion.take(key('depth'), 'depth', number, target);
  conversion.take(key('maxFailures'), 'maxFailures', number, target);
  const wait = values.given(key('period')) === undefined ? key('wait') : key('period');
  conversion.take(wait, 'period', goDuration, target);
  conversion.take(key('resources'), 'resources', resources, target);
  conversion.take(key('env'), 'env', (value, at) => new Variables(conversion).add(value, at).build(), target);
  conversion.take(
    key('extraVolumeMounts'),
    'volumeMounts',
    value => volumeMounts(conversion, value, objects(values.given('volumes'))),
    target,
  );
  conversion.take('images.gitSync.pullPolicy', 'pullPolicy', pullPolicy, target);
  image(conversion, 'gitSync', builder);
  const login = credentials(conversion, key);
  if (login !== undefined) { builder.put('credentials', login); }
  conversion.line(key('enabled'), 'prop', 'dags: DagSource.gitSync()');
  if (values.effective('dags.persistence.enabled') === true) {
    builder.put('shared', struct('SharedCloneOptions', { claim: existingClaim(conversion) }));
    for (const leaf of values.leaves().filter(other => other.startsWith('dags.persistence.'))) {
      conversion.line(leaf, 'prop', `${target.label}shared`);
    }
  }
  return call('DagSource.gitSync', builder.build('GitSyncOptions'));
}

function existingClaim(conversion: Conversion): Maybe<Expr> {
  const existing = conversion.values.given('dags.persistence.existingClaim');
  return existing === undefined || existing === '' ? undefined : conversion.existing('PersistentVolumeClaim', String(existing));
}

function credentials(conversion: Conversion, key: (knob: string) => string): Maybe<Expr> {
  const { values } = conversion;
  const token = values.given(key('credentialsSecret'));
  if (token !== undefined) {
    conversion.line(key('credentialsSecret'), 'prop', 'dags: DagSource.gitSync({ credentials: GitCredentials.token() })');
    return call(
      'GitCredentials.token',
      secretKeyOf(String(token), 'GITSYNC_PASSWORD'),
      struct('TokenOptions', { usernameSecret: secretKeyOf(String(token), 'GITSYNC_USERNAME') }),
    );
  }
  const named = values.given(key('sshKeySecret'));
  if (named === undefined && values.given(key('sshKey')) === undefined) { return undefined; }
  const privateKey =
    named === undefined
      ? conversion.secret(key('sshKey'), 'git-ssh', 'gitSshKey', 'the private key')
      : secretKeyOf(String(named), 'gitSshKey');
  if (named !== undefined) {
    conversion.line(key('sshKeySecret'), 'prop', 'dags: DagSource.gitSync({ credentials: GitCredentials.sshKey() })');
  }
  const known = values.given(key('knownHosts'));
  if (known === undefined || known === '') {
    conversion.line(key('knownHosts'), 'decision', 'git-sync checks no host key, so that an attacker on the way can deliver other DAGs; '
      + 'use GitCredentials.sshKey() with the known hosts. The program has GitCredentials.sshKeyForAnyHost(), as the chart does');
    return call('GitCredentials.sshKeyForAnyHost', privateKey);
  }
  conversion.line(key('knownHosts'), 'prop', 'dags: known hosts in a ConfigMap');
  const object = `${conversion.name}-known-hosts`;
  conversion.after.push({
    value: create(
      'kplus.ConfigMap',
      name('chart'),
      lit('known-hosts'),
      struct('kplus.ConfigMapProps', {
        metadata: struct('cdk8s.ApiObjectMetadata', { name: lit(object) }),
        data: { kind: 'dict', members: [{ name: 'known_hosts', value: lit(String(known).trimEnd()) }] },
      }),
    ),
  });
  return call(
    'GitCredentials.sshKey',
    privateKey,
    struct('SshKeyOptions', { knownHostsConfigMap: conversion.existing('ConfigMap', object) }),
  );
}

function claim(conversion: Conversion, folder: { key: string; value: string } | undefined): Expr {
  const { values } = conversion;
  const builder = new StructBuilder();
  const target = { builder, label: 'dags: DagSource.' };
  conversion.take('dags.persistence.subPath', 'subPath', text, target);
  const mountPath = folder?.value ?? values.given('dags.mountPath');
  if (mountPath !== undefined && mountPath !== '/opt/airflow/dags') { builder.put('mountPath', lit(String(mountPath))); }
  for (const key of [folder?.key, values.given('dags.mountPath') === undefined ? undefined : 'dags.mountPath']) {
    if (key !== undefined) {
      conversion.line(key, 'prop', `${target.label}mountPath`);
    }
  }
  conversion.line('dags.persistence.enabled', 'prop', 'dags: a claim');
  const existing = existingClaim(conversion);
  if (existing !== undefined) {
    conversion.line('dags.persistence.existingClaim', 'prop', 'dags: DagSource.fromClaim()');
    for (const knob of ['accessMode', 'annotations', 'size', 'storageClassName'].filter(
      other => values.given(`dags.persistence.${other}`) !== undefined,
    )) {
      conversion.line(`dags.persistence.${knob}`, 'left out', 'the claim exists');
    }
    return call('DagSource.fromClaim', existing, builder.isEmpty ? undefined : builder.build('ClaimDagsOptions'));
  }
  const mode = String(values.effective('dags.persistence.accessMode'));
  conversion.take('dags.persistence.size', 'size', size, target);
  conversion.take('dags.persistence.storageClassName', 'storageClassName', text, target);
  conversion.take('dags.persistence.annotations', 'annotations', textMap, target);
  if (mode === 'ReadWriteOnce') {
    conversion.line('dags.persistence.accessMode', 'decision', 'several pods mount the claim, which ReadWriteOnce allows on one node '
      + 'only; the program has ReadWriteMany, which the storage class must support, '
      + 'otherwise use DagSource.gitSync() or DagSource.fromImage()');
  } else if (values.has('dags.persistence.accessMode')) {
    conversion.line('dags.persistence.accessMode', 'prop', 'dags: DagSource.newClaim()');
  }
  if (mode === 'ReadOnlyMany') { builder.put('accessMode', name('kplus.PersistentVolumeAccessMode.READ_ONLY_MANY')); }
  return call('DagSource.newClaim', builder.isEmpty ? undefined : builder.build('NewClaimDagsOptions'));
}

const READ: { readonly [name: string]: readonly string[] } = {
  LocalDagBundle: ['path'],
  GitDagBundle: ['repo_url', 'tracking_ref', 'subdir', 'git_conn_id'],
  S3DagBundle: ['bucket_name', 'prefix', 'aws_conn_id'],
  GCSDagBundle: ['bucket_name', 'prefix', 'gcp_conn_id'],
};

/** What a bundle says that no prop has. */
function tellUnread(conversion: Conversion, { name: id, classpath, kwargs, ...others }: JsonObject): void {
  const read = READ[String(classpath).split('.').pop()!];
  const options =
    read === undefined || !isObject(kwargs)
      ? []
      : Object.keys(kwargs).filter(key => ![...read, 'refresh_interval', 'view_url_template'].includes(key));
  for (const key of [...Object.keys(others), ...options]) {
    conversion.line(
      'dagProcessor.dagBundleConfigList',
      'decision',
      `'${key}' of the bundle '${String(id)}' has no prop; DagBundle.custom() takes all arguments of a class`,
    );
  }
}

function bundleOf({ name: id, classpath, kwargs }: JsonObject): Expr {
  const options: JsonObject = asObject(kwargs);
  const class_ = String(classpath).split('.').pop();
  const found = (knob: string): Maybe<Expr> =>
    options[knob] === undefined || options[knob] === null ? undefined : lit(String(options[knob]));
  const shared = {
    refreshInterval: options.refresh_interval === undefined ? undefined : goDuration(Number(options.refresh_interval), ''),
    viewUrlTemplate: found('view_url_template'),
  };
  const connection = (knob: string) =>
    options[knob] === undefined ? undefined : call('AirflowConnection.fromId', lit(String(options[knob])));
  switch (class_) {
    case 'LocalDagBundle': {
      const path = lit(String(options.path ?? '/opt/airflow/dags'));
      return call('DagBundle.local', lit(String(id)), path, someStruct('DagBundleOptions', shared));
    }
    case 'GitDagBundle': return call(
      'DagBundle.git',
      lit(String(id)),
      struct('GitBundleOptions', {
        repo: found('repo_url'),
        ref: lit(String(options.tracking_ref ?? 'main')),
        subPath: found('subdir'),
        connection: connection('git_conn_id'),
        ...shared,
      }),
    );
    case 'S3DagBundle': case 'GCSDagBundle': return call(
      `DagBundle.${class_ === 'S3DagBundle' ? 's3' : 'gcs'}`,
      lit(String(id)),
      struct('BucketBundleOptions', {
        bucket: lit(String(options.bucket_name)),
        prefix: found('prefix'),
        connection: connection(class_ === 'S3DagBundle' ? 'aws_conn_id' : 'gcp_conn_id'),
        ...shared,
      }),
    );
    default: return call('DagBundle.custom', lit(String(id)), struct('CustomBundleOptions', {
      classPath: lit(String(classpath)), kwargs: kwargs === undefined ? undefined : asIs(options, ''),
    }));
  }
}

