import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ApiObject, App, Chart, JsonPatch, YamlOutputType } from 'cdk8s';
import { Airflow, AirflowChart, AirflowChartProps, Database, SecretKey } from '../../src';
import { synth } from '../util';

const REMEDY = "give one construct another id, or one Airflow another 'name', and what is for another cluster an App of its own";
const FILES = [YamlOutputType.FILE_PER_RESOURCE, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE];

function configMap(chart: Chart, id: string, metadata: object): ApiObject {
  return new ApiObject(chart, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

/** An app with a folder of its own. */
function inFolder<T>(yamlOutputType: YamlOutputType, use: (app: App, outdir: string) => T): T {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'objects-'));
  try {
    return use(new App({ outdir, yamlOutputType }), outdir);
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
}

describe('an object of an Airflow', () => {
  test('fails beside another one of its kind, namespace and name', () => {
    const app = new App();
    const chart = new AirflowChart(app, 'airflow', { namespace: 'data' });
    configMap(new Chart(app, 'mine'), 'config', { name: 'airflow-config', namespace: 'data' });
    expect(() => synth(chart)).toThrow(new Error(`Validation failed with the following errors:
  [airflow/airflow] ConfigMap 'airflow-config' of the namespace 'data' is made by 'airflow/airflow/config' and by 'mine/config', `
      + `and one would overwrite the other; ${REMEDY}`));
  });

  test('fails when what is wrong was added after an Airflow was synthesized', () => {
    const chart = new AirflowChart(new App(), 'airflow', { namespace: 'data' });
    synth(chart);
    configMap(chart, 'mine', { name: 'airflow-config' });
    expect(() => synth(chart)).toThrow(/ConfigMap 'airflow-config' of the namespace 'data' is made by/);
  });

  test.each<[string, object]>([
    ['namespace', { name: 'airflow-config', namespace: 'other' }],
    ['name', { name: 'other-config', namespace: 'data' }],
  ])('is fine beside one of another %s', (_, metadata) => {
    const chart = new AirflowChart(new App(), 'airflow', { namespace: 'data' });
    configMap(chart, 'mine', metadata);
    expect(() => synth(chart)).not.toThrow();
  });

  test('is fine beside one of another kind, or of a kind of that name in another API group', () => {
    const chart = new AirflowChart(new App(), 'airflow', { namespace: 'data' });
    new ApiObject(chart, 'mine', { apiVersion: 'example.com/v1', kind: 'ConfigMap', metadata: { name: 'airflow-config' } });
    expect(() => synth(chart)).not.toThrow();
  });

  test('is fine beside one that a patch renames', () => {
    const chart = new AirflowChart(new App(), 'airflow', { namespace: 'data' });
    configMap(chart, 'mine', { name: 'airflow-config' }).addJsonPatch(JsonPatch.replace('/metadata/name', 'mine'));
    expect(() => synth(chart)).not.toThrow();
  });
});

test('objects without a namespace are fine, since they go where they are applied', () => {
  const app = new App();
  const chart = new AirflowChart(app, 'airflow', { namespace: 'data' });
  for (const id of ['a', 'b']) { configMap(new Chart(app, id), 'config', { name: 'same' }); }
  expect(() => synth(chart)).not.toThrow();
});

test('two Airflows of one name fail with three of their objects, and how many more there are', () => {
  const chart = new Chart(new App(), 'both', { namespace: 'data' });
  new Airflow(chart, 'one', { name: 'airflow' });
  new Airflow(chart, 'two', { name: 'airflow' });
  const messages = (error: unknown) => (error as Error).message.split('\n').slice(1);
  let found: string[] = [];
  try { synth(chart); } catch (error) { found = messages(error); }
  expect(found).toHaveLength(4);
  expect(found[0]).toBe("  [both/one] ConfigMap 'airflow-config' of the namespace 'data' is made by 'both/one/config' and by 'both/two/config', "
    + `and one would overwrite the other; ${REMEDY}`);
  expect(found[3]).toMatch(/^ {2}\[both\/one\] \d\d more, likewise$/);
});

describe('files of one object each', () => {
  const tasksElsewhere = (app: App, props: AirflowChartProps = {}) => {
    const chart = new AirflowChart(app, 'airflow', { namespace: 'data', ...props });
    chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
  };

  test.each(FILES)('fail where the pods of tasks are in two namespaces (%#)', type => {
    const folder = type === YamlOutputType.FILE_PER_RESOURCE ? '' : 'airflow/';
    expect(() => inFolder(type, app => {
      tasksElsewhere(app);
      app.synth();
    })).toThrow(`'${folder}ConfigMap.airflow-config.k8s.yaml' would be the file of 'airflow/airflow/config' (namespace 'data') and of 'airflow/airflow/config-jobs' `
      + "(namespace 'jobs'), and one would be lost, since cdk8s names files without the namespace; use YamlOutputType.FILE_PER_CHART");
  });

  test.each([...FILES, YamlOutputType.FILE_PER_CHART])('are as many as objects, where they have names of their own (%#)', type => {
    inFolder(type, (app, outdir) => {
      const chart = new AirflowChart(app, 'airflow', { namespace: 'data', database: Database.fromSecret(SecretKey.of('db', 'connection')) });
      chart.airflow.allowPodOperator({ namespace: 'jobs' });
      app.synth();
      const files = fs.readdirSync(outdir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
      expect(files).toHaveLength(type === YamlOutputType.FILE_PER_CHART ? 1 : synth(chart).length);
    });
  });

  test('may be called the same in the folders of two charts', () => {
    inFolder(YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE, app => {
      for (const id of ['a', 'b']) { new AirflowChart(app, id, { namespace: id, name: 'airflow' }); }
      expect(() => app.synth()).not.toThrow();
    });
  });
});
