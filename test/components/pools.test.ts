import { Duration } from 'cdk8s';
import { AirflowImage, AirflowProps, AirflowVersion, JobOptions, PoolOptions, Pools } from '../../src';
import { airflowChart, building, find, init, main, pod, pods, synth, synthAirflow, volume, workload } from '../util';

function withPools(pools: AirflowProps['pools'], more: AirflowProps = {}): AirflowProps {
  return { ...more, pools };
}

/** What Airflow imports. */
function imported(pools: AirflowProps['pools']): unknown {
  return JSON.parse(main(synthAirflow(withPools(pools)), 'pools').args!.at(-1)!);
}

function name(pools: AirflowProps['pools'], more?: AirflowProps): string {
  return workload(synthAirflow(withPools(pools, more)), 'pools').metadata.name;
}

/** What the checker of DAGs knows. */
function knownPools(props: AirflowProps): unknown {
  return airflowChart(props).airflow._instance.knownToDags().pools;
}

test('imports the pools from its arguments', () => {
  const { args, command } = main(synthAirflow(withPools({ etl: { slots: 16 } })), 'pools');
  expect(command).toBeUndefined();
  expect(args).toEqual([
    'bash', '-c', 'exec airflow pools import /dev/stdin <<< "$1"', '--', '{"etl":{"description":"","include_deferred":false,"slots":16}}',
  ]);
});

test('gives each pool all that Airflow knows of it', () => {
  const all: Required<PoolOptions> = { slots: 0, description: 'loads, "café" & $(HOME) for $$5', includeDeferred: true };
  expect(imported({ all, unlimited: { slots: -1 } })).toEqual({
    all: { slots: 0, description: 'loads, "café" & $(HOME) for $$5', include_deferred: true },
    unlimited: { slots: -1, description: '', include_deferred: false },
  });
});

test('leaves nothing in the arguments that Kubernetes would replace', () => {
  const { args } = main(synthAirflow(withPools({ a$: { slots: 1, description: '$(AIRFLOW_HOME) $$' } })), 'pools');
  expect(args!.at(-1)).toBe('{"a\\u0024":{"description":"\\u0024(AIRFLOW_HOME) \\u0024\\u0024","include_deferred":false,"slots":1}}');
});

test('keeps the description of the default pool, as the API of Airflow does', () => {
  expect(imported({ default_pool: { slots: 64 } })).toEqual({ default_pool: { slots: 64, description: 'Default pool', include_deferred: false } });
});

test('waits for the migration, whoever does it', () => {
  const command = (more: AirflowProps) => init(synthAirflow(withPools({ etl: { slots: 1 } }, more)), 'pools', 'wait-for-migration').command!.slice(5, 7);
  expect(command({})).toEqual(['--migrated-by', airflowChart().airflow.migration!.workload.name]);
  expect(command({ external: { migration: true } })).toEqual(['--migrated-by', 'that migrates the database']);
});

test('gets the database and no key', () => {
  for (const version of [AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_3]) {
    const manifest = synthAirflow(withPools({ etl: { slots: 1 } }, { version }));
    expect(main(manifest, 'pools').env!.filter(variable => variable.valueFrom).map(variable => variable.name)).toEqual(['DATABASE_PASSWORD']);
    expect(volume(pod(manifest, 'pools'), 'config')!.configMap!.items === undefined).toBe(!version.isAirflow3);
  }
});

test('is not there without pools', () => {
  for (const props of [{}, withPools({})]) {
    const chart = airflowChart(props);
    expect(chart.airflow.pools).toBeUndefined();
    expect([...pods(synth(chart)).keys()]).not.toContain('pools');
  }
});

test('is one Job that stays, for all pools', () => {
  const manifest = synthAirflow(withPools({ a: { slots: 1 }, b: { slots: 2 } }));
  const job = find(manifest, 'Job', 'pools');
  expect(job.metadata.name).toMatch(/^test-airflow-pools-[0-9a-f]{6}$/);
  expect(job.metadata.name).toBe(airflowChart(withPools({ a: { slots: 1 }, b: { slots: 2 } })).airflow.pools!.workload.name);
  expect(job.spec.ttlSecondsAfterFinished).toBeUndefined();
  expect(pod(manifest, 'pools').spec.restartPolicy).toBe('Never');
});

test.each<[string, AirflowProps['pools'], AirflowProps]>([
  ['other slots', { etl: { slots: 2 } }, {}],
  ['another description', { etl: { slots: 1, description: 'loads' } }, {}],
  ['one pool more', { etl: { slots: 1 }, web: { slots: 1 } }, {}],
  ['another image', { etl: { slots: 1 } }, { image: AirflowImage.of('acme/airflow:3.3.2-1', { version: AirflowVersion.V3_3 }) }],
  ['a new migration', { etl: { slots: 1 } }, { jobs: { migration: { revision: '2' } } }],
])('has another name with %s', (_, pools, more) => expect(name(pools, more)).not.toBe(name({ etl: { slots: 1 } })));

test('has the same name when nothing changes that it runs', () => {
  expect(name({ a: { slots: 1 }, b: { slots: 2 } })).toBe(name({ b: { slots: 2, includeDeferred: false }, a: { slots: 1, description: '' } }));
  expect(name({ a: { slots: 1 } }, { config: { core: { parallelism: '3' } }, scheduler: { replicas: 2 } })).toBe(name({ a: { slots: 1 } }));
});

test('has its options', () => {
  const options: JobOptions = {
    backoffLimit: 1, activeDeadline: Duration.minutes(5), workload: { labels: { c: 'd' }, annotations: { a: 'b' } }, nodeSelector: { disk: 'x' },
  };
  const job = workload(synthAirflow({ pools: { etl: { slots: 1 } }, jobs: { pools: options } }), 'pools');
  expect(job.spec).toMatchObject({ backoffLimit: 1, activeDeadlineSeconds: 300 });
  expect(job.metadata.annotations).toEqual({ a: 'b' });
  expect(job.metadata.labels).toMatchObject({ 'c': 'd', 'app.kubernetes.io/component': 'pools' });
  expect(job.spec.template.spec.nodeSelector).toEqual({ disk: 'x' });
});

describe('DAGs', () => {
  test('may name the default pool and those that are given, without a restart', () => {
    expect(knownPools({})).toEqual(['default_pool']);
    expect(knownPools(withPools({ etl: { slots: 1 }, default_pool: { slots: 8 }, adhoc: { slots: 1 } }))).toEqual(['adhoc', 'default_pool', 'etl']);
    const checksums = [{}, withPools({ etl: { slots: 1 } })].map(props => pod(synthAirflow(props), 'scheduler').metadata.annotations);
    expect(checksums[0]).toEqual(checksums[1]);
  });

  test('may name those of a Job that is added', () => {
    const { airflow } = airflowChart(withPools({ etl: { slots: 1 } }));
    new Pools(airflow, 'more', { airflow, pools: { web: { slots: 1 } } });
    expect(airflow._instance.knownToDags().pools).toEqual(['default_pool', 'etl', 'web']);
    expect(() => new Pools(airflow, 'again', { airflow, pools: { etl: { slots: 2 } } })).toThrow(
      new Error("test/airflow/again: 'pools' has 'etl', which this Airflow has from another 'pools' already; give it once"));
  });
});

test.each(['x'.repeat(256), 'ETL, nightly', '😀'.repeat(256)])('takes the name %j, as Airflow does', of => {
  expect(imported({ [of]: { slots: 1 } })).toEqual({ [of]: { slots: 1, description: '', include_deferred: false } });
});

describe('fails', () => {
  test.each([-2, 1.5, Infinity, NaN, 2147483648])('with %p slots', slots => {
    expect(building(withPools({ etl: { slots } }))).toThrow(new Error(
      `test/airflow/pools: 'pools.etl.slots' must be a whole number from 0 to 2147483647, or -1 for no limit, got ${slots}`));
  });

  test.each(['', '  ', 'x'.repeat(257)])('with the name %j', of => {
    expect(building(withPools({ [of]: { slots: 1 } }))).toThrow(new Error(
      `test/airflow/pools: 'pools' must have names of 1 to 256 characters that are not all spaces, got '${of}' (${of.length} characters)`));
  });

  test('with a description of the default pool', () => {
    expect(building(withPools({ default_pool: { slots: 1, description: 'mine' } }))).toThrow(new Error(
      "test/airflow/pools: 'pools.default_pool.description' cannot be set, since Airflow has its own for that pool, got 'mine'; leave it out"));
  });

  test('with options of the Job, but no pool', () => {
    for (const pools of [undefined, {}]) {
      expect(building({ pools, jobs: { pools: {} } })).toThrow(
        new Error("test/airflow: 'jobs.pools' has options, but 'pools' has no pool; leave it out"));
    }
  });

  test('with a number of tries that is none', () => {
    expect(building({ pools: { etl: { slots: 1 } }, jobs: { pools: { backoffLimit: -1 } } })).toThrow(
      new Error("test/airflow/pools: 'backoffLimit' must be a whole number of at least 0, got -1"));
  });
});
