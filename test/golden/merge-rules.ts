import * as fs from 'fs';
import * as path from 'path';
import { versionOf } from './case';
import { MERGES } from './merges';
import { readRecording, RELEASES } from './recording';
import { mergeTitle } from './sections';
import { AirflowImage } from '../../src';
import { text } from '../../src/kubernetes/checksum';
import { Json } from '../../src/kubernetes/pod';

export const PAGE = path.join(__dirname, '../../docs/task-pods.md');
const [BEGIN, END] = ['<!-- merge-rules:begin -->', '<!-- merge-rules:end -->'];

/** The words of the table, where in a pod to look, and the cases that show it; what they show is read from the recordings. */
const FIELDS: [words: string, field: string, cases: string[]][] = [
  ['labels', 'metadata.labels', ['labels and annotations are merged']],
  ['annotations', 'metadata.annotations', ['labels and annotations are merged']],
  ['namespace', 'metadata.namespace', ['name and namespace are replaced']],
  ['finalizers', 'metadata.finalizers', ['owners and finalizers are replaced']],
  ['ownerReferences', 'metadata.ownerReferences', ['owners and finalizers are replaced']],
  ['containers', 'spec.containers', ['containers are merged by their position']],
  ['initContainers', 'spec.initContainers', ['init containers of the same name']],
  ['volumes', 'spec.volumes', ['volumes are appended']],
  ['tolerations', 'spec.tolerations', ['tolerations are replaced']],
  ['topologySpreadConstraints', 'spec.topologySpreadConstraints', ['topology spread is replaced']],
  ['hostAliases', 'spec.hostAliases', ['host aliases are replaced']],
  ['imagePullSecrets', 'spec.imagePullSecrets', ['pull secrets are replaced']],
  ['nodeSelector', 'spec.nodeSelector', ['node selector is replaced']],
  ['affinity', 'spec.affinity', ['affinity is replaced whole', 'an empty affinity replaces']],
  ['dnsConfig', 'spec.dnsConfig', ['DNS is replaced whole']],
  ['securityContext', 'spec.securityContext', ['security contexts are replaced whole', 'an empty security context replaces']],
  ['terminationGracePeriodSeconds', 'spec.terminationGracePeriodSeconds', ['a number over 0']],
  ['automountServiceAccountToken', 'spec.automountServiceAccountToken', ['true over false']],
  ['env', 'spec.containers.0.env', ['env is appended']],
  ['envFrom', 'spec.containers.0.envFrom', ['envFrom is appended']],
  ['ports', 'spec.containers.0.ports', ['ports are appended']],
  ['volumeMounts', 'spec.containers.0.volumeMounts', ['mounts are appended']],
  ['volumeDevices', 'spec.containers.0.volumeDevices', ['devices are appended']],
  ['command', 'spec.containers.0.command', ['command and args are replaced']],
  ['args', 'spec.containers.0.args', ['command and args are replaced']],
  ['resources', 'spec.containers.0.resources', ['resources are replaced whole', 'empty resources replace']],
  ['lifecycle', 'spec.containers.0.lifecycle', ['lifecycle and probes are replaced whole']],
  ['livenessProbe', 'spec.containers.0.livenessProbe', ['lifecycle and probes are replaced whole']],
  ['an empty list', 'spec.tolerations', ['an empty list of the pod removes nothing']],
  ['an empty map of texts', 'spec.nodeSelector', ['an empty node selector removes nothing']],
  ['`false`', 'spec.automountServiceAccountToken', ['false over true does not count']],
  ['`0`', 'spec.terminationGracePeriodSeconds', ['0 over a number does not count']],
  ['an empty text', 'spec.serviceAccountName', ['an empty text over a text does not count']],
  ['`null`', 'spec.securityContext', ['a null over something does not count']],
  ['`false` of the template', 'spec.automountServiceAccountToken', ['false under nothing']],
  ['`0` of the template', 'spec.terminationGracePeriodSeconds', ['0 under nothing']],
];

/** The rules of merging, made of what Airflow did with the cases. */
export function mergeRulesTable(): string {
  const rows = new Map<string, { words: string[]; cases: Set<string> }>();
  for (const [words, field, cases] of FIELDS) {
    for (const name of cases) {
      const effect = effectInAll(name, field);
      const row = rows.get(effect) ?? { words: [], cases: new Set() };
      const word = /^[a-z]\w*$/i.test(words) ? `\`${words}\`` : words;
      rows.set(effect, { words: row.words.includes(word) ? row.words : [...row.words, word], cases: row.cases.add(name) });
    }
  }
  return [
    '| field | what an override does | for example |',
    '|---|---|---|',
    ...[...rows].map(([effect, { words, cases }]) => `| ${words.join(', ')} | ${effect} | ${[...cases][0]} |`),
  ].join('\n');
}

/** The page with this table. */
export function withTable(page: string, table: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) { throw new Error(`${PAGE} has no line ${BEGIN} with ${END} behind it, between which the table of merge rules stands; put them there`); }
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

export function readPage(): string {
  return fs.readFileSync(PAGE, 'utf8');
}

/** What is done in all releases, or in which. */
function effectInAll(name: string, field: string): string {
  const releases = new Map<string, string[]>();
  for (const release of RELEASES) {
    const effect = effectIn(release, name, field.split('.'));
    releases.set(effect, [...releases.get(effect) ?? [], release]);
  }
  const [[newest], ...others] = releases;
  const told = (release: string) => `${release} (provider ${AirflowImage.official(versionOf(release)).kubernetesProvider})`;
  return [newest, ...others.map(([effect, which]) => `${effect} in Airflow ${which.map(told).join(', ')}`)].join('; ');
}

function effectIn(release: string, name: string, keys: string[]): string {
  const { base, override } = MERGES[name];
  const recorded = readRecording(release)[mergeTitle(name)].split('\n').at(-1)!;
  const [before, given, after] = [base, override, JSON.parse(recorded.replace(/^pod +/, '')) as Json].map(pod => at(pod, keys));
  const effect = effectOf(before, given, after);
  if (effect === undefined) { throw new Error(`'${name}' shows no rule for ${keys.join('.')} in Airflow ${release}: ${[before, given, after].map(text).join(', ')}`); }
  return effect;
}

/** In words what became of a value. */
function effectOf(before: unknown, given: unknown, after: unknown): string | undefined {
  if (given === undefined) { return after === undefined ? 'loses it' : text(after) === text(before) ? 'keeps it' : undefined; }
  if (text(after) === text(before)) { return 'changes nothing: it cannot remove a value'; }
  if (text(after) === text(given)) { return 'replaces the value, as a whole'; }
  if (!Array.isArray(before)) { return text(after) === text({ ...before as Json, ...given as Json }) ? 'merges by key' : undefined; }
  const [had, gives, has] = [before, given, after].map(list => list as unknown[]);
  if (text(has) === text([...had, ...gives])) { return 'appends'; }
  const [old, own, all] = [had, gives, has].map(list => list.map(item => `${(item as Json).name as string}`));
  if (text(all) === text(own) && had.length === gives.length) { return 'merges by position, whatever the names'; }
  return text(all) === text([...old, ...own.filter(name => !old.includes(name))]) ? 'merges by name, and appends the others' : undefined;
}

function at(pod: Json, keys: string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key], pod);
}
