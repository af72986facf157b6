import { ChartKeys, compareVersions } from './chart-keys';
import { Conversion } from './conversion';
import { executorsOf } from './convert-executor';
import { rowOf } from './rows';
import { nearest } from '../../kubernetes/nearest';

/** Gives a line to each key that no converter has taken. */
export function lineLeftovers(conversion: Conversion, keys: ChartKeys): void {
  const done = conversion.lines.map(({ key }) => key);
  const isDone = (leaf: string) =>
    done.some(key => key === leaf || leaf.startsWith(`${key}.`) || key.startsWith(`${leaf}.`) || key.startsWith(`${leaf}[`));
  for (const leaf of conversion.values.leaves().filter(other => !isDone(other))) { lineOf(conversion, keys, leaf); }
}

function lineOf(conversion: Conversion, keys: ChartKeys, key: string): void {
  if (!keys.isKnown(key) && !isFree(key)) { return unknown(conversion, keys, key); }
  if (/^config\.[^.]+$/.test(key)) {
    return conversion.line(
      key,
      'unknown',
      "'config' has sections with options, so that the chart refuses the value; a variable belongs to 'env'",
    );
  }
  if (conversion.values.isDefault(key)) {
    if (conversion.facts.hasDefaults !== true) { conversion.line(key, 'default', "the chart's default"); }
    return;
  }
  if (conversion.values.isEmpty(key)) {
    return conversion.line(key, 'left out', "the value is empty, which takes the chart's default away");
  }
  const off = switchedOff(conversion, key);
  if (off !== undefined) { return conversion.line(key, 'left out', off); }
  const row = rowOf(key);
  switch (row?.state) {
    case 'better':
      return conversion.line(key, 'better', row.reason ?? row.capability);
    case 'refused':
      return conversion.line(key, 'left out', row.reason ?? row.capability);
    default:
      return conversion.line(
        key,
        'decision',
        `the value has no converter; ${row?.prop === undefined ? 'decide what it is for' : `set ${row.prop}`}`,
      );
  }
}

/** Below these keys stands what the schema of the chart does not describe. */
function isFree(key: string): boolean { return /^(config\.|postgresql\.|global(\.|$))/.test(key); }

function unknown(conversion: Conversion, keys: ChartKeys, key: string): void {
  const { chartVersion } = conversion;
  const other = keys.get(key);
  if (other !== undefined) {
    const when =
      other.from !== undefined && compareVersions(chartVersion, other.from) < 0
        ? `exists from ${other.from} on`
        : `was removed after ${other.to}`;
    return conversion.line(key, 'unknown', `version ${chartVersion} of the chart does not know the key, which ${when}; Helm ignores it`);
  }
  const parts = key.split('.');
  const at = parts.findIndex((_, index) => !keys.isKnown(parts.slice(0, index + 1).join('.')));
  const parent = parts.slice(0, at).join('.');
  const names = parent === '' ? keys.top() : keys.below(parent);
  const near = nearest(parts[at], names);
  const meant = near === undefined ? ';' : `; did you mean '${[...parts.slice(0, at), near].join('.')}'?`;
  conversion.line(key, 'unknown', `the chart has no such key${meant} Helm ${at === 0 ? 'ignores' : 'ignores or refuses'} it`);
}

const WORKERS = ['workers', 'celery', 'kubernetes'];
/** Below `workers`, what the pods of tasks have no use for. */
const CELERY_ONLY = new Set([
  'replicas', 'keda', 'hpa', 'persistence', 'podDisruptionBudget', 'logGroomerSidecar', 'strategy', 'updateStrategy', 'livenessProbe',
  'queue', 'args', 'annotations', 'extraPorts', 'volumeClaimTemplates', 'revisionHistoryLimit', 'waitForMigrations',
]);

function switchedOff(conversion: Conversion, key: string): string | undefined {
  const { values } = conversion;
  const parts = key.split('.');
  for (let length = 1; length < parts.length; length++) {
    const gate = `${parts.slice(0, length).join('.')}.enabled`;
    const state = values.effective(gate);
    if (state === false && gate !== key) { return `'${gate}' is false`; }
  }
  const executors = executorsOf(conversion);
  const isWorker = key.startsWith('workers.');
  if (isWorker && !executors.celery && !executors.kubernetes) { return 'the executor starts neither workers nor task pods'; }
  if (/^(workers\.celery\.|redis\.|flower\.|data\.(resultBackend|brokerUrl))/.test(key) && !executors.celery) {
    return 'the executor has no Celery workers';
  }
  if (key.startsWith('workers.kubernetes.') && !executors.kubernetes) { return 'the executor starts no task pods'; }
  if (key.startsWith('redis.') && (values.given('data.brokerUrl') ?? values.given('data.brokerUrlSecretName')) !== undefined) {
    return 'the broker runs elsewhere';
  }
  if (isWorker && values.given(key.replace('workers.', 'workers.celery.')) !== undefined) {
    return `'${key.replace('workers.', 'workers.celery.')}' replaces it`;
  }
  if (isWorker && !executors.celery && CELERY_ONLY.has(parts.find(part => !WORKERS.includes(part)) ?? '')) {
    return 'the executor has no Celery workers';
  }
  const isElsewhere =
    values.given('data.metadataSecretName') !== undefined
    || [...conversion.references.keys()].some(name => name.includes('SQL_ALCHEMY_CONN'));
  if (/^(postgresql\.|data\.metadataConnection\.)/.test(key) && isElsewhere) {
    return 'a Secret has the whole connection of the database';
  }
  if (/^images\.(redis|flower|pgbouncer|pgbouncerExporter|gitSync|statsd|otelCollector)\./.test(key)) {
    const section = key.split('.')[1].replace('pgbouncerExporter', 'pgbouncer').replace('gitSync', 'dags.gitSync');
    if (values.effective(`${section}.enabled`) === false || section === 'redis' && !executors.celery) { return 'it does not run'; }
  }
  return undefined;
}
