import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { AirflowVersion, DagSource, Executor } from '../../src';
import { airflowChart, building, cfg, find, findAll, main, pod, synth, synthAirflow, volume } from '../util';

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dags-')); });
afterEach(() => { fs.rmSync(folder, { recursive: true }); });

function write(files: { readonly [file: string]: string | Buffer }): string {
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  }
  return folder;
}

const FILES = { 'hello.py': 'print("hello, wörld")\n', 'team/etl.py': 'X = 1\n', 'team/sql/load.sql': 'SELECT 1', '.airflowignore': 'team/sql\n' };

test('the files are in a ConfigMap, and in the pods at their paths', () => {
  const manifest = synthAirflow({
    dags: DagSource.configMap(write({
      ...FILES, '__pycache__/hello.pyc': 'x', 'team/old.pyc': 'x', '.git/config': 'x', '.DS_Store': 'x',
    })),
  });
  expect(find(manifest, 'ConfigMap', 'airflow-dags').data).toEqual({
    '.airflowignore': 'team/sql\n', 'hello.py': FILES['hello.py'], 'team__etl.py': 'X = 1\n', 'team__sql__load.sql': 'SELECT 1',
  });
  for (const component of ['dag-processor', 'triggerer', 'task']) {
    expect(volume(pod(manifest, component), 'dags')).toEqual({
      name: 'dags',
      configMap: {
        name: 'test-airflow-dags',
        items: [
          { key: '.airflowignore', path: '.airflowignore' },
          { key: 'hello.py', path: 'hello.py' },
          { key: 'team__etl.py', path: 'team/etl.py' },
          { key: 'team__sql__load.sql', path: 'team/sql/load.sql' },
        ],
      },
    });
    expect(main(manifest, component).volumeMounts).toContainEqual({ name: 'dags', mountPath: '/opt/airflow/dags', readOnly: true });
  }
  expect(volume(pod(manifest, 'api-server'), 'dags')).toBeUndefined();
});

test('Airflow reads the folder that kubelet exchanges, where no file is a link', () => {
  const read = (version: AirflowVersion) => cfg(synthAirflow({ version, dags: DagSource.configMap(write(FILES)) }), 'core', 'dags_folder');
  expect([read(AirflowVersion.V3_3), read(AirflowVersion.V2_11)]).toEqual(['/opt/airflow/dags/..data', '/opt/airflow/dags/..data']);
});

test('pods in another namespace have a copy', () => {
  const chart = airflowChart({ dags: DagSource.configMap(write(FILES)) });
  chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
  expect(findAll(synth(chart), 'ConfigMap', 'airflow-dags').map(({ metadata }) => metadata.namespace)).toEqual(['airflow', 'jobs']);
});

test('several sources have a ConfigMap each', () => {
  const of = DagSource.configMap(write(FILES));
  const manifest = synthAirflow({ executor: Executor.local(), dags: DagSource.multiple({ a: of, b: of }) });
  expect(findAll(manifest, 'ConfigMap', 'dags-').map(({ metadata }) => metadata.name)).toEqual(['test-airflow-dags-a', 'test-airflow-dags-b']);
  expect(cfg(manifest, 'dag_processor', 'dag_bundle_config_list')).toContain('/..data');
});

test.each<[string, { readonly [file: string]: string | Buffer }, () => string]>([
  ['no file', { '.hidden': 'x' }, () => `'dags' must be a folder with files, got '${folder}' without any; use DagSource.fromImage() for the image's own`],
  ['a file that is no text', { 'model.bin': Buffer.from([0xff, 0xfe]) }, () => (
    "'dags' must have files of text in UTF-8, got 'model.bin'; put other files into the image, a bucket or a volume")],
  ['a name that is no key', { 'my dag.py': '' }, () => (
    "'dags' must have paths of letters, digits, '-', '_' and '.', since they are keys of a ConfigMap, got 'my dag.py'; rename it")],
  ['two files of one key', { 'a/b.py': '', 'a__b.py': '' }, () => "'dags' has 'a/b.py' and 'a__b.py', which would be the same key of a ConfigMap; rename one of them"],
  ['too much', { 'a.py': 'x'.repeat(600_000), 'b.py': 'x'.repeat(600_000) }, () => (
    `'dags' must have at most 1048576 bytes, which is all that a ConfigMap holds, got 1200000 in '${folder}'; use DagSource.gitSync(), or an image`)],
])('fails with %s', (_, files, message) => {
  expect(building({ dags: DagSource.configMap(write(files)) })).toThrow(new Error(`test/airflow: ${message()}`));
});

test('takes all that a ConfigMap holds', () => {
  expect(building({ dags: DagSource.configMap(write({ 'a.py': 'x'.repeat(1024 ** 2) })) })).not.toThrow();
});

test('fails without the folder', () => {
  expect(building({ dags: DagSource.configMap('no/such') })).toThrow(
    new Error(`test/airflow: 'dags' must be the path of a folder, got 'no/such', which is none at ${path.resolve('no/such')}`));
});
