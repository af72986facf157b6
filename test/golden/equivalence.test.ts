import { Rendered, TaskPodCase, versionOf } from './case';
import { taskPodsOf } from './sections';
import { TaskPodTemplate } from '../../src';
import { Json } from '../../src/kubernetes/pod';

interface Variable { readonly name: string; readonly value?: string }
interface Container extends Json { readonly name: string; readonly env?: Variable[] }
type Spec = Json & { readonly containers: Container[]; readonly initContainers?: Container[] };

const RELEASE = '3.3.2';

/** A pod as Kubernetes acts on it: where the order of a list or an earlier value means nothing, they are gone. */
function acted(pod: Json): Json {
  const { initContainers, containers, ...spec } = pod.spec as Spec;
  const lists = (of: Json, fields: string[]) => Object.fromEntries(fields.map(field => [field, sorted((of[field] ?? []) as unknown[])]));
  const container = (of: Container) => ({ ...of, ...lists(of, ['ports', 'volumeMounts']), env: expanded(of.env ?? []), envFrom: of.envFrom ?? [] });
  return {
    ...pod,
    spec: {
      ...spec,
      ...lists(spec, ['volumes']),
      nodeSelector: spec.nodeSelector ?? {},
      initContainers: (initContainers ?? []).map(container),
      containers: containers.map(container),
    },
  };
}

function sorted(list: unknown[]): string[] {
  return list.map(item => JSON.stringify(item)).sort();
}

/** The variables that a process sees. */
function expanded(env: Variable[]): Json {
  const seen: { [name: string]: unknown } = {};
  for (const { name, value, ...source } of env) {
    const known = (reference: string, other: string) => (typeof seen[other] === 'string' ? seen[other] : reference);
    seen[name] = value === undefined ? source : value.replace(/\$\(([^)]+)\)/g, known);
  }
  return seen;
}

/** The same task pod, but for a template of its own. */
function withOwnTemplate({ pods = [], ...given }: TaskPodCase): TaskPodCase {
  const last = pods[pods.length - 1];
  return { ...given, pods: [...pods.slice(0, -1), { ...last, template: TaskPodTemplate.own() }] };
}

const ORDERED = 'git and an init container';
const CASES = taskPodsOf(RELEASE).filter(([name, { airflow, pods = [] }]) => (
  name !== ORDERED && pods.length > 0 && airflow?.taskPods?.template === undefined && !pods.some(({ template }) => template !== undefined)));

/** The pod of the override and that of a template of its own. */
function both(given: TaskPodCase): [Json, Json] {
  const [one, other] = [given, withOwnTemplate(given)].map(each => acted(new Rendered(versionOf(RELEASE), each).preview));
  return [one, other];
}

test.each(CASES)('what an override makes of the default pod does what a template of its own would do: %s', (_, given) => {
  const [overridden, own] = both(given);
  expect(overridden).toEqual(own);
});

test('only a sidecar of an override starts behind the init containers of the default, where it would be the first by itself', () => {
  const [overridden, own] = both(taskPodsOf(RELEASE).find(([name]) => name === ORDERED)![1]);
  const order = (pod: Json) => (pod.spec as Spec).initContainers!.map(({ name }) => name);
  expect([order(overridden), order(own)]).toEqual([['git-sync-init', 'proxy', 'fetch'], ['proxy', 'git-sync-init', 'fetch']]);
});
