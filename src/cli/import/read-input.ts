import * as fs from 'fs';
import { isMap, isScalar, Node, Pair, parseAllDocuments } from 'yaml';
import { asObject, isObject, Json, JsonObject } from './json';
import { UsageError } from './usage-error';

/** The values of one file, with what else the file says of the release. */
export interface Input {
  readonly file: string;
  readonly values: JsonObject;
  /** The lines of the comment of each key. */
  readonly comments: ReadonlyMap<string, readonly string[]>;
  readonly release?: string;
  readonly namespace?: string;
  readonly chartVersion?: string;
  /** Values that the file takes from elsewhere. */
  readonly missing: readonly string[];
}

type Found = Omit<Input, 'file' | 'comments'> & { readonly at: readonly (string | number)[] };

/** Reads a file of values, of this chart or of one that has it as a dependency, a HelmRelease of Flux, or an Application of Argo CD. */
export function readInput(file: string): Input {
  if (!fs.existsSync(file)) { throw new UsageError(`'${file}' does not exist; give the values that Helm installs`); }
  return parseInput(file, fs.readFileSync(file, 'utf8'));
}

/** @param file the name of the file, for messages */
export function parseInput(file: string, text: string): Input {
  const documents = [...parseAllDocuments(text, { version: '1.1', uniqueKeys: false })];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error !== undefined) { throw new UsageError(`'${file}' must be YAML: ${error.message.split('\n')[0].replace(/:$/, '')}`); }
  for (const document of documents) {
    const content = document.toJS() as Json;
    if (content === null) { continue; }
    if (!isObject(content)) {
      throw new UsageError(`'${file}' must be a map of values, got ${Array.isArray(content) ? 'a list' : `'${typeof content}'`}`);
    }
    const { at, ...found } = find(content, file);
    const comments = new Map<string, readonly string[]>();
    collect(nodeAt(document.contents as Node | null, at), [], comments);
    return { file, comments, ...found };
  }
  return { file, values: {}, comments: new Map(), missing: [] };
}

function find(content: JsonObject, file: string): Found {
  const spec = isObject(content.spec) ? content.spec : undefined;
  const metadata = asObject(content.metadata);
  if (content.kind === 'HelmRelease' && spec !== undefined) { return fromHelmRelease(spec, metadata); }
  if (content.kind === 'Application' && spec !== undefined) { return fromApplication(spec, file); }
  if (typeof content.kind === 'string' && content.apiVersion !== undefined) {
    throw new UsageError(`'${file}' must have values, a HelmRelease or an Application of Argo CD, got the kind '${content.kind}'`);
  }
  checkChart(content, file);
  // A chart of one's own with the chart of Airflow as a dependency.
  if (isObject(content.airflow) && ownKeys(content.airflow) > 0 && ownKeys(content) <= 1) {
    return { values: content.airflow, at: ['airflow'], missing: [] };
  }
  return { values: content, at: [], missing: [] };
}

const OWN_KEYS = [
  'airflowVersion', 'config', 'createUserJob', 'dags', 'data', 'defaultAirflowRepository', 'defaultAirflowTag', 'env', 'executor',
  'images', 'ingress', 'logs', 'postgresql', 'redis', 'scheduler', 'secret', 'webserver', 'apiServer', 'workers', 'triggerer',
];

/** How many keys a map has that the official chart has at its top. */
function ownKeys(content: JsonObject): number { return OWN_KEYS.filter(key => key in content).length; }

/** Other charts of Airflow have other keys. */
function checkChart(content: JsonObject, file: string): void {
  const bitnami = ['web', 'worker', 'configuration', 'externalDatabase', 'loadExamples', 'diagnosticMode', 'defaultInitContainers'].filter(
    key => key in content,
  );
  const community =
    isObject(content.airflow)
    && ['image', 'legacyCommands', 'fernetKey', 'webserverSecretKey', 'kubernetesPodTemplate'].filter(
      key => key in (content.airflow as object),
    ).length > 1
    && ['web', 'externalDatabase', 'scheduler', 'flower'].some(key => key in content);
  if (bitnami.length < 3 && !community) { return; }
  throw new UsageError(
    `'${file}' has values of `
      + `${community ? 'the User-Community chart' : `Bitnami's chart (${bitnami.map(key => `'${key}'`).join(', ')})`}, `
      + 'and only those of the official chart of Apache Airflow can be read',
  );
}

function fromHelmRelease(spec: JsonObject, metadata: JsonObject): Found {
  const values = asObject(spec.values);
  const chart = asObject(asObject(spec.chart).spec);
  const from = Array.isArray(spec.valuesFrom) ? spec.valuesFrom.filter(isObject) : [];
  return {
    values,
    at: ['spec', 'values'],
    release: textOf(spec.releaseName) ?? textOf(metadata.name),
    namespace: textOf(spec.targetNamespace) ?? textOf(metadata.namespace),
    chartVersion: textOf(chart.version),
    missing: from.map(({ kind, name }) => `the ${kind} '${name}' of 'valuesFrom'`),
  };
}

/** The values in an Application of Argo CD. */
export function applicationValues(application: JsonObject, what: string): Pick<Input, 'values' | 'missing'> {
  return fromApplication(asObject(application.spec), what);
}

function fromApplication(spec: JsonObject, file: string): Found {
  const sources = [spec.source, ...Array.isArray(spec.sources) ? spec.sources : []].filter(isObject);
  const index = sources.findIndex(({ chart, helm }) => chart === 'airflow' || (isObject(helm) && chart === undefined));
  const source = sources[index];
  if (source === undefined) { throw new UsageError(`'${file}' is an Application without a source that is the chart 'airflow'`); }
  const helm = asObject(source.helm);
  const nested = typeof helm.values === 'string' ? parseInput(file, helm.values).values : {};
  const values = mergeValues(nested, asObject(helm.valuesObject));
  const parameters = (Array.isArray(helm.parameters) ? helm.parameters : []).filter(isObject);
  const destination = asObject(spec.destination);
  const place = spec.source === source ? ['source'] : ['sources', index - (isObject(spec.source) ? 1 : 0)];
  return {
    values: parameters.reduce<JsonObject>((all, { name, value }) => setValue(all, `${name}=${value}`), values),
    at: ['spec', ...place, 'helm', 'valuesObject'],
    release: textOf(helm.releaseName),
    namespace: textOf(destination.namespace),
    chartVersion: textOf(source.targetRevision),
    missing: (Array.isArray(helm.valueFiles) ? helm.valueFiles : []).map(value => `the file '${value}' of 'valueFiles'`),
  };
}

function textOf(value: Json | undefined): string | undefined { return typeof value === 'string' ? value : undefined; }

/** Helm's merge: maps are merged, everything else replaces, and null takes away. */
export function mergeValues(base: JsonObject, over: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isObject(value) && isObject(before) ? mergeValues(before, value) : value;
  }
  return merged;
}

/** What `--set` of Helm does: `a.b=1,c={x,y},d[0]=z`. */
export function setValue(values: JsonObject, text: string): JsonObject {
  return splitAt(text, ',').reduce((all, assignment) => {
    const [key, ...rest] = splitAt(assignment, '=');
    if (rest.length === 0) { throw new UsageError(`'--set' must be like 'scheduler.replicas=2', got '${key}'`); }
    const path = splitAt(key, '.').flatMap(part => part.replace(/\\(.)/g, '$1').split(/\[(\d+)\]/).filter(piece => piece !== ''));
    return set(all, path, scalar(rest.join('='))) as JsonObject;
  }, values);
}

function set(target: Json | undefined, [key, ...rest]: string[], value: Json): Json {
  if (key === undefined) { return value; }
  if (/^\d+$/.test(key) && (target === undefined || Array.isArray(target))) {
    const items = [...target ?? []];
    items[Number(key)] = set(items[Number(key)], rest, value);
    return items;
  }
  const object = asObject(target);
  return { ...object, [key]: set(object[key], rest, value) };
}

function scalar(value: string): Json {
  if (value.startsWith('{') && value.endsWith('}')) { return splitAt(value.slice(1, -1), ',').filter(item => item !== '').map(scalar); }
  if (/^(true|false|null|0|-?[1-9]\d{0,14})$/.test(value)) { return JSON.parse(value) as Json; }
  return value.replace(/\\(.)/g, '$1');
}

/** Splits outside of braces and of escapes. */
function splitAt(value: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let at = 0; at < value.length; at++) {
    const char = value[at];
    if (char === '{') { depth++; }
    if (char === '}') { depth--; }
    if (char === '\\') {
      parts[parts.length - 1] += char + (value[++at] ?? '');
    } else if (char === separator && depth === 0 && !(separator === '=' && parts.length > 1)) {
      parts.push('');
    } else { parts[parts.length - 1] += char; }
  }
  return parts;
}

function nodeAt(node: Node | null, at: readonly (string | number)[]): Node | null {
  return at.reduce<Node | null>(
    (found, key) =>
      found !== null && 'get' in found
        ? ((found as unknown as { get(key: unknown, keep: true): Node | null }).get(key, true) ?? null)
        : null,
    node,
  );
}

function collect(node: Node | null, path: readonly string[], comments: Map<string, readonly string[]>): void {
  if (!isMap(node)) { return; }
  node.items.forEach((pair, index) => {
    const { key, value } = pair as Pair<Node, Node | null>;
    if (!isScalar(key)) { return; }
    const at = [...path, String(key.value)];
    // The comment before the first key belongs to the map.
    const before = [index === 0 && path.length > 0 ? node.commentBefore : undefined, key.commentBefore, value?.comment];
    const lines = before.flatMap(comment => comment?.split('\n') ?? []).map(line => line.trim()).filter(line => line !== '');
    if (lines.length > 0) { comments.set(at.join('.'), lines); }
    collect(value, at, comments);
  });
}
