import { describe, test } from './python';
import { MODEL, withTaskPods } from './task-pods';

interface Run {
  readonly status: number;
  readonly out: string[];
  readonly err: string[];
}

/** Runs the package as a command in the folder of the files: as a module, or by its path. */
function run(args: string[], files: { readonly [file: string]: string } = {}, model = MODEL, runner = 'run_module'): Run {
  return withTaskPods(`
import contextlib, io, os, runpy
os.chdir(folder)
sys.argv = ["airflow_task_pods", *${JSON.stringify(args)}]
if "${runner}" == "run_path": sys.path.remove(folder)
out, err = io.StringIO(), io.StringIO()
with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
    try: status = runpy.${runner}("airflow_task_pods", run_name="__main__")
    except SystemExit as end: status = end.code
answer({"status": status, "out": out.getvalue().splitlines(), "err": err.getvalue().splitlines()})`, model, files) as Run;
}

/** The findings in files of DAGs, each by its lines, as \`file:line: words\`. */
function found(dags: { readonly [file: string]: string }, model = MODEL): string[] {
  const { status, out, err } = run(['check', 'dags'], Object.fromEntries(Object.entries(dags).map(([file, text]) => [`dags/${file}`, text])), model);
  const count = Object.keys(dags).length;
  expect({ status, err }).toEqual({ status: out[0]?.endsWith('nothing found') ? 0 : 1, err: [] });
  return out[0] === `${count} file${count === 1 ? '' : 's'} checked, nothing found` ? out.slice(1) : out;
}

const HAS = 'in this deployment, which has';
const PODS = `${HAS}: default, gpu, highmem`;
const AIRFLOW = 'from airflow.sdk import dag, task\nfrom airflow_task_pods import default, gpu, highmem\n';

/** What is found in the lines after the imports, each line as a file of its own would be: by the line. */
function inLines(lines: string[], model = MODEL): { [line: string]: string } {
  const files = lines.map((line, index) => [`${index + 100}.py`, `${AIRFLOW}${line}\n`]);
  const findings = found(Object.fromEntries(files) as { [file: string]: string }, model);
  return Object.fromEntries(findings.map(finding => {
    const [, index, words] = /^dags\/(\d+)\.py:3: (.*)$/.exec(finding)!;
    return [lines[Number(index) - 100], words];
  }));
}

describe('the check of DAGs', () => {
  test('finds nothing in what is right', () => {
    expect(found({
      'a.py': `${AIRFLOW}
from airflow.providers.standard.operators.bash import BashOperator
import airflow_task_pods as pods
import airflow_task_pods.__main__
default_args = {"queue": "default", "pool": "warehouse", "retries": 1, **pods.gpu.task(memory="1Gi")}
@dag(default_args={**default_args, "executor": "LocalExecutor"})
def flow():
    size = "1Ti"
    @task(executor_config=gpu(memory=size, cpu=0.5, **{}), queue="default", pool=size)
    def one(): ...
    @task.kubernetes(image="x", **gpu.pod_operator(gpus=4))
    def two(): ...
    BashOperator(task_id="x", executor="KubernetesExecutor", executor_config=pods.gpu(memory="64Gi"))
    one.override(pool="default_pool")()
    print(pods.TaskPod, pods.__all__, gpu.__doc__, default.task)
`,
    })).toEqual([]);
  });

  test('finds names that are no profile, however they are imported', () => {
    expect(found({
      'a.py': 'from airflow_task_pods import gpu, gpuu as big, TaskPod\n',
      'b.py': 'import airflow_task_pods\nairflow_task_pods.gpuu()\n',
      'c.py': 'def flow():\n    import airflow_task_pods as pods\n    return pods.zebra.task()\n',
      'd.py': 'import airflow_task_pods.gpu\nfrom airflow_task_pods.gpu.more import x\n',
      'e.py': 'from airflow_task_pods import *\ngpu(memry="1Gi")\n',
    })).toEqual([
      `dags/a.py:1: no task pod 'gpuu' ${PODS}; did you mean 'gpu'?`,
      `dags/b.py:2: no task pod 'gpuu' ${PODS}; did you mean 'gpu'?`,
      `dags/c.py:3: no task pod 'zebra' ${PODS}`,
      'dags/d.py:1: airflow_task_pods has no modules; write: from airflow_task_pods import gpu',
      'dags/d.py:2: airflow_task_pods has no modules; write: from airflow_task_pods import gpu',
      "dags/e.py:2: gpu() takes no 'memry'; a task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4)",
    ]);
  });

  test('finds calls that would raise', () => {
    const expected = {
      'gpu(memory="128Gi")': "gpu(memory='128Gi') is beyond the 64Gi that this deployment allows; ask for less, or for another profile",
      'gpu.task(cpu=-1)': 'gpu(cpu=-1) must be more than 0; this deployment allows up to 16',
      'gpu.pod_operator(gpus="2")': "gpu(gpus='2') is no whole number; write one such as 1",
      'gpu(memry=size)': "gpu() takes no 'memry'; a task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4)",
      'default.task(memory="1Gi")': "default() takes no 'memory'; no keyword, since the platform set no limits for tuning",
      'gpu("1Gi")': 'gpu() takes keywords only',
      'gpu.pod_opertor()': "gpu has no 'pod_opertor'; it has: task, pod_operator",
      '@task(executor_config=gpu)\ndef one(): ...': 'executor_config=gpu is the profile itself; call it: gpu()',
      'f(executor_config=gpu.task(cpu=1))': 'executor_config takes gpu(), not gpu.task(); write **gpu.task() in place of executor_config=gpu.task()',
      'default_args = {"executor_config": gpu.pod_operator()}':
        'executor_config takes gpu(), not gpu.pod_operator(); write **gpu.pod_operator() in place of executor_config=gpu.pod_operator()',
    };
    expect(inLines(Object.keys(expected))).toEqual(expected);
  });

  test('finds calls that no executor would heed', () => {
    const words = 'no executor of this deployment starts pods for tasks, so the executor_config of gpu() would be ignored; use gpu.pod_operator() instead';
    expect(inLines(['gpu()', 'x = gpu.task()', 'gpu.pod_operator()', 'gpu'], { ...MODEL, executor: undefined })).toEqual({ 'gpu()': words, 'x = gpu.task()': words });
  });

  test('finds queues, pools and executors that there are not, where they are arguments of tasks', () => {
    const queue = `no queue 'big' ${HAS}: default`;
    const expected = {
      'BashOperator(task_id="x", queue="big")': queue,
      'ops.FileSensor(queue="big")': queue,
      'BashOperator.partial(queue="big").expand(x=[])': queue,
      '@task(queue="big")\ndef one(): ...': queue,
      '@task.kubernetes(queue="big")\nasync def one(): ...': queue,
      'one.override(queue="big")()': queue,
      'default_args = {"queue": "big"}': queue,
      'MY_DEFAULT_ARGS: dict = dict(queue="big")': queue,
      'self.default_args = {"queue": "big"}': queue,
      'DAG("x", default_args={"a": 1, "queue": "big"})': queue,
      'task(pool="warehose")': `no pool 'warehose' ${HAS}: default_pool, warehouse; did you mean 'warehouse'?`,
      'task(executor="CeleryExecutor")': `no executor 'CeleryExecutor' ${HAS}: LocalExecutor, KubernetesExecutor; did you mean 'LocalExecutor'?`,
    };
    expect(inLines(Object.keys(expected))).toEqual(expected);
    expect(inLines(['task(queue="big")'], { ...MODEL, queues: [] })).toEqual({ 'task(queue="big")': `no queue 'big' ${HAS} none` });
  });

  test('finds nothing where the arguments are not those of a task', () => {
    expect(inLines([
      'publish(queue="big", pool="x", executor="y")', 'app.task(queue="big")', 'one.partial(queue="big").expand(x=[])', 'settings = {"queue": "big"}',
      'BashOperator(queue=big, pool=f"{x}", executor=None)', 'partial(queue="big")', 'override(queue="big")', 'default_args = big', 'a, b = 1, 2', 'x: int',
      'default_args = {1: "big", x.y: "big", **z}', 'DAG(queue="big")', 'task_group(pool="x")', 'f()(queue="big")', 'x[0](queue="big")',
    ])).toEqual({});
    expect(found({
      'celery.py': 'from celery import task\n@task(queue="big")\ndef one(): ...\n',
      'module.py': 'import airflow\nairflow(queue="big")\nairflow.models.task(queue="big")\n',
      'plain.py': 'from .airflow import conf\nconf.override(queue="big")\n',
    })).toEqual([]);
  });

  test('knows a name by what it was imported as', () => {
    expect(found({
      'a.py': 'from airflow.decorators import task as step\n@step.branch(pool="x")\ndef one(): ...\n',
      'b.py': 'import airflow.sdk\n@airflow.sdk.task(pool="x")\ndef one(): ...\n',
      'd.py': 'try:\n  from airflow.sdk import task\nexcept ImportError:\n  from airflow.decorators import task\ntask(pool="x")\n',
      'e.py': 'try:\n  from airflow.sdk import task\nexcept ImportError:\n  from celery import task\ntask(pool="x")\n',
      'f.py': 'if x:\n  from airflow_task_pods import default as it\nelse:\n  from airflow_task_pods import gpu as it\nit(x=1)\n',
      'c.py': 'from airflow import sdk\nfrom airflow_task_pods import gpu as big\n@sdk.task(pool="x", executor_config=big(gpus=9))\ndef one(): ...\n',
    })).toEqual([
      `dags/a.py:2: no pool 'x' ${HAS}: default_pool, warehouse`,
      `dags/b.py:2: no pool 'x' ${HAS}: default_pool, warehouse`,
      'dags/c.py:3: gpu(gpus=9) is beyond the 4 that this deployment allows; ask for less, or for another profile',
      `dags/c.py:3: no pool 'x' ${HAS}: default_pool, warehouse`,
      `dags/d.py:5: no pool 'x' ${HAS}: default_pool, warehouse`,
    ]);
  });

  test('leaves a name alone where something else binds it, and only there', () => {
    const bad = 'gpu(x=1)';
    expect(found({
      'a.py': `from airflow_task_pods import gpu
def argument(gpu): ${bad}
def local():
    for gpu in []: ${bad}
def nested():
    try: ...
    except ValueError as gpu: ...
    def inner(): ${bad}
[${bad} for gpu in []]
f = lambda gpu: ${bad}
def default(value=gpu(one=1)): ...
f = lambda value=gpu(two=2): gpu(three=3)
def free(other):
    gpu(four=4)
    [gpu(five=5) for x in []]
class Here:
    def method(self, *, a, b=gpu(six=6)): gpu(seven=7)
`,
      'b.py': `try:
    from airflow_task_pods import gpu
except ImportError:
    def gpu(**tuning): ...
${bad}
`,
    })).toEqual([[11, 'one'], [12, 'three'], [12, 'two'], [14, 'four'], [15, 'five'], [17, 'seven'], [17, 'six']].map(([line, keyword]) =>
      `dags/a.py:${line}: gpu() takes no '${keyword}'; a task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4)`));
  });

  test('finds files that do not parse', () => {
    const broken = { 'a.py': 'x = 1\ndef (:\n', 'c.py': '# coding: nothing\n', 'd.py': 'x = "\\d"\n' };
    expect(found(broken)).toEqual(['dags/a.py:2: does not parse: invalid syntax', expect.stringMatching(/^dags\/c\.py:1: does not parse: .*unknown encoding: nothing/)]);
  });

  test('does not show a finding whose line says so', () => {
    expect(found({
      'a.py': `from airflow_task_pods import gpu, gpuu  # task-pods: ignore
gpu(
    one=1,  # task-pods: ignore, for its reason
    two=2,  #task-pods:ignore
    three=3,  # task-pods: ignored
)
`,
    })).toEqual(["dags/a.py:5: gpu() takes no 'three'; a task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4)"]);
    expect(found({ 'a.py': 'def (:  # task-pods: ignore\n' })).toEqual([]);
  });

  test('reads long chains', () => {
    expect(found({ 'a.py': `a = ${'a >> '.repeat(1500)}b\n` })).toEqual([]);
  });
});

describe('the command', () => {
  const bad = 'from airflow_task_pods import gpuu\n';
  const words = `no task pod 'gpuu' ${PODS}; did you mean 'gpu'?`;

  test('checks files, and what is named *.py in folders, once each and in order', () => {
    const files = { 'dags/b.py': bad, 'dags/a/z.py': bad, 'dags/a.txt': bad, 'dags/.git/x.py': bad, 'dags/__pycache__/x.py': bad, 'more/script': bad };
    expect(run(['check', 'dags', 'more/script', 'dags/b.py'], files)).toEqual({ status: 1, out: ['dags/b.py', 'dags/a/z.py', 'more/script'].map(file => `${file}:1: ${words}`), err: [] });
    expect(run(['check', 'dags'], { 'dags/a.txt': bad })).toEqual({ status: 0, out: ['0 files checked, nothing found'], err: [] });
  });

  test('runs by its path as well', () => {
    expect(run(['check', 'dags'], { 'dags/a.py': bad }, MODEL, 'run_path')).toEqual({ status: 1, out: [`dags/a.py:1: ${words}`], err: [] });
  });

  test('needs neither Airflow nor the client of Kubernetes', () => {
    expect(withTaskPods(`
import subprocess
ended = subprocess.run([sys.executable, "-S", "-I", folder + "/airflow_task_pods", "check", folder + "/dags"], capture_output=True, text=True)
answer([ended.returncode, ended.stdout, ended.stderr])`, MODEL, { 'dags/a.py': AIRFLOW })).toEqual([0, '1 file checked, nothing found\n', '']);
  });

  test('fails with 2 for what it does not understand', () => {
    const usage = (...args: string[]) => {
      const { status, out, err } = run(args);
      return [status, out, err[err.length - 1]];
    };
    expect(usage('check', 'dags')).toEqual([2, [], 'python -m airflow_task_pods: error: no such file or folder: dags']);
    expect(usage('check')).toEqual([2, [], 'python -m airflow_task_pods check: error: the following arguments are required: path']);
    expect(usage()).toEqual([2, [], 'python -m airflow_task_pods: error: the following arguments are required: check|list']);
    expect(usage('chek')).toEqual([2, [], expect.stringContaining("invalid choice: 'chek'")]);
  });

  test('lists the profiles', () => {
    expect(run(['list'])).toEqual({
      status: 0,
      out: [
        'Airflow 3.3.2; queues: default; pools: default_pool, warehouse; executors: LocalExecutor, KubernetesExecutor', '',
        'default', '  Requests cpu 200m, memory 512Mi; limits memory 1Gi.', '  A task may set no keyword, since the platform set no limits for tuning.', '',
        'gpu', '  One A100.', '', '  Requests cpu 4, memory 16Gi; limits cpu 4, memory 16Gi, nvidia.com/gpu 1.',
        '  A task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4).', '',
        'highmem', '  Much memory.', '  Ask the platform first.', '', '  Requests cpu 200m, memory 512Mi; limits memory 1Gi.',
        '  A task may set: memory (up to 256Gi), ephemeral_storage (up to 100Gi).',
      ],
      err: [],
    });
    expect(run(['list'], {}, { ...MODEL, queues: [], profiles: {} }).out).toEqual([
      'Airflow 3.3.2; queues: none; pools: default_pool, warehouse; executors: LocalExecutor, KubernetesExecutor',
    ]);
  });
});
