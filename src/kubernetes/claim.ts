import { ApiObject, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Json, Mount, Volume } from './pod';
import { EphemeralClaimOptions } from './pod-options';
import { checkSize, renderSize } from './quantity';
import { checkAnnotations, checkObjectName, failure } from './validate';

/** Throws when the access modes of a claim are known and none of them is allowed. */
export function checkClaim(
  scope: Construct,
  prop: string,
  claim: kplus.IPersistentVolumeClaim,
  allowed: kplus.PersistentVolumeAccessMode[],
): void {
  const modes = claim instanceof kplus.PersistentVolumeClaim ? claim.accessModes : undefined;
  if (modes !== undefined && !modes.some(mode => allowed.includes(mode))) {
    throw failure(
      scope,
      `'${prop}' must be a claim that is ${allowed.join(' or ')}, since several pods mount it, `
        + `got '${claim.name}' with ${modes.join(', ')}`,
    );
  }
}

/** The volumes and mounts that a pod needs to use claims. */
export interface ClaimParts {
  readonly volumes: Volume[];
  readonly mounts: Mount[];
}

/** The options of a new claim, and the prop that they come from. */
export interface NewClaim {
  readonly metadata: { readonly name?: string; readonly labels: { readonly [name: string]: string } };
  readonly prop: string;
  readonly size: Size;
  readonly accessMode?: kplus.PersistentVolumeAccessMode;
  readonly storageClassName?: string;
  readonly volume?: kplus.IPersistentVolume;
  readonly annotations?: { readonly [name: string]: string };
}

/** Throws for a name that no storage class can have. An empty name stands for no class at all. */
export function checkStorageClass(scope: Construct, prop: string, name: string | undefined): void {
  if (name !== '') { checkObjectName(scope, prop, 'StorageClass', name); }
}

/** Creates a claim that several pods mount. */
export function newClaim(scope: Construct, id: string, claim: NewClaim): kplus.PersistentVolumeClaim {
  const { prop, metadata, size, accessMode, storageClassName, volume, annotations } = claim;
  checkSize(scope, prop, size);
  checkAnnotations(scope, prop.replace(/size$/, 'annotations'), annotations);
  checkStorageClass(scope, prop.replace(/size$/, 'storageClassName'), storageClassName);
  const made = new kplus.PersistentVolumeClaim(scope, id, {
    metadata: { ...metadata, annotations },
    accessModes: [accessMode ?? kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
    storageClassName: storageClassName ?? classOf(volume),
    volume,
  });
  // cdk8s-plus accepts only whole GiB, so the size is patched in.
  ApiObject.of(made).addJsonPatch(
    JsonPatch.add('/spec/resources', { requests: { storage: kplus.k8s.Quantity.fromString(renderSize(size)) } }),
  );
  return made;
}

/**
 * The storage class of a claim that binds to a volume. Without a class, Kubernetes sets the cluster's default class, and a
 * volume that an administrator created has no class.
 */
function classOf(volume: kplus.IPersistentVolume | undefined): string | undefined {
  return volume instanceof kplus.PersistentVolume ? volume.storageClassName ?? '' : volume && '';
}

/** The volumes and mounts of claims that Kubernetes creates for each pod. */
export function ephemeralClaimParts(claims: EphemeralClaimOptions[] = []): ClaimParts {
  return {
    volumes: claims.map(({ name, size, storageClassName, accessMode }) => {
      const accessModes = [accessMode ?? kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE];
      const spec = { accessModes, storageClassName, resources: { requests: { storage: renderSize(size) } } };
      return { name, ephemeral: { volumeClaimTemplate: { spec } } };
    }),
    mounts: claims.map(({ name, mountPath }) => ({ name, mountPath })),
  };
}

/** The template of a claim, and the prop that its size comes from. */
export interface ClaimTemplate {
  readonly prop: string;
  readonly name: string;
  readonly size: Size;
  readonly storageClassName?: string;
  readonly accessMode?: kplus.PersistentVolumeAccessMode;
  readonly annotations?: { readonly [name: string]: string };
  readonly labels: object;
}

/** A claim that a StatefulSet creates for each of its pods. */
export function claimTemplate(scope: Construct, template: ClaimTemplate): Json {
  const { prop, name, size, storageClassName, accessMode, annotations, labels } = template;
  checkSize(scope, prop, size);
  checkStorageClass(scope, prop.replace(/(volumeS|s)ize$/, 'storageClassName'), storageClassName);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, labels, annotations },
    spec: {
      accessModes: [accessMode ?? kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
      resources: { requests: { storage: renderSize(size) } },
      storageClassName,
      volumeMode: 'Filesystem',
    },
    // The API server adds this status to a claim template. Without it, every apply would look like a change.
    status: { phase: 'Pending' },
  };
}

/** The volume and the mount of a claim. */
export function claimParts(
  name: string, claim: kplus.IPersistentVolumeClaim, mountPath: string, options: { subPath?: string; readOnly?: boolean },
): ClaimParts {
  return {
    volumes: [{ name, persistentVolumeClaim: { claimName: claim.name } }],
    mounts: [{ name, mountPath, subPath: options.subPath, readOnly: options.readOnly || undefined }],
  };
}
