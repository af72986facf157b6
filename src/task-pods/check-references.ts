import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Json } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';

/** What is known of a pod beside its text. */
interface Known {
  readonly namespace: string;
  /** The pod of the file that it was made of. */
  readonly file?: Json;
  /** What the file refers to and exists without the app. */
  readonly existing?: string[];
}

type Index = ReadonlyMap<string, (string | undefined)[]>;

/** What whole apps make, by their roots. */
const searched = new WeakMap<IConstruct, Index>();

/** The namespaces of the objects that an app makes, by kind and name. */
export class MadeObjects {
  /** Lets many that ask in one synthesis share the search of the whole app: every synthesis begins by validating all of it. */
  public static forgetWhenValidated(scope: IConstruct): void {
    scope.node.addValidation({
      validate: () => {
        searched.delete(scope.node.root);
        return [];
      },
    });
  }

  private readonly own: Index;

  /** @param scope what makes most of the objects: the rest of a large app is searched only when it must be */
  constructor(private readonly scope: IConstruct) {
    this.own = objectsIn(scope);
  }

  /** Whether the app makes the object in the namespace, or in none: that goes where it is applied. */
  public has(reference: string, namespace: string): boolean {
    const fits = (made: string | undefined) => made === namespace || made === undefined;
    return (this.own.get(reference) ?? []).some(fits) || this.namespacesOf(reference).some(fits);
  }

  public namespacesOf(reference: string): (string | undefined)[] {
    return this.all.get(reference) ?? [];
  }

  private get all(): Index {
    const { root } = this.scope.node;
    const all = searched.get(root) ?? objectsIn(root);
    searched.set(root, all);
    return all;
  }
}

/**
 * Throws when a pod refers to an object that the app makes in another namespace, or, where the pod is of a file, to one that
 * is neither made in the app nor said to exist.
 *
 * Objects that are typed props may exist without the app: whoever made them from a name has said so.
 */
export function checkReferences(scope: Construct, pod: Json, known: Known, made: MadeObjects): void {
  const fromFile = new Set(known.file === undefined ? [] : references(known.file));
  gather(scope, problems => {
    for (const reference of new Set(references(pod))) {
      if (made.has(reference, known.namespace)) { continue; }
      const namespaces = made.namespacesOf(reference);
      if (namespaces.length > 0 && !known.existing?.includes(reference)) {
        problems.add(`the pod is in the namespace '${known.namespace}', but ${reference} is made in '${namespaces[0]}'; make it in both, or leave it out`);
      }
      if (namespaces.length === 0 && fromFile.has(reference) && !known.existing?.includes(reference)) {
        problems.add(`'template' refers to ${reference}, which this app does not make; make it, or name it in 'existing'`);
      }
    }
  });
}

function objectsIn(scope: IConstruct): Index {
  const index = new Map<string, (string | undefined)[]>();
  for (const object of scope.node.findAll().filter(ApiObject.isApiObject)) {
    const reference = `${object.kind}/${object.name}`;
    index.set(reference, [...index.get(reference) ?? [], object.metadata.namespace]);
  }
  return index;
}

/** Kind and name of what a pod refers to. */
export function references(pod: Json): string[] {
  const found: string[] = [];
  const { serviceAccountName, imagePullSecrets } = pod.spec as { serviceAccountName?: string; imagePullSecrets?: { name: string }[] };
  if (serviceAccountName !== undefined) { found.push(`ServiceAccount/${serviceAccountName}`); }
  found.push(...(imagePullSecrets ?? []).map(({ name }) => `Secret/${name}`));
  walk(pod.spec, (key, value) => {
    const { name, secretName, claimName, optional } = value as { name?: string; secretName?: string; claimName?: string; optional?: boolean };
    if (optional) { return; }
    if (key === 'secret' && (secretName ?? name) !== undefined) { found.push(`Secret/${secretName ?? name!}`); }
    if (['secretKeyRef', 'secretRef', 'nodePublishSecretRef'].includes(key) && name !== undefined) { found.push(`Secret/${name}`); }
    if (['configMap', 'configMapKeyRef', 'configMapRef'].includes(key) && name !== undefined) { found.push(`ConfigMap/${name}`); }
    if (key === 'persistentVolumeClaim' && claimName !== undefined) { found.push(`PersistentVolumeClaim/${claimName}`); }
  });
  return found;
}

function walk(value: unknown, visit: (key: string, value: object) => void): void {
  if (value === null || typeof value !== 'object') { return; }
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) { visit(key, inner as object); }
    walk(inner, visit);
  }
}
