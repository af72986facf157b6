import * as fs from 'fs';
import * as path from 'path';
import { App, Size, YamlOutputType } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { run, UsageError } from '../../src/cli/cli';
import { AirflowChart, AirflowChartProps, Executor, TaskPodTemplate } from '../../src/index';
import { withFiles } from '../python/python';

/** The file of an app with one Airflow, or several, in a folder of its own. */
function synthesized<T>(use: (file: string, charts: AirflowChart[]) => T, ...props: AirflowChartProps[]): T {
  return withFiles({}, outdir => {
    const app = new App({ outdir, yamlOutputType: YamlOutputType.FILE_PER_APP });
    const charts = props.map((of, index) => new AirflowChart(app, `chart-${index}`, { namespace: `of-${index}`, ...of }));
    charts.filter(({ airflow }) => airflow.taskPods.templatesConfigMap !== undefined).forEach(({ airflow }) => {
      airflow.addTaskPod('big', { resources: { memory: { limit: Size.gibibytes(9) } } });
      airflow.addTaskPod('own', { pod: { scratchSize: Size.gibibytes(1) }, template: TaskPodTemplate.own() });
      airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
    });
    app.synth();
    return use(path.join(outdir, 'app.k8s.yaml'), charts);
  });
}

const pods = (yaml: string) => parseAllDocuments(yaml).map(document => document.toJS() as object);

describe('preview', () => {
  test('prints the pods that toYaml gives', () => {
    synthesized((file, [{ airflow }]) => {
      const { pods: all } = airflow.taskPods;
      expect(pods(run(['preview', file]))).toEqual(['big', 'default', 'elsewhere', 'own'].map(name => pods(all.find(pod => pod.name === name)!.toYaml())[0]));
      expect(run(['preview', file, 'own'])).toBe(`# own\n${all.find(pod => pod.name === 'own')!.toYaml()}`);
    }, {});
  });

  test('has the comments of toYaml', () => {
    synthesized((file, [{ airflow }]) => {
      const own = airflow.taskPods.pods.find(pod => pod.name === 'own')!.toYaml();
      expect(own).toMatch(/^# The pod_mutation_hook of 'localSettings' may change this pod\.\n/);
      expect(run(['preview', file, 'own'])).toBe(`# own\n${own}`);
    }, { localSettings: 'def pod_mutation_hook(pod): ...\n' });
  });

  test('fails with a file that is no YAML', () => {
    withFiles({ 'app.yaml': 'kind: ConfigMap\nkind: ConfigMap\n' }, folder => {
      const file = path.join(folder, 'app.yaml');
      expect(() => run(['preview', file])).toThrow(new UsageError(`'${file}' must be YAML: Map keys must be unique at line 2, column 1`));
    });
  });

  test('fails where there is nothing to show', () => {
    synthesized(file => {
      expect(() => run(['preview', file, 'bigg'])).toThrow(new UsageError(`no task pod 'bigg' in '${file}', which has: big, default, elsewhere, own`));
    }, {});
    synthesized(file => {
      expect(() => run(['preview', file])).toThrow(new UsageError(`'${file}' has no pod template, since its executor starts no pods`));
    }, { executor: Executor.local() });
  });
});

test('module writes what writeModule writes', () => {
  synthesized((file, [{ airflow }]) => withFiles({}, folder => {
    expect(run(['module', file, path.join(folder, 'one')])).toBe(`${path.join(folder, 'one', 'airflow_task_pods')}\n`);
    airflow.taskPods.writeModule(path.join(folder, 'other'));
    const [one, other] = ['one', 'other'].map(name => {
      const of = path.join(folder, name, 'airflow_task_pods');
      return Object.fromEntries(fs.readdirSync(of).sort().map(text => [text, fs.readFileSync(path.join(of, text), 'utf8')]));
    });
    expect(one).toEqual(other);
    expect(Object.keys(one)).toEqual(['__init__.py', '__init__.pyi', '__main__.py', 'profiles.json', 'py.typed']);
  }), {});
});

test.each([[], ['preview'], ['module', 'x'], ['show', 'x'], ['--help']].map(args => [args]))('anything else prints the usage (%#)', args => {
  expect(() => run(args)).toThrow(/^usage: cdk8s-airflow <command> <file> /);
});

test('the file must have one Airflow', () => {
  expect(() => run(['preview', '/nowhere.yaml'])).toThrow(new UsageError("'/nowhere.yaml' does not exist; write it by cdk8s synth"));
  synthesized(file => {
    expect(() => run(['preview', file])).toThrow(new UsageError(`'${file}' has several Airflows in it; give the file of one`));
  }, {}, {});
  withFiles({ 'other.yaml': 'kind: ConfigMap\n' }, folder => {
    const file = path.join(folder, 'other.yaml');
    expect(() => run(['preview', file])).toThrow(new UsageError(`'${file}' has no Airflow of cdk8s-airflow in it`));
  });
});
