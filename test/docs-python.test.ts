import { Block, codeBlocks, pages } from './markdown';
import { describe, test } from './python/python';
import { having, MODEL, withTaskPods } from './python/task-pods';

const BLOCKS = pages().flatMap(codeBlocks).filter(({ language }) => ['py', 'python'].includes(language));

/** What a DAG file begins with is left out in the pages; of Airflow there is only what takes anything. */
const AIRFLOW = `
import importlib.machinery, types
class Anything:
    def __init__(self, *args, **keywords): pass
    def __call__(self, *args, **keywords): return self
    def __getattr__(self, name): return self
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def __rshift__(self, other): return other
class Airflow:
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] == "airflow" else None
    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: Anything()
        return module
    def exec_module(self, module): pass
sys.meta_path.insert(0, Airflow())
def result(text, runs):
    try:
        code = compile(text, "block", "exec")
        if runs: exec(code, {name: Anything() for name in ("task", "dag", "DAG", "KubernetesPodOperator")})
    except BaseException as raised:
        line = raised.lineno if isinstance(raised, SyntaxError) else raised.__traceback__.tb_next.tb_lineno
        return [line, f"{type(raised).__name__}: {raised}"]
`;

/** What the platform of the pages has: the task pods that a block imports, each of which can have 64Gi. */
function taskPodsOf(text: string): string[] {
  return [...text.matchAll(/^from airflow_task_pods import ([^#\n]+)/gm)].flatMap(([, names]) => names.split(',').map(name => name.trim()));
}

/** What is wrong with a block of Python; the program that makes the YAML needs the wheel, so here it is only read. */
function problems({ text, place }: Block): string[] {
  const profiles = Object.fromEntries(taskPodsOf(text).map(name => [name, MODEL.profiles.gpu]));
  const code = `${AIRFLOW}answer(result(${JSON.stringify(text)}, ${/cdk8s/.test(text) ? 'False' : 'True'}))`;
  const raised = withTaskPods(code, having({ default: {}, ...profiles })) as [number, string] | null;
  const [page, first] = place.split(':');
  return raised === null ? [] : [`${page}:${Number(first) + raised[0] - 1}: ${raised[1]}`];
}

describe('the blocks of Python in the pages', () => {
  test('run, with the module of a deployment and what stands for Airflow', () => {
    expect(BLOCKS.length).toBeGreaterThan(2);
    expect(BLOCKS.flatMap(problems)).toEqual([]);
  });

  test('are told with their lines where they do not', () => {
    const block = { language: 'python', place: 'docs/page.md:7' };
    const beyond = 'from airflow.sdk import task\nfrom airflow_task_pods import gpu\n@task(executor_config=gpu(memory="65Gi"))\ndef train(): ...\n';
    expect(problems({ ...block, text: beyond })).toEqual([expect.stringMatching(/^docs\/page\.md:9: .*memory.*64Gi/)]);
    expect(problems({ ...block, text: 'from cdk8s import App\napp = App(\n' })).toEqual([expect.stringMatching(/^docs\/page\.md:8: SyntaxError: /)]);
    expect(problems({ ...block, text: 'dag()\nunknown()\n' })).toEqual(["docs/page.md:8: NameError: name 'unknown' is not defined"]);
  });
});
