import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkPinned } from './image';
import { checkMembers } from './members';
import { defined, Json } from './pod';
import { gather, Problems } from './problems';
import { checkBetween, checkDnsLabel, checkSeconds, checkSubPath, failure, isLabelName } from './validate';

/** The fields of a pod that Kubernetes writes to a file. It refuses all others in a volume. */
const FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.labels', 'metadata.annotations'];

/**
 * A file with a fact about the pod. Give either `field` or `resource`.
 */
export interface DownwardApiFile {
  /**
   * The field of the pod: `metadata.name`, `metadata.namespace`, `metadata.uid`, `metadata.labels`, `metadata.annotations`, or one
   * label or annotation, as in `metadata.labels['team']`.
   *
   * @default - `resource` decides
   */
  readonly field?: string;

  /**
   * The request or limit of a container.
   *
   * @default - `field` decides
   */
  readonly resource?: kplus.ResourceFieldPaths;

  /**
   * The name of the container of `resource`.
   *
   * @default - none; required with `resource`
   */
  readonly container?: string;

  /**
   * The unit of `resource`, for example `1Mi` or `1m`.
   *
   * @default - whole cores or bytes
   */
  readonly divisor?: string;
}

/**
 * The entries of a Secret or ConfigMap that become files.
 */
export interface ProjectedEntriesOptions {
  /**
   * The file of each entry: `{ 'tls.crt': 'client.pem' }`.
   *
   * @default - every entry, in a file of its name
   */
  readonly items?: { readonly [key: string]: string };

  /**
   * Whether the pod also starts without the Secret or ConfigMap, or without an entry of it.
   *
   * @default false
   */
  readonly optional?: boolean;
}

/**
 * A token of the pod's service account, as a file.
 */
export interface ProjectedTokenSourceOptions {
  /** The path of the file in the volume. */
  readonly path: string;

  /**
   * Who accepts the token.
   *
   * @default - the Kubernetes API
   */
  readonly audience?: string;

  /**
   * How long the token is valid, at least 10 minutes. The kubelet renews the file before the token expires.
   *
   * @default Duration.hours(1)
   */
  readonly expiration?: Duration;
}

/**
 * A source of files for `Volumes.projected`.
 */
export class ProjectedSource {
  /** The entries of a Secret. */
  public static secret(secret: kplus.ISecret, options: ProjectedEntriesOptions = {}): ProjectedSource {
    checkMembers('ProjectedEntriesOptions', options);
    return new ProjectedSource('secret', options.items, { name: secret.name, ...entries(options) });
  }

  /** The entries of a ConfigMap. */
  public static configMap(configMap: kplus.IConfigMap, options: ProjectedEntriesOptions = {}): ProjectedSource {
    checkMembers('ProjectedEntriesOptions', options);
    return new ProjectedSource('configMap', options.items, { name: configMap.name, ...entries(options) });
  }

  /**
   * Facts about the pod.
   *
   * @param files the facts by the paths of their files
   * @throws when Kubernetes does not write the field to a file
   */
  public static downwardApi(files: { readonly [path: string]: DownwardApiFile }): ProjectedSource {
    return new ProjectedSource('downwardAPI', Object.fromEntries(Object.keys(files).map(path => [path, path])), { items: facts(files) });
  }

  /**
   * A token of the service account.
   *
   * @throws when the token would expire in less than 10 minutes
   */
  public static serviceAccountToken(options: ProjectedTokenSourceOptions): ProjectedSource {
    checkMembers('ProjectedTokenSourceOptions', options);
    const { path, audience, expiration = Duration.hours(1) } = options;
    checkSeconds(undefined, 'expiration', expiration, 600);
    if (audience === '') {
      throw failure(undefined, "'audience' must be the name of who accepts the token, got none; leave it out for the Kubernetes API");
    }
    return new ProjectedSource('serviceAccountToken', { path }, defined({ path, audience, expirationSeconds: expiration.toSeconds() }));
  }

  private constructor(
    private readonly kind: string,
    /**
     * The files that the source writes, as far as they are known.
     *
     * @internal
     */
    public readonly _files: { readonly [key: string]: string } = {},
    private readonly source: Json,
  ) {
    for (const path of Object.values(_files)) { checkSubPath(undefined, 'path', path); }
  }

  /**
   * @internal
   */
  public _toKube(): Json {
    return { [this.kind]: this.source };
  }
}

/**
 * Options of `Volumes.projected` and `Volumes.downwardApi`.
 */
export interface FileVolumeOptions {
  /**
   * The permissions of the files, for example `0o440`. A token of the service account always belongs to the user of the pod and has
   * `0o640`.
   *
   * @default - the Kubernetes default (0o644)
   */
  readonly defaultMode?: number;
}

/**
 * Options of `Volumes.image`.
 */
export interface ImageVolumeOptions {
  /**
   * When the kubelet pulls the image.
   *
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly pullPolicy?: kplus.ImagePullPolicy;
}

/**
 * Volumes that cdk8s-plus has no factory for, as `kplus.Volume`: for every `volumeMounts` of this library.
 */
export class Volumes {
  /**
   * The files of several sources in one folder, for example a token and the certificate of the server that takes it.
   *
   * @param name the name of the volume in the pod
   * @throws when there is no source, or when two sources write the same file
   * @see https://kubernetes.io/docs/concepts/storage/projected-volumes/
   */
  public static projected(
    scope: Construct, id: string, name: string, sources: ProjectedSource[], options: FileVolumeOptions = {},
  ): kplus.Volume {
    checkMembers('FileVolumeOptions', options, scope);
    gather(scope, problems => {
      checkFiles(problems, scope, name, options);
      if (sources.length === 0) { problems.add(`'sources' of the volume '${name}' must have at least one, got none`); }
      const files = sources.flatMap(source => Object.values(source._files));
      const twice = files.find((file, index) => files.indexOf(file) !== index);
      if (twice !== undefined) {
        problems.add(`'sources' of the volume '${name}' write the file '${twice}' twice; give one of them another path`);
      }
    });
    return volume(scope, id, name, { projected: { sources: sources.map(source => source._toKube()), ...options } });
  }

  /**
   * Facts about the pod, such as its labels or the memory limit of a container. The files follow changes of labels and annotations.
   *
   * @param name the name of the volume in the pod
   * @param files the facts by the paths of their files
   * @throws when Kubernetes does not write the field to a file
   * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
   */
  public static downwardApi(
    scope: Construct, id: string, name: string, files: { readonly [path: string]: DownwardApiFile }, options: FileVolumeOptions = {},
  ): kplus.Volume {
    checkMembers('FileVolumeOptions', options, scope);
    gather(scope, problems => {
      checkFiles(problems, scope, name, options);
      for (const path of Object.keys(files)) { problems.check(() => checkSubPath(scope, 'files', path)); }
    });
    return volume(scope, id, name, { downwardAPI: { items: facts(files, scope), ...options } });
  }

  /**
   * The files of an image, read-only: for example a model, or the rules of a data test. The nodes need Kubernetes 1.33 with the
   * feature gate `ImageVolume`, and a container runtime that mounts images. The pull secrets of the pod apply. A pod of cdk8s-plus
   * leaves the volume out, because its Kubernetes is older.
   *
   * @param name the name of the volume in the pod
   * @param reference the image or artifact, with a tag or digest
   * @throws when the reference has neither a tag nor a digest
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/
   */
  public static image(scope: Construct, id: string, name: string, reference: string, options: ImageVolumeOptions = {}): kplus.Volume {
    checkMembers('ImageVolumeOptions', options, scope);
    gather(scope, problems => {
      problems.check(() => checkDnsLabel(scope, 'name', name));
      problems.check(() => checkPinned('reference', reference, scope));
    });
    return volume(scope, id, name, { image: { reference, pullPolicy: options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT } });
  }

  private constructor() {}
}

/** The constructor of `kplus.Volume` is private, although it takes any source. */
function volume(scope: Construct, id: string, name: string, source: Json): kplus.Volume {
  return Reflect.construct(kplus.Volume, [scope, id, name, source]) as kplus.Volume;
}

function checkFiles(problems: Problems, scope: Construct, name: string, { defaultMode }: FileVolumeOptions): void {
  problems.check(() => checkDnsLabel(scope, 'name', name));
  problems.check(() => checkBetween(scope, 'defaultMode', defaultMode, 0, 0o777));
}

function entries({ items, optional }: ProjectedEntriesOptions): Json {
  return defined({ items: items && Object.entries(items).map(([key, path]) => ({ key, path })), optional });
}

function facts(files: { readonly [path: string]: DownwardApiFile }, scope?: Construct): Json[] {
  return Object.entries(files).map(([path, file]) => ({ path, ...factOf(scope, path, file) }));
}

function factOf(scope: Construct | undefined, path: string, file: DownwardApiFile): Json {
  checkMembers('DownwardApiFile', file, scope);
  const { field, resource, container, divisor } = file;
  if ((field === undefined) === (resource === undefined)) {
    throw failure(scope, `'${path}' must have either 'field' or 'resource', got ${field === undefined ? 'none' : 'both'}`);
  }
  if (resource !== undefined) {
    if (container === undefined) { throw failure(scope, `'${path}' needs 'container', the name of the container that has '${resource}'`); }
    const isCpu = resource.endsWith('cpu');
    if (divisor !== undefined && !(isCpu ? /^1m?$/ : /^1([kMGTPE]|[KMGTPE]i)?$/).test(divisor)) {
      throw failure(scope, `'divisor' of '${path}' must be ${isCpu ? '1 or 1m' : 'like 1, 1k or 1Mi'} for ${resource}, got '${divisor}'`);
    }
    return { resourceFieldRef: defined({ containerName: container, resource, divisor }) };
  }
  if (container !== undefined || divisor !== undefined) {
    throw failure(scope, `'${path}' is the field '${field}', so 'container' and 'divisor' mean nothing; leave them out`);
  }
  const [, , key] = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(field!) ?? [];
  if (!FIELDS.includes(field!) && (key === undefined || !isLabelName(key.toLowerCase()))) {
    throw failure(scope, `'field' of '${path}' must be one of ${FIELDS.join(', ')}, or like metadata.labels['team'], got '${field}'; `
      + 'Kubernetes gives other fields only to environment variables');
  }
  return { fieldRef: { fieldPath: field } };
}
