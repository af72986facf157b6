import { ApiObject, App, Chart, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { Airflow, AirflowChart, AirflowProps, CeleryWorkers, Executor, Scheduler } from '../../src';
import { shortened } from '../../src/core/names';
import { find, findAll, Manifest, synth, synthAirflow, workload } from '../util';

const LONG = 'a-team-whose-name-tells-everything-that-anyone-could-ever-want-to-know';
const CELERY: AirflowProps = { executor: Executor.celery({ workers: {} }) };

/** A Chart that decides all names. */
class NamingChart extends Chart {
  public generateObjectName(object: ApiObject): string {
    return `mine-${Names.toDnsLabel(object, { includeHash: false, maxLen: this.longest })}`;
  }

  protected get longest(): number {
    return 40;
  }
}

/** One whose names are too long for a StatefulSet. */
class LongNamingChart extends NamingChart {
  protected get longest(): number {
    return 58;
  }
}

function names(manifest: Manifest[], kind: string): string[] {
  return findAll(manifest, kind).map(({ metadata }) => metadata.name);
}

function hashes(manifest: Manifest[]): string[] {
  return manifest.filter(({ kind }) => kind !== 'Job').map(({ metadata: { name } }) => name).filter(name => /-[0-9a-f]{6,}(-|$)/.test(name));
}

describe('the name of the instance', () => {
  test.each<[string, (app: App) => Chart, string]>([
    ['the id of the AirflowChart, said once', app => new AirflowChart(app, 'airflow'), 'airflow'],
    ['the ids of the Chart and the Airflow', app => {
      const chart = new Chart(app, 'data', { namespace: 'data' });
      new Airflow(chart, 'airflow');
      return chart;
    }, 'data-airflow'],
    ['all ids on the way', app => {
      const chart = new Chart(app, 'data', { namespace: 'data' });
      new Airflow(new Construct(chart, 'team'), 'airflow');
      return chart;
    }, 'data-team-airflow'],
    ['the prop', app => new AirflowChart(app, 'data', { name: 'etl' }), 'etl'],
  ])('is %s', (_, make, instance) => {
    const manifest = synth(make(new App()));
    expect(names(manifest, 'Deployment')).toEqual(['api-server', 'scheduler', 'dag-processor', 'triggerer'].map(part => `${instance}-${part}`));
    expect(workload(manifest, 'scheduler').metadata.labels!['app.kubernetes.io/instance']).toBe(instance);
  });

  test.each(['Etl', 'a_b', '-a', '', 'a'.repeat(64)])('fails when it is %j', name => {
    expect(() => new AirflowChart(new App(), 'airflow', { name })).toThrow(new Error("airflow/airflow: 'name' must be at most 63 lowercase letters, digits and dashes, "
      + `beginning and ending with a letter or digit, got '${name}' (${name.length} characters)`));
  });

  test('lets a construct move without a change of any object', () => {
    const at = (path: string[]) => {
      const chart = new Chart(new App(), path[0], { namespace: 'data' });
      new Airflow(path.slice(1).reduce<Construct>((scope, id) => new Construct(scope, id), chart), 'airflow', { name: 'etl', ...CELERY });
      return synth(chart);
    };
    expect(at(['somewhere', 'else', 'now'])).toEqual(at(['data']));
  });
});

describe('the parts', () => {
  test('have one name for the Deployment, the Service and the account of a component', () => {
    const manifest = synth(new AirflowChart(new App(), 'airflow'));
    const kinds = manifest.filter(({ metadata }) => metadata.name === 'airflow-api-server').map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['Deployment', 'Service', 'ServiceAccount']);
    expect(hashes(manifest)).toEqual([]);
    expect(names(manifest, 'Job').map(name => name.replace(/-[0-9a-f]{6}$/, '-#'))).toEqual(
      ['airflow-bootstrap-secrets-#', 'airflow-migration-#', 'airflow-sync-users-#']);
  });

  test('are the ids of what is added', () => {
    const { airflow } = new AirflowChart(new App(), 'airflow', CELERY);
    airflow.addCeleryWorkers('highmem');
    new CeleryWorkers(airflow, 'gpu', { airflow });
    new Scheduler(airflow, 'second-scheduler', { airflow });
    airflow.addTaskPod('big_one', { serviceAccount: { annotations: { a: 'b' } } });
    const manifest = synth(Chart.of(airflow));
    expect(names(manifest, 'Deployment').filter(name => /worker|scheduler/.test(name))).toEqual([
      'airflow-scheduler', 'airflow-celery-worker', 'airflow-celery-worker-highmem', 'airflow-celery-worker-gpu', 'airflow-second-scheduler',
    ]);
    expect(names(manifest, 'ServiceAccount')).toContain('airflow-task-big-one');
  });

  test('fail with a set of Celery workers that is called as the one without a name is labelled', () => {
    const { airflow } = new AirflowChart(new App(), 'airflow', CELERY);
    expect(() => airflow.addCeleryWorkers('default')).toThrow(new Error("airflow/airflow/celery-workers-default: 'id' gives its pods labels "
      + "that do not tell them from those of 'airflow/airflow/celery-workers', got 'celery-workers-default'; use another id or name"));
  });
});

describe('selectors', () => {
  test('are stable labels, and select the pods of one component alone', () => {
    const { airflow } = new AirflowChart(new App(), 'airflow', CELERY);
    airflow.addCeleryWorkers('highmem');
    new Scheduler(airflow, 'second-scheduler', { airflow });
    const all = synth(Chart.of(airflow)).filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind)).map(({ spec }) => spec.selector.matchLabels);
    expect(new Set(all.flatMap(labels => Object.keys(labels)))).toEqual(new Set([
      'app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component', 'cdk8s-airflow/worker-set',
    ]));
    expect(all.filter(labels => labels['app.kubernetes.io/component'] === 'worker').map(labels => labels['cdk8s-airflow/worker-set'])).toEqual(['default', 'highmem']);
    expect(new Set(all.map(labels => JSON.stringify(labels))).size).toBe(all.length);
  });
});

describe('what is too long', () => {
  test('keeps its ends, and the hash of the whole in between', () => {
    expect(shortened('a'.repeat(63))).toBe('a'.repeat(63));
    const [west, east] = ['west', 'east'].map(side => shortened(`${'a'.repeat(60)}-${'b'.repeat(20)}-${side}`));
    expect(west).toMatch(/^a{27}-[0-9a-f]{8}-b{20}-west$/);
    expect(west.replace(/west$/, '')).not.toBe(east.replace(/east$/, ''));
  });

  test.each([true, false])('gives two sets of workers accounts of their own (%#)', disableResourceNameHashes => {
    const chart = new Chart(new App(), 'airflow', { namespace: 'data', disableResourceNameHashes });
    const airflow = new Airflow(chart, 'airflow', CELERY);
    const sets = ['west', 'east'].map(side => airflow.addCeleryWorkers(`memory-intensive-transformations-${side}`, {
      serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::1:role/${side}` } },
    }));
    expect(sets.map(({ serviceAccount }) => serviceAccount.name)).toEqual(
      ['airflow-celery-worker-memory-intensive-transformations-west', 'airflow-celery-worker-memory-intensive-transformations-east']);
    const manifest = synth(chart);
    for (const { serviceAccount, workload: { name } } of sets) {
      expect(find(manifest, 'Deployment', name).spec.template.spec.serviceAccountName).toBe(serviceAccount.name);
    }
  });

  test('stays within the limits of Services, StatefulSets, CronJobs and Jobs', () => {
    const manifest = synthAirflow({ name: LONG.slice(0, 62), executor: Executor.celery({ flower: {} }) });
    const longest = (kind: string) => Math.max(...names(manifest, kind).map(name => name.length));
    expect([longest('Service'), longest('StatefulSet'), longest('Job'), longest('Deployment')]).toEqual([63, 52, 63, 63]);
    expect(new Set(manifest.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).size).toBe(manifest.length);
  });
});

describe('two Airflows in one namespace', () => {
  const two = (ids: [string, string], inOne: boolean, disableResourceNameHashes: boolean) => () => {
    const app = new App();
    const options = { namespace: 'data', disableResourceNameHashes };
    const one = inOne ? new Chart(app, 'chart', options) : undefined;
    const charts = ids.map((id, index) => one ?? new Chart(app, `${id}-${index}`, options));
    charts.forEach((chart, index) => { new Airflow(chart, ids[index], {}); });
    return [...new Set(charts)].flatMap(synth);
  };

  const places = [[true, true], [true, false], [false, true], [false, false]];
  test.each<[string, [string, string], boolean, boolean]>(places.flatMap(([inOne, hashless]) => [
    ['short', ['one', 'two'], inOne, hashless],
    ['long', [`${LONG}-west`, `${LONG}-east`], inOne, hashless],
  ] as [string, [string, string], boolean, boolean][]))('have names of their own (%s ids %j, in one Chart: %s, without its hashes: %s)', (_, ids, inOne, hashless) => {
    const manifest = two(ids, inOne, hashless)();
    const all = manifest.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(all).size).toBe(all.length);
    expect(Math.max(...manifest.map(({ metadata }) => metadata.name.length))).toBeLessThanOrEqual(63);
    expect(two(ids, inOne, !hashless)()).toEqual(manifest);
  });

  test('fail where their ids say the same', () => {
    const app = new App();
    const [first, second] = [new Chart(app, 'a-b', { namespace: 'data' }), new Chart(app, 'a', { namespace: 'data' })];
    new Airflow(first, 'c');
    new Airflow(second, 'b-c');
    expect(() => synth(second)).toThrow(/ConfigMap 'a-b-c-config' of the namespace 'data' is made by 'a-b\/c\/config' and by 'a\/b-c\/config', and one would overwrite the other/);
  });
});

describe('a Chart with names of its own', () => {
  const named = (type = NamingChart) => {
    const chart = new type(new App(), 'chart', { namespace: 'data' });
    const airflow = new Airflow(chart, 'airflow', CELERY);
    return { chart, airflow };
  };

  test('decides those of objects, Jobs and Secrets', () => {
    const { chart, airflow } = named();
    const manifest = synth(chart);
    expect(manifest.filter(({ metadata }) => !metadata.name.startsWith('mine-'))).toEqual([]);
    expect(airflow.scheduler!.workload.name).toBe('mine-chart-airflow-scheduler');
    expect(airflow.migration!.workload.name).toMatch(/^mine-chart-airflow-migration-[0-9a-f]{6}$/);
    expect(airflow.bootstrapSecrets!.secretNames).toEqual(['keys', 'database', 'broker', 'admin'].map(purpose => `mine-chart-airflow-${purpose}-secret`));
    expect(find(manifest, 'Service', 'postgres').metadata.name).toBe(find(manifest, 'StatefulSet', 'postgres').spec.serviceName);
  });

  test('fails where the one of a StatefulSet is too long for its pods', () => {
    expect(() => {
      const chart = new LongNamingChart(new App(), LONG, { namespace: 'data' });
      new Airflow(chart, 'airflow');
    }).toThrow(/'generateObjectName' of the Chart must give a StatefulSet a name of at most 52 characters, got 'mine-[-a-z]+' \(\d\d characters\)$/);
  });
});
