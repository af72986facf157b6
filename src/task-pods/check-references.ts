import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Json } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';

/** Facts about a pod that its YAML does not contain. */
interface Known {
  readonly namespace: string;
  /** The pod in the template file, if there is one. */
  readonly file?: Json;
  /** References of the file to objects that exist without the app. */
  readonly existingObjects?: string[];
}

type Index = ReadonlyMap<string, (string | undefined)[]>;

/** The objects of whole apps, by the root of the app. */
const searched = new WeakMap<IConstruct, Index>();

/** The objects that an app creates, with their namespaces, by kind and name. */
export class MadeObjects {
  /**
   * Drops the cached search of the app at validation. Every synthesis starts by validating the whole app, so all checks of
   * one synthesis share a search.
   */
  public static forgetWhenValidated(scope: IConstruct): void {
    scope.node.addValidation({
      validate: () => {
        searched.delete(scope.node.root);
        return [];
      },
    });
  }

  private readonly own: Index;

  /** @param scope the construct that creates most of the objects; the rest of a large app is searched only if necessary */
  constructor(private readonly scope: IConstruct) {
    this.own = objectsIn(scope);
  }

  /**
   * Whether the app creates the object in this namespace, or without a namespace. Such an object goes to the namespace where
   * it is applied.
   */
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
 * Throws when a pod refers to an object that the app creates in another namespace. References from a template file must
 * also be created by the app or listed in `existingObjects`.
 *
 * References from typed props may be to objects outside the app, because the user created the reference from a name.
 */
export function checkReferences(scope: Construct, pod: Json, known: Known, made: MadeObjects): void {
  const fromFile = new Set(known.file === undefined ? [] : references(known.file));
  gather(scope, problems => {
    for (const reference of new Set(references(pod))) {
      if (made.has(reference, known.namespace)) { continue; }
      const namespaces = made.namespacesOf(reference);
      if (namespaces.length > 0 && !known.existingObjects?.includes(reference)) {
        problems.add(`the pod is in the namespace '${known.namespace}', but ${reference} is made in '${namespaces[0]}'; `
          + 'make it in both, or leave it out');
      }
      if (namespaces.length === 0 && fromFile.has(reference) && !known.existingObjects?.includes(reference)) {
        problems.add(`'template' refers to ${reference}, which this app does not make; make it, or name it in 'existingObjects'`);
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

/** The names of the SecretProviderClasses that a pod refers to. */
export function providerClasses(pod: Json): string[] {
  const found: string[] = [];
  walk(pod.spec, (key, value) => {
    const { secretProviderClass } = value as { secretProviderClass?: string };
    if (key === 'volumeAttributes' && secretProviderClass !== undefined) { found.push(`SecretProviderClass/${secretProviderClass}`); }
  });
  return found;
}

/** The kinds and names of the objects that a pod refers to. */
export function references(pod: Json): string[] {
  const found: string[] = [];
  const { serviceAccountName, imagePullSecrets } = pod.spec as { serviceAccountName?: string; imagePullSecrets?: { name: string }[] };
  if (serviceAccountName !== undefined) { found.push(`ServiceAccount/${serviceAccountName}`); }
  found.push(...(imagePullSecrets ?? []).map(({ name }) => `Secret/${name}`));
  walk(pod.spec, (key, value) => {
    const { name, secretName, claimName, optional } = value as {
      name?: string;
      secretName?: string;
      claimName?: string;
      optional?: boolean;
    };
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
