import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { isMadeIn, Rendered, TaskPodCase, versionOf } from './case';
import { MergeCase, MERGES } from './merges';
import { allFields, differences } from './recording';
import { TASK_PODS } from './task-pods';
import { AirflowImage } from '../../src';
import { checksum, text } from '../../src/kubernetes/checksum';
import { Json } from '../../src/kubernetes/pod';
import { executorPod, mergePods, mergeRules } from '../../src/task-pods/pod-merge';

/** What Airflow adds for each task, in the order of the fields: the only part of a pod that is not compared. */
export const PER_TASK = [
  'metadata.annotations.dag_id', 'metadata.annotations.map_index', 'metadata.annotations.run_id', 'metadata.annotations.task_id',
  'metadata.annotations.try_number', 'metadata.labels.airflow-worker', 'metadata.labels.airflow_version', 'metadata.labels.dag_id',
  'metadata.labels.kubernetes_executor', 'metadata.labels.map_index', 'metadata.labels.run_id', 'metadata.labels.task_id',
  'metadata.labels.try_number', 'metadata.name', 'spec.containers.0.args',
];
/** What the preview has of these: the name, which is a placeholder. */
export const PLACEHOLDERS = ['metadata.name'];

/** A case of a release: what Airflow is given, and what it makes of it. */
export interface Section {
  readonly input: string;
  readonly output: string;
}

type Fields = { [field: string]: unknown };

export const taskPodTitle = (name: string) => `task pod: ${name}`;
export const mergeTitle = (name: string) => `merge: ${name}`;

/** The task pods that can be made in a release. */
export function taskPodsOf(release: string): [string, TaskPodCase][] {
  return Object.entries(TASK_PODS).map(([name, given]): [string, TaskPodCase] => [name, typeof given === 'function' ? given(versionOf(release)) : given])
    .filter(([, given]) => isMadeIn(release, given));
}

/** The pod template of an Airflow without any options, which the others are told by. */
export function plainTemplate(release: string): Json {
  return new Rendered(versionOf(release), {}).template;
}

export function taskPodInput(rendered: Rendered, plain: Json, { tuning }: TaskPodCase): string {
  return inRelease(rendered, [
    ...part('template, of the plain one:', differences(plain, rendered.template)),
    ...part('override:', rendered.override === undefined ? [] : allFields(rendered.override)),
    ...part('tuning:', tuning === undefined ? [] : [text(tuning)]),
  ].join('\n'));
}

/** What becomes of a template, in lines. */
export function changes(rendered: Rendered, pod: Json): string[] {
  return differences(withoutPerTask(rendered.template).pod, withoutPerTask(pod).pod);
}

/** The changes by those that every template meets. */
export function taskPodOutput(rendered: Rendered, pod: Json, usual: string[]): string {
  const all = changes(rendered, pod);
  const missing = usual.filter(line => !all.includes(line)).map(line => `not ${line}`);
  return inRelease(rendered, part('pod, of the template, with what every pod gets:', [...all.filter(line => !usual.includes(line)), ...missing]).join('\n'));
}

/** The image of the release is told without it, so that releases can be compared. */
function inRelease({ release }: Rendered, lines: string): string {
  return lines.replaceAll(`apache/airflow:${release}`, 'apache/airflow:RELEASE');
}

export function mergeInput(name: string, { by, base, override }: MergeCase): string {
  // A random pair is told by its seed.
  const pair = [`base      ${text(base)}`, `override  ${text(override)}`];
  return [by, ...name.startsWith('random') ? [`pair      ${checksum(pair)}`] : pair].join('\n');
}

export function mergeOutput({ by }: MergeCase, pod: Json | string): string {
  return `pod       ${typeof pod === 'string' ? pod : text(by === 'executorPod' ? withoutPerTask(pod).pod : pod)}`;
}

/** A pod without what Airflow adds for each task, and what that was. */
export function withoutPerTask(pod: Json): { pod: Json; taken: string[] } {
  const copy = JSON.parse(JSON.stringify(pod)) as Json;
  const taken = PER_TASK.filter(field => {
    const keys = field.split('.');
    const last = keys.pop()!;
    const owner = keys.reduce<Fields | undefined>((inner, key) => inner?.[key] as Fields | undefined, copy as Fields);
    const there = owner?.[last] !== undefined;
    if (there) { delete owner[last]; }
    return there;
  });
  const metadata = copy.metadata as { [field: string]: object } | undefined ?? {};
  for (const field of ['annotations', 'labels']) {
    if (metadata[field] !== undefined && Object.keys(metadata[field]).length === 0) { delete metadata[field]; }
  }
  return { pod: copy, taken };
}

/** What has to be recorded anew when it changes, though no case shows it. */
export function pythonSources(): string {
  return ['airflow_task_pods/__init__.py', 'airflow_local_settings.py'].map(file => {
    const hash = createHash('sha256').update(fs.readFileSync(path.join(__dirname, '../../python', file))).digest('hex');
    return `${file} ${hash.slice(0, 16)}`;
  }).join('\n');
}

export function allMerges(): [string, MergeCase][] {
  return Object.entries(MERGES);
}

function part(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map(line => `  ${line}`)];
}

/** What the port makes of a case under the rules of a release. */
export function mergesWith(release: string, { by, base, override }: MergeCase): Json {
  const rules = mergeRules(AirflowImage.official(versionOf(release)).kubernetesProvider);
  return by === 'mergePods' ? mergePods(base, override, rules) : executorPod(base, override, rules, 'airflow');
}
