import { gunzipSync } from 'zlib';
import { asObject, isObject, JsonObject } from './json';
import { documents, labelsOf, objectName, ObjectName } from './kubernetes-objects';
import { mergeValues } from './read-input';
import { objects } from './scalars';
import { UsageError } from './usage-error';

/** What Helm has stored of a release. */
export interface HelmRecord {
  readonly revision: number;
  /** The name that the templates of the chart see. */
  readonly chart: string;
  readonly chartVersion: string;
  readonly values: JsonObject;
  /** Whether the values have the defaults of the chart as well. */
  readonly hasDefaults?: boolean;
  readonly objects: readonly ObjectName[];
  readonly hooks: readonly ObjectName[];
  /** Objects of an umbrella chart that are not of its dependency `airflow`. */
  readonly others: readonly ObjectName[];
}

/** Reads the newest revision among the Secrets in which Helm stores a release. */
export function helmRecord(name: string, stored: readonly JsonObject[]): HelmRecord | undefined {
  const newest = stored.map(secret => ({ secret, labels: labelsOf(secret) }))
    .filter(({ labels }) => ['deployed', 'failed', 'pending-upgrade', 'pending-rollback'].includes(String(labels.status)))
    .sort((a, b) => Number(b.labels.version) - Number(a.labels.version))[0];
  if (newest === undefined) { return undefined; }
  const { status, version } = newest.labels;
  if (String(status).startsWith('pending-')) {
    throw new UsageError(`the revision ${String(version)} of the release '${name}' is '${String(status)}', so that Helm refuses any way `
      + `back; wait until it has ended, or run \`helm rollback ${name}\` if it broke off`);
  }
  const release = decode(newest.secret);
  const chart = asObject(release.chart);
  const dependency = dependencyOf(name, chart);
  const isOurs = (path: string | undefined) => dependency === undefined || path?.includes(`/charts/${dependency.chart}/`) === true;
  const sources = String(release.manifest ?? '').split(/^---\s*$/m).map(text => ({ text, path: /^# Source: (.*)$/m.exec(text)?.[1] }));
  const objectsOf = (found: typeof sources) => found.flatMap(({ text }) => documents(text).map(objectName));
  return {
    revision: Number(newest.labels.version),
    chart: dependency?.chart ?? 'airflow',
    chartVersion: dependency?.version ?? String(asObject(chart.metadata).version),
    hasDefaults: dependency !== undefined,
    values: dependency === undefined
      ? asObject(release.config)
      : mergeValues(sectionOf(chart.values, dependency.chart), sectionOf(release.config, dependency.chart)),
    objects: objectsOf(sources.filter(({ path }) => isOurs(path))),
    others: objectsOf(sources.filter(({ path }) => !isOurs(path))),
    hooks: objects(release.hooks).filter(({ path }) => isOurs(String(path)))
      .map(hook => ({ kind: String(hook.kind), name: String(hook.name) })),
  };
}

/** The chart of Airflow within an umbrella chart; nothing if the release is of the chart itself. */
function dependencyOf(release: string, { metadata, lock }: JsonObject): { readonly chart: string; readonly version: string } | undefined {
  const { name, dependencies } = asObject(metadata);
  if (name === 'airflow') { return undefined; }
  // Helm writes an alias over the name.
  const isAirflow = (dependency: JsonObject) => dependency.name === 'airflow' || /airflow/.test(String(dependency.repository ?? ''));
  const found = objects(dependencies).find(isAirflow);
  if (found === undefined) {
    throw new UsageError(`the release '${release}' must be of the chart 'airflow', or of one that depends on it, got '${String(name)}'`);
  }
  const locked = objects(asObject(lock).dependencies).find(isAirflow);
  return { chart: String(found.name), version: String(locked?.version ?? found.version) };
}

function sectionOf(values: JsonObject[string] | undefined, section: string): JsonObject { return asObject(asObject(values)[section]); }

/** Helm stores a release as JSON, packed by gzip, in base64, which the Secret has in base64 again. */
function decode(secret: JsonObject): JsonObject {
  const data = isObject(secret.data) ? String(secret.data.release) : '';
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('utf8'), 'base64');
  const plain = packed[0] === 0x1f && packed[1] === 0x8b ? gunzipSync(packed) : packed;
  return JSON.parse(plain.toString('utf8')) as JsonObject;
}
