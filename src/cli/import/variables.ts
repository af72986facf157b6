import { Conversion, secretKeyOf, Undecided } from './conversion';
import { isObject, Json, JsonObject } from './json';
import { call, dict, Expr, list, lit, Maybe, method, name, struct } from './program';
import { objects } from './scalars';
import { holdsSecret, isCredential } from '../../core/secret-names';

const FIELDS: { readonly [path: string]: string } = {
  'metadata.name': 'POD_NAME',
  'metadata.namespace': 'POD_NAMESPACE',
  'metadata.uid': 'POD_UID',
  'status.podIP': 'POD_IP',
  'status.podIPs': 'POD_IPS',
  'spec.serviceAccountName': 'SERVICE_ACCOUNT_NAME',
  'spec.nodeName': 'NODE_NAME',
  'status.hostIP': 'NODE_IP',
};
const RESOURCES: { readonly [path: string]: string } = {
  'limits.cpu': 'CPU_LIMIT',
  'limits.memory': 'MEMORY_LIMIT',
  'requests.cpu': 'CPU_REQUEST',
  'requests.memory': 'MEMORY_REQUEST',
  'limits.ephemeral-storage': 'STORAGE_LIMIT',
  'requests.ephemeral-storage': 'STORAGE_REQUEST',
};

/** Environment variables of a container. */
export class Variables {
  private readonly values: [name: string, value: string | Expr][] = [];

  constructor(private readonly conversion: Conversion) {}

  /** Adds the items of a list of variables. Of two with the same name the later one counts, as in Kubernetes. */
  public add(items: Json, key: string): this {
    for (const item of objects(items)) { this.set(String(item.name), this.valueOf(item, key)); }
    return this;
  }

  public set(variable: string, value: Maybe<string | Expr>): void {
    if (value === undefined) { return; }
    const at = this.values.findIndex(([other]) => other === variable);
    if (at >= 0) { this.values.splice(at, 1); }
    this.values.push([variable, value]);
  }

  /** Texts alone need no class for each. */
  public build(): Maybe<Expr> {
    if (this.values.length === 0) { return undefined; }
    const plainOnes = this.values.filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    if (plainOnes.length === this.values.length) {
      return call('Env.of', dict(Object.fromEntries(plainOnes.map(([key, value]) => [key, lit(value)]))));
    }
    return dict(
      Object.fromEntries(
        this.values.map(([key, value]) => [key, typeof value === 'string' ? call('kplus.EnvValue.fromValue', lit(value)) : value]),
      ),
    );
  }

  private valueOf({ name: variable, value, valueFrom }: JsonObject, key: string): Maybe<string | Expr> {
    if (isObject(valueFrom)) { return this.reference(valueFrom); }
    const content = String(value ?? '');
    if (holdsSecret(content) || /^AIRFLOW_CONN_/.test(String(variable)) || (isCredential(String(variable)) && content !== '')) {
      const secret = this.conversion.secret(key, 'env', String(variable), `the value of '${String(variable)}'`);
      return method(secret, 'toEnvValue');
    }
    return content;
  }

  private reference(from: JsonObject): Expr {
    const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = from;
    if (isObject(secretKeyRef)) {
      if (secretKeyRef.optional !== true) {
        return method(secretKeyOf(String(secretKeyRef.name), String(secretKeyRef.key)), 'toEnvValue');
      }
      const secret = this.conversion.existing('Secret', String(secretKeyRef.name));
      return call(
        'kplus.EnvValue.fromSecretValue',
        struct('kplus.SecretValue', { secret, key: lit(String(secretKeyRef.key)) }),
        struct('kplus.EnvValueFromSecretOptions', { optional: lit(true) }),
      );
    }
    if (isObject(configMapKeyRef)) {
      const options =
        configMapKeyRef.optional === true ? struct('kplus.EnvValueFromConfigMapOptions', { optional: lit(true) }) : undefined;
      return call(
        'kplus.EnvValue.fromConfigMap',
        this.conversion.existing('ConfigMap', String(configMapKeyRef.name)),
        lit(String(configMapKeyRef.key)),
        options,
      );
    }
    if (isObject(fieldRef)) { return fieldOf(String(fieldRef.fieldPath)); }
    if (
      isObject(resourceFieldRef)
      && resourceFieldRef.containerName === undefined
      && RESOURCES[String(resourceFieldRef.resource)] !== undefined
    ) {
      return call('kplus.EnvValue.fromResource', name(`kplus.ResourceFieldPaths.${RESOURCES[String(resourceFieldRef.resource)]}`));
    }
    throw new Undecided(`'valueFrom' of this kind has no prop: ${Object.keys(from).join(', ')}`);
  }
}

function fieldOf(path: string): Expr {
  const [, kind, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (kind !== undefined) {
    return call('kplus.EnvValue.fromFieldRef', name(`kplus.EnvFieldPaths.${kind === 'labels' ? 'POD_LABEL' : 'POD_ANNOTATION'}`),
      struct('kplus.EnvValueFromFieldRefOptions', { key: lit(key) }));
  }
  if (FIELDS[path] === undefined) { throw new Undecided(`the field '${path}' has no prop`); }
  return call('kplus.EnvValue.fromFieldRef', name(`kplus.EnvFieldPaths.${FIELDS[path]}`));
}

/** ConfigMaps and Secrets whose entries become variables. */
export function variableSources(conversion: Conversion, items: Json): Maybe<Expr> {
  const sources = objects(items).map(({ secretRef, configMapRef, prefix }) => {
    if (isObject(configMapRef)) {
      return call(
        'kplus.Env.fromConfigMap',
        conversion.existing('ConfigMap', String(configMapRef.name)),
        typeof prefix === 'string' ? lit(prefix) : undefined,
      );
    }
    if (!isObject(secretRef)) { throw new Undecided("'envFrom' must have 'secretRef' or 'configMapRef'"); }
    if (typeof prefix === 'string') { throw new Undecided("'prefix' of a Secret has no prop; put the prefix into the names of its keys"); }
    return call('kplus.Env.fromSecret', conversion.existing('Secret', String(secretRef.name)));
  });
  return sources.length === 0 ? undefined : list(sources);
}
