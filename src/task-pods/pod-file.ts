import * as fs from 'fs';
import { Members, readMembers, unknownMembers } from '../kubernetes/members';
import { didYouMean } from '../kubernetes/nearest';
import { Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { parseYaml } from '../kubernetes/yaml';

/** The shape of the pod fields that the library reads: a text, a map of texts, a list, or an object. Other fields may have any value. */
type Shape = 'text' | 'texts' | readonly [Shape] | { readonly [field: string]: Shape };

const NAMED = { name: 'text' } as const;
const CONTAINER = {
  ...NAMED,
  image: 'text',
  env: [{ ...NAMED, value: 'text' }],
  envFrom: [{}],
  volumeMounts: [{ ...NAMED, mountPath: 'text' }],
  ports: [{}],
  resources: { requests: {}, limits: {} },
  securityContext: { capabilities: { add: ['text'], drop: ['text'] } },
} as const;
const POD = {
  metadata: { labels: 'texts', annotations: 'texts' },
  spec: {
    serviceAccountName: 'text',
    nodeSelector: 'texts',
    imagePullSecrets: [NAMED],
    securityContext: { sysctls: [NAMED] },
    containers: [CONTAINER],
    initContainers: [CONTAINER],
    volumes: [NAMED],
  },
} as const;
// The fields that an item of a list must have.
const REQUIRED = ['name', 'mountPath'];

/** Reads the pod of a file. It drops null and empty lists, which Kubernetes treats as absent. */
export function readPod(file: string): Json {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(`'file' must be the path of a pod template, got '${file}', which is not a file`);
  }
  const documents = load(file);
  const [pod, ...others] = documents;
  if (others.length > 0 || pod?.kind !== 'Pod' || pod.apiVersion !== 'v1') {
    const found = documents.map(({ apiVersion, kind }) =>
      kind === undefined ? 'something else' : `${apiVersion as string} ${kind as string}`,
    );
    throw new Error(`'file' must be one object of apiVersion v1 and kind Pod, got '${file}' with ${found.join(', ') || 'nothing'}`);
  }
  const settled = settle(pod) as Json;
  gather(undefined, problems => {
    check(problems, file, '', settled, POD);
    checkFields(problems, file, settled);
    if ((settled.spec as Json | undefined)?.serviceAccount !== undefined) {
      problems.add(`'spec.serviceAccount' of '${file}' is the old name of 'spec.serviceAccountName'; rename it`);
    }
  });
  return settled;
}

function load(file: string): Json[] {
  try {
    return parseYaml(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`'file' must be YAML, got '${file}': ${(error as Error).message}`);
  }
}

let fields: Members | undefined;

/** Finds fields that Kubernetes does not have, and would drop or refuse. */
function checkFields(problems: Problems, file: string, pod: Json): void {
  fields ??= readMembers('pod-fields');
  for (const { path, member, struct } of unknownMembers(fields, 'Pod', pod)) {
    const todo = didYouMean(member, Object.keys(fields[struct]), 'leave it out');
    problems.add(`'${path}' of '${file}' is no field of ${struct} in Kubernetes; ${todo}`);
  }
}

function settle(value: unknown): unknown {
  if (Array.isArray(value)) { return value.map(settle); }
  if (value === null || typeof value !== 'object') { return value; }
  const absent = (inner: unknown) => inner === null || (Array.isArray(inner) && inner.length === 0);
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => !absent(inner)).map(([key, inner]) => [key, settle(inner)]));
}

/** Finds values that the library would misread. Airflow itself turns an unquoted true into the text 'True'. */
function check(problems: Problems, file: string, field: string, value: unknown, shape: Shape): void {
  if (value === undefined) { return; }
  const wrong = (what: string, todo = '') =>
    problems.add(`'${field.slice(1)}' of '${file}' must be ${what}, got ${JSON.stringify(value)}${todo}`);
  if (shape === 'text') {
    if (typeof value !== 'string') { wrong('a text', '; put it in quotes'); }
    return;
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) {
      wrong('a list');
      return;
    }
    value.forEach((item, index) => checkItem(problems, file, `${field}[${index}]`, item, (shape as readonly [Shape])[0]));
    return;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    wrong('fields with values');
    return;
  }
  const inner: [string, Shape][] = shape === 'texts' ? Object.keys(value).map(name => [name, 'text']) : Object.entries(shape);
  for (const [name, of] of inner) { check(problems, file, `${field}.${name}`, (value as Json)[name], of); }
}

function checkItem(problems: Problems, file: string, field: string, item: unknown, shape: Shape): void {
  check(problems, file, field, item, shape);
  if (item === null || typeof item !== 'object') { return; }
  const missing = REQUIRED.filter(name => typeof shape === 'object' && name in shape && (item as Json)[name] === undefined);
  for (const name of missing) { problems.add(`'${field.slice(1)}' of '${file}' must have a '${name}', got ${JSON.stringify(item)}`); }
}
