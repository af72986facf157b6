import * as fs from 'fs';
import { Yaml } from 'cdk8s';
import { Json } from '../kubernetes/pod';

/** What the library reads of a pod: a text, texts by name, a list, or more fields. What it does not read may be anything. */
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
// What an item of a list cannot do without.
const REQUIRED = ['name', 'mountPath'];

/** The pod of a file without what is null or an empty list, which Kubernetes takes for absent. */
export function readPod(file: string): Json {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(`'file' must be the path of a pod template, got '${file}', which is not a file`);
  }
  const documents = load(file);
  const [pod, ...others] = documents;
  if (others.length > 0 || pod?.kind !== 'Pod' || pod.apiVersion !== 'v1') {
    const found = documents.map(({ apiVersion, kind }) => (kind === undefined ? 'something else' : `${apiVersion as string} ${kind as string}`));
    throw new Error(`'file' must be one object of apiVersion v1 and kind Pod, got '${file}' with ${found.join(', ') || 'nothing'}`);
  }
  const settled = settle(pod) as Json;
  check(file, '', settled, POD);
  if ((settled.spec as Json | undefined)?.serviceAccount !== undefined) {
    throw new Error(`'spec.serviceAccount' of '${file}' is the old name of 'spec.serviceAccountName'; rename it`);
  }
  return settled;
}

function load(file: string): Json[] {
  try {
    return Yaml.load(file) as Json[];
  } catch (error) {
    throw new Error(`'file' must be YAML, got '${file}': ${(error as Error).message}`);
  }
}

function settle(value: unknown): unknown {
  if (Array.isArray(value)) { return value.map(settle); }
  if (value === null || typeof value !== 'object') { return value; }
  const absent = (inner: unknown) => inner === null || (Array.isArray(inner) && inner.length === 0);
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => !absent(inner)).map(([key, inner]) => [key, settle(inner)]));
}

/** Throws where the library would misread the pod; Airflow itself makes the text 'True' of an unquoted true. */
function check(file: string, field: string, value: unknown, shape: Shape): void {
  if (value === undefined) { return; }
  const wrong = (what: string, todo = '') => new Error(`'${field.slice(1)}' of '${file}' must be ${what}, got ${JSON.stringify(value)}${todo}`);
  if (shape === 'text') {
    if (typeof value !== 'string') { throw wrong('a text', '; put it in quotes'); }
    return;
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) { throw wrong('a list'); }
    value.forEach((item, index) => checkItem(file, `${field}[${index}]`, item, (shape as readonly [Shape])[0]));
    return;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) { throw wrong('fields with values'); }
  const inner: [string, Shape][] = shape === 'texts' ? Object.keys(value).map(name => [name, 'text']) : Object.entries(shape);
  for (const [name, of] of inner) { check(file, `${field}.${name}`, (value as Json)[name], of); }
}

function checkItem(file: string, field: string, item: unknown, shape: Shape): void {
  check(file, field, item, shape);
  const missing = REQUIRED.find(name => typeof shape === 'object' && name in shape && (item as Json)[name] === undefined);
  if (missing !== undefined) { throw new Error(`'${field.slice(1)}' of '${file}' must have a '${missing}', got ${JSON.stringify(item)}`); }
}
