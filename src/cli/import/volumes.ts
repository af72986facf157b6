import { Conversion, Undecided } from './conversion';
import { asObject, isObject, Json, JsonObject } from './json';
import { call, dict, Expr, list, lit, Maybe, name, someStruct, struct } from './program';
import { duration, enumValue, objects, size, textMap, whole } from './scalars';

/** Mounts with their volumes, as a container takes them. */
export function volumeMounts(conversion: Conversion, mounts: Json | undefined, volumes: readonly JsonObject[]): Maybe<Expr> {
  const items = objects(mounts).map(mount => {
    const volume = volumes.find(({ name: other }) => other === mount.name);
    if (volume === undefined) {
      throw new Undecided(
        `the mount at '${String(mount.mountPath)}' names the volume '${String(mount.name)}', which the values do not have`,
      );
    }
    return volumeMount(mount, volumeOf(conversion, volume));
  });
  return items.length === 0 ? undefined : list(items);
}

function volumeMount(mount: JsonObject, volume: Expr): Expr {
  const propagation = { None: 'NONE', HostToContainer: 'HOST_TO_CONTAINER', Bidirectional: 'BIDIRECTIONAL' };
  return struct('cdk8s-plus-27.VolumeMount', {
    path: lit(String(mount.mountPath)),
    volume,
    subPath: typeof mount.subPath === 'string' ? lit(mount.subPath) : undefined,
    subPathExpr: typeof mount.subPathExpr === 'string' ? lit(mount.subPathExpr) : undefined,
    readOnly: mount.readOnly === true ? lit(true) : undefined,
    propagation:
      mount.mountPropagation === undefined ? undefined : enumValue('kplus.MountPropagation', propagation, mount.mountPropagation),
  });
}

/** Names of volumes that the library's own pods have. */
const OWN_VOLUMES = ['config', 'dags', 'local-settings', 'logs', 'scratch', 'scripts', 'tmp'];

/** The constant with a volume of the pod. */
export function volumeOf(conversion: Conversion, volume: JsonObject): Expr {
  const volumeName = OWN_VOLUMES.includes(String(volume.name)) ? `own-${String(volume.name)}` : String(volume.name);
  const base = volumeName.endsWith('volume') ? volumeName : `${volumeName}-volume`;
  return conversion.constant(base, id => source(conversion, volume, lit(id), volumeName));
}

function source(conversion: Conversion, volume: JsonObject, id: Expr, volumeName: string): Expr {
  const { configMap, secret, emptyDir, persistentVolumeClaim: claim, csi } = volume;
  const app = name('app');
  const ofFiles = (kind: 'ConfigMap' | 'Secret', object: Json | undefined, value: JsonObject) => call(
    `kplus.Volume.from${kind}`, app, id, conversion.existing(kind, String(object)), files(`kplus.${kind}VolumeOptions`, value, volumeName),
  );
  if (isObject(configMap)) { return ofFiles('ConfigMap', configMap.name, configMap); }
  if (isObject(secret)) { return ofFiles('Secret', secret.secretName, secret); }
  if (emptyDir !== undefined) {
    const { medium, sizeLimit } = asObject(emptyDir);
    return call('kplus.Volume.fromEmptyDir', app, id, lit(volumeName), someStruct('kplus.EmptyDirVolumeOptions', {
      medium: medium === 'Memory' ? name('kplus.EmptyDirMedium.MEMORY') : undefined,
      sizeLimit: sizeLimit === undefined ? undefined : size(sizeLimit, ''),
    }));
  }
  if (isObject(claim)) {
    return call(
      'kplus.Volume.fromPersistentVolumeClaim',
      app,
      id,
      conversion.existing('PersistentVolumeClaim', String(claim.claimName)),
      struct('kplus.PersistentVolumeClaimVolumeOptions', {
        name: lit(volumeName),
        readOnly: claim.readOnly === true ? lit(true) : undefined,
      }),
    );
  }
  if (isObject(csi) && csi.nodePublishSecretRef === undefined) {
    return call('kplus.Volume.fromCsi', app, id, lit(String(csi.driver)), struct('kplus.CsiVolumeOptions', {
      name: lit(volumeName),
      fsType: typeof csi.fsType === 'string' ? lit(csi.fsType) : undefined,
      readOnly: csi.readOnly === true ? lit(true) : undefined,
      attributes: isObject(csi.volumeAttributes) ? textMap(csi.volumeAttributes, '') : undefined,
    }));
  }
  const other = ofLibrary(conversion, volume, [app, id, lit(volumeName)]);
  if (other !== undefined) { return other; }
  const kind = Object.keys(volume).find(field => field !== 'name') ?? 'nothing';
  throw new Undecided(`the volume '${volumeName}' is of the kind '${kind}': ${INSTEAD[kind] ?? 'it has no prop; use a claim'}`);
}

/** The kinds of volumes that cdk8s-plus does not have. */
function ofLibrary(conversion: Conversion, { projected, downwardAPI, image }: JsonObject, place: Expr[]): Maybe<Expr> {
  const options = ({ defaultMode }: JsonObject) => someStruct('FileVolumeOptions', {
    defaultMode: defaultMode === undefined ? undefined : mode(defaultMode),
  });
  if (isObject(projected)) {
    return call(
      'Volumes.projected',
      ...place,
      list(objects(projected.sources).map(part => projectedSource(conversion, part))),
      options(projected),
    );
  }
  if (isObject(downwardAPI)) { return call('Volumes.downwardApi', ...place, downwardFiles(downwardAPI.items), options(downwardAPI)); }
  if (isObject(image)) { return call('Volumes.image', ...place, lit(String(image.reference))); }
  return undefined;
}

function downwardFiles(items: Json | undefined): Expr {
  return dict(Object.fromEntries(objects(items).map(({ path, fieldRef, resourceFieldRef }) => {
    if (!isObject(fieldRef) || resourceFieldRef !== undefined) {
      throw new Undecided("only fields of the pod have a prop, got 'resourceFieldRef'; use DownwardApiFile.resource");
    }
    return [String(path), struct('DownwardApiFile', { field: lit(String(fieldRef.fieldPath)) })];
  })));
}

function paths(items: Json): Expr {
  return dict(Object.fromEntries(objects(items).map(({ key, path }) => [String(key), lit(String(path))])));
}

function projectedSource(conversion: Conversion, { secret, configMap, serviceAccountToken: token, downwardAPI }: JsonObject): Expr {
  const entries = (found: JsonObject) => someStruct('ProjectedEntriesOptions', {
    items: Array.isArray(found.items) ? paths(found.items) : undefined,
    optional: found.optional === true ? lit(true) : undefined,
  });
  if (isObject(secret)) { return call('ProjectedSource.secret', conversion.existing('Secret', String(secret.name)), entries(secret)); }
  if (isObject(configMap)) {
    return call('ProjectedSource.configMap', conversion.existing('ConfigMap', String(configMap.name)), entries(configMap));
  }
  if (isObject(downwardAPI)) { return call('ProjectedSource.downwardApi', downwardFiles(downwardAPI.items)); }
  if (!isObject(token)) { throw new Undecided('a projected volume has a source of an unknown kind'); }
  return call('ProjectedSource.serviceAccountToken', struct('ProjectedTokenSourceOptions', {
    path: lit(String(token.path)),
    audience: token.audience === undefined ? undefined : lit(String(token.audience)),
    expiration: token.expirationSeconds === undefined ? undefined : duration(whole(token.expirationSeconds)),
  }));
}

const INSTEAD: { readonly [kind: string]: string } = {
  hostPath: 'the Pod Security level restricted refuses it; use a claim, or a DaemonSet that puts the files where pods may read them',
  nfs: 'the Pod Security level restricted refuses it; make a PersistentVolume with the NFS server, and mount a claim of it',
};

function files(type: string, { items, defaultMode, optional }: JsonObject, volumeName: string): Expr {
  return struct(type, {
    name: lit(volumeName),
    defaultMode: defaultMode === undefined || defaultMode === null ? undefined : mode(defaultMode),
    optional: optional === true ? lit(true) : undefined,
    items: Array.isArray(items) ? dict(Object.fromEntries(objects(items).map(({ key, path, mode: own }) => [
      String(key), struct('kplus.PathMapping', { path: lit(String(path)), mode: own === undefined ? undefined : mode(own) }),
    ]))) : undefined,
  });
}

/** YAML 1.1 reads 0400 as octal already. */
function mode(value: Json): Expr { return { kind: 'literal', value: whole(value), isOctal: true }; }
