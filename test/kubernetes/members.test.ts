import * as fs from 'fs';
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { MEMBERS_FILE, membersText, readMembers } from '../../projenrc/members';
import * as api from '../../src';

interface Parameter { readonly name: string; readonly type: { readonly fqn?: string } }
interface Callable { readonly name: string; readonly static?: boolean; readonly protected?: boolean; readonly parameters?: Parameter[] }
interface Type { readonly name: string; readonly kind: string; readonly initializer?: Callable; readonly methods?: Callable[] }

const members = readMembers();
const { types } = JSON.parse(fs.readFileSync('.jsii', 'utf8')) as { types: { [fqn: string]: Type } };

function chart(): Chart {
  return new Chart(new App(), 'chart', { namespace: 'airflow', disableResourceNameHashes: true });
}

/** What a program without types can write. */
function airflow(props: object): () => api.Airflow {
  return () => new api.Airflow(chart(), 'airflow', props);
}

interface Entry { readonly name: string; readonly struct: string; readonly call: (value: object) => unknown }

/** Every public function that takes a struct, called with anything else for its other parameters. */
function entries(): Entry[] {
  return Object.values(types).filter(({ kind }) => kind === 'class').flatMap(type => {
    const callables = [...type.initializer && !type.initializer.protected ? [{ ...type.initializer, name: 'constructor' }] : [], ...type.methods ?? []];
    return callables.flatMap(callable => (callable.parameters ?? []).flatMap(({ name, type: { fqn = '' } }, index): Entry[] => {
      const struct = fqn.replace(/^cdk8s-airflow\./, '');
      if (members[struct] === undefined) { return []; }
      return [{ name: `${type.name}.${callable.name}(${name})`, struct, call: value => call(type, callable, index, value) }];
    }));
  });
}

function call({ name }: Type, callable: Callable, index: number, value: object): unknown {
  const given = callable.name === 'constructor' ? [chart(), 'it'] : [];
  const all = callable.parameters!.map((_, at) => (at === index ? value : given[at]));
  const of = (api as unknown as { [name: string]: new (...all: unknown[]) => unknown })[name];
  if (callable.name === 'constructor') { return new of(...all); }
  const target = (callable.static ? of : instanceOf(name)) as { [name: string]: (...all: unknown[]) => unknown };
  return target[callable.name](...all);
}

function instanceOf(name: string): unknown {
  const instances: { [name: string]: () => unknown } = {
    Airflow: airflow({}),
    AirflowNetworkPolicies: () => {
      const made = airflow({})();
      return new api.AirflowNetworkPolicies(made, 'policies', { airflow: made });
    },
  };
  if (instances[name] === undefined) { throw new Error(`this test makes no ${name}, which has a method that takes a struct; say here how it is made`); }
  return instances[name]();
}

test('the table of members is what the assembly says', () => {
  expect(fs.readFileSync(MEMBERS_FILE, 'utf8')).toBe(membersText(members));
});

test.each(entries().map(entry => [entry.name, entry] as const))('fails for a misspelt member of %s', (_, { struct, call: callWith }) => {
  const [known] = Object.keys(members[struct]).sort((a, b) => b.length - a.length);
  expect(() => callWith({ [`${known}x`]: {} })).toThrow(`'${known}x' is no member of ${struct}; did you mean '${known}'?`);
});

test.each([
  [{ schedular: {} }, "'schedular' is no member of AirflowProps; did you mean 'scheduler'?"],
  [{ pods: { anotations: {} } }, "'pods.anotations' is no member of CommonPodOptions; did you mean 'annotations'?"],
  [{ scheduler: { afinity: {} } }, "'scheduler.afinity' is no member of SchedulerOptions; did you mean 'affinity'?"],
  [{ scheduler: { container: { livenessProbe: { perod: 1 } } } }, "'scheduler.container.livenessProbe.perod' is no member of ProbeTimings; did you mean 'period'?"],
  [{ scheduler: { resources: { memory: { limits: 1 } } } }, "'scheduler.resources.memory.limits' is no member of MemoryResources; did you mean 'limit'?"],
  [{ scheduler: { sidecars: [{ name: 'a', image: 'b:1' }, { nmae: 'c' }] } }, "'scheduler.sidecars[1].nmae' is no member of ContainerOptions; did you mean 'name'?"],
  [{ pools: { etl: { slot: 1 } } }, "'pools.etl.slot' is no member of PoolOptions; did you mean 'slots'?"],
  [Object.assign(Object.create(null), { cofig: {} }), "'cofig' is no member of AirflowProps; did you mean 'config'?"],
])('fails for a slip of the pen in what no compiler has seen: %j', (props, message) => {
  expect(airflow(props)).toThrow(new Error(`chart/airflow: ${message}`));
});

test('fails for all slips of the pen at once', () => {
  expect(airflow({ schedular: {}, pods: { enf: {}, tolerations: [] }, tigerer: {} })).toThrow(new Error([
    'chart/airflow: 3 mistakes:',
    "  'schedular' is no member of AirflowProps; did you mean 'scheduler'?",
    "  'pods.enf' is no member of CommonPodOptions; did you mean 'env'?",
    "  'tigerer' is no member of AirflowProps; did you mean 'triggerer'?",
  ].join('\n')));
});

test('fails without a path where there is no construct yet', () => {
  expect(() => api.Executor.kubernetes({ deletePod: true } as api.KubernetesExecutorOptions))
    .toThrow(new Error("'deletePod' is no member of KubernetesExecutorOptions; did you mean 'deletePods'?"));
});

test('a subclass hands on wider props of its own', () => {
  class TeamScheduler extends api.Scheduler {
    constructor(scope: Construct, id: string, props: api.SchedulerProps & { readonly costCentre: string }) { super(scope, id, props); }
  }
  const made = airflow({ external: { scheduler: true }, costCentre: '42', owner: { nmae: 'data' } })();
  expect(new TeamScheduler(made, 'team', { airflow: made, costCentre: '42' }).workload.kind).toBe('Deployment');
});

test('names of the user are no members, and classes are not looked into', () => {
  class Owner { public readonly nmae = 'data'; }
  const made = airflow({
    owner: new Owner(),
    pods: { labels: { lables: 'a' }, env: { enf: kplus.EnvValue.fromValue('a') }, nodeSelector: { affinty: 'a' }, afinities: undefined },
    pools: { slot: { slots: 1 } },
    scheduler: { terminationGracePeriod: Duration.minutes(1) },
    schedulers: undefined,
  })();
  expect(made.scheduler?.workload.kind).toBe('Deployment');
});
