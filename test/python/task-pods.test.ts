import { describe, test } from './python';
import { having, MODEL, operatorPod, withTaskPods } from './task-pods';

/** What a call gives, in plain data. */
function given(call: string, model = MODEL): unknown {
  return withTaskPods(`import airflow_task_pods as pods\nanswer(plain(pods.${call}))`, model);
}

/** The kind and the message of the error of each call. */
function raised(calls: string[], model = MODEL): unknown {
  return withTaskPods(`import airflow_task_pods as pods\nanswer([error(lambda: eval("pods." + call)) for call in ${JSON.stringify(calls)}])`, model);
}

const BYTES = "is no quantity of bytes; write a number with a unit, such as '16Gi' or '512Mi'";
const UNIT = "has no unit and would be bytes; write text with a unit, such as '16Gi' or '512Mi'";
const COUNT = 'is no whole number; write one such as 1';
const CPUS = "is no quantity; write a number of CPUs, such as 2, 0.5 or '500m'";
const FINE = "is finer than Kubernetes takes it; write whole thousandths of a CPU, such as '250m'";
const REFUSED = 'that this deployment allows; ask for less, or for another profile';

describe('the module', () => {
  test('lists the profiles', () => {
    expect(withTaskPods(`
import airflow_task_pods as pods
scope = {}
exec("from airflow_task_pods import *", scope)
answer([pods.__all__, [name for name in dir(pods) if not name.startswith("_")], sorted(name for name in scope if name[0] != "_"), repr(pods.gpu)])`)).toEqual([
      ['default', 'gpu', 'highmem'], ['TaskPod', 'default', 'gpu', 'highmem'], ['default', 'gpu', 'highmem'], 'airflow_task_pods.gpu',
    ]);
  });

  test('gives the same profile each time, of the class TaskPod', () => {
    expect(withTaskPods(`
import airflow_task_pods as pods
from airflow_task_pods import TaskPod, gpu
answer([gpu is pods.gpu, type(gpu) is TaskPod])`)).toEqual([true, true]);
  });

  test('says in `help` what a profile has and what a task may set', () => {
    expect(withTaskPods(`
import pydoc
from airflow_task_pods import default, gpu, highmem
answer([default.__doc__, gpu.__doc__, highmem.__doc__, "One A100." in pydoc.render_doc(gpu)])`)).toEqual([
      'Requests cpu 200m, memory 512Mi; limits memory 1Gi.\nA task may set no keyword, since the platform set no limits for tuning.',
      'One A100.\n\nRequests cpu 4, memory 16Gi; limits cpu 4, memory 16Gi, nvidia.com/gpu 1.\n'
        + 'A task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4).',
      'Much memory.\nAsk the platform first.\n\nRequests cpu 200m, memory 512Mi; limits memory 1Gi.\n'
        + 'A task may set: memory (up to 256Gi), ephemeral_storage (up to 100Gi).',
      true,
    ]);
    expect(withTaskPods('from airflow_task_pods import bare\nanswer(bare.__doc__)', having({ bare: { resources: {} } }))).toMatch(/^No requests and no limits\.\n/);
  });

  test('has the same words in its stub', () => {
    expect(withTaskPods(`
import ast, airflow_task_pods as pods
tree = ast.parse(open(folder + "/airflow_task_pods/__init__.pyi").read())
docs = {node.name: ast.get_docstring(node) for node in tree.body if isinstance(node, ast.ClassDef)}
answer([docs["_" + name.capitalize()] == getattr(pods, name).__doc__ for name in pods.__all__])`, {
      ...MODEL,
      profiles: { ...MODEL.profiles, quoted: { ...MODEL.profiles.default, description: 'A "quoted" C:\\new """path""".\n\n  Indented, é.' } },
    })).toEqual([true, true, true, true]);
  });

  test('fails with the names that there are, however another is asked for', () => {
    const message = "no task pod 'gpuu' in this deployment, which has: default, gpu, highmem; did you mean 'gpu'?";
    expect(withTaskPods(`
def name(): from airflow_task_pods import gpuu
def attribute():
    import airflow_task_pods
    airflow_task_pods.gpuu
answer([error(name), error(attribute)])`)).toEqual([['ImportError', message], ['ImportError', message]]);
    expect(raised(['zebra'])).toEqual([['ImportError', "no task pod 'zebra' in this deployment, which has: default, gpu, highmem"]]);
    expect(raised(['gpu'], having({}))).toEqual([['ImportError', "no task pod 'gpu' in this deployment, which has none"]]);
  });

  test('fails as modules do for names that tools look for', () => {
    expect(raised(['__wrapped__', '_ipython_display_'])).toEqual([
      ['AttributeError', "module 'airflow_task_pods' has no attribute '__wrapped__'"],
      ['AttributeError', "module 'airflow_task_pods' has no attribute '_ipython_display_'"],
    ]);
  });

  test('may have profiles with names of Python', () => {
    const names = ['all', 'annotations', 'copy', 'difflib', 'json', 'max', 'print', 'sorted', 'str'];
    expect(withTaskPods(`
import airflow_task_pods as pods
answer([[repr(getattr(pods, name)) for name in pods.__all__], error(lambda: pods.os)[0]])`, having(Object.fromEntries(names.map(name => [name, {}]))))).toEqual(
      [names.map(name => `airflow_task_pods.${name}`), 'ImportError']);
  });
});

describe('a profile', () => {
  test('with an override gives a pod', () => {
    const pod = MODEL.profiles.gpu.override;
    expect(given('gpu()')).toEqual({ pod_override: { V1Pod: pod } });
    expect(given('gpu.task()')).toEqual({ executor: 'KubernetesExecutor', executor_config: { pod_override: { V1Pod: pod } } });
    expect(given('gpu.pod_operator()')).toEqual({ pod_template_dict: MODEL.profiles.gpu.operatorPod });
  });

  test('with a template of its own names it, and overrides only what is tuned', () => {
    const pod_template_file = '/opt/airflow/pod_templates/highmem.yaml';
    expect(given('highmem()')).toEqual({ pod_template_file });
    expect(given("highmem(memory='2Gi')")).toEqual({
      pod_template_file,
      pod_override: { V1Pod: { spec: { containers: [{ name: 'base', resources: { requests: { cpu: '200m', memory: '2Gi' }, limits: { memory: '2Gi' } } }] } } },
    });
  });

  test('that is the pod template gives nothing unless it is tuned', () => {
    expect(given('default()')).toEqual({});
    expect(given('default.task()')).toEqual({ executor: 'KubernetesExecutor', executor_config: {} });
    expect(given('default.pod_operator()')).toEqual({ pod_template_dict: MODEL.profiles.default.operatorPod });
    expect(given('default(cpu=1)', having({ default: { limits: { cpu: 2 } } }))).toEqual({
      pod_override: { V1Pod: { spec: { containers: [{ name: 'base', resources: { requests: { cpu: '1', memory: '512Mi' }, limits: { memory: '1Gi' } } }] } } },
    });
  });

  test('is chosen by a queue where the executor is two in one', () => {
    const hybrid = { ...MODEL, executor: 'CeleryKubernetesExecutor', queue: 'pods' };
    expect(given('default.task()', hybrid)).toEqual({ queue: 'pods', executor_config: {} });
    expect(given('gpu()', hybrid)).toEqual(given('gpu()'));
    expect(given('gpu.task(cpu=8)', hybrid)).toEqual({ queue: 'pods', executor_config: given('gpu(cpu=8)') });
  });

  test('that may start slowly says so to KubernetesPodOperator', () => {
    expect(given('slow.pod_operator()', having({ slow: { startTimeout: 900 } }))).toEqual(
      { pod_template_dict: MODEL.profiles.default.operatorPod, startup_timeout_seconds: 900 });
  });

  test('always has a container named base in its override', () => {
    const base = { spec: { containers: [{ name: 'base' }] } };
    expect(given('labels()', having({ labels: { override: { metadata: { labels: { a: 'b' } } } } }))).toEqual(
      { pod_override: { V1Pod: { metadata: { labels: { a: 'b' } }, ...base } } });
    expect(given('empty()', having({ empty: { override: { spec: { containers: [] } } } }))).toEqual({ pod_override: { V1Pod: base } });
    expect(given('nameless()', having({ nameless: { override: { spec: { containers: [{ image: 'x' }] } } } }))).toEqual(
      { pod_override: { V1Pod: { spec: { containers: [{ name: 'base', image: 'x' }] } } } });
  });

  test('gives fresh objects, each with a configuration of the client of its own', () => {
    expect(withTaskPods(`
from airflow_task_pods import gpu, highmem
one, other = gpu()["pod_override"], gpu()["pod_override"]
one.data["spec"]["nodeSelector"]["card"] = "mine"
gpu.pod_operator()["pod_template_dict"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "mine"
gpu(memory="1Gi")["pod_override"].data["spec"]["containers"][0]["resources"]["limits"]["memory"] = "mine"
highmem()["pod_template_file"] = "mine"
left = [gpu()["pod_override"].data, gpu.pod_operator(), highmem()]
answer([one.configuration is other.configuration, other.data["spec"]["nodeSelector"]["card"], "mine" in json.dumps(left)])`)).toEqual([false, 'a100', false]);
  });

  test('fails without the client of Kubernetes only where it makes a pod', () => {
    expect(withTaskPods(`
sys.modules.update({"kubernetes": None, "kubernetes.client": None, "kubernetes.client.models": None})
from airflow_task_pods import default, gpu, highmem
answer([default(), highmem(), list(gpu.pod_operator()), error(gpu)])`)).toEqual([
      {}, { pod_template_file: '/opt/airflow/pod_templates/highmem.yaml' }, ['pod_template_dict'],
      ['ImportError', "gpu() makes a pod with the package 'kubernetes', which is not installed (import of kubernetes.client halted; None in sys.modules); "
        + 'install apache-airflow-providers-cncf-kubernetes'],
    ]);
  });

  test('fails where no executor starts pods, but for KubernetesPodOperator', () => {
    const without = { ...MODEL, executor: undefined };
    const message = 'no executor of this deployment starts pods for tasks, so the executor_config of gpu() would be ignored; use gpu.pod_operator() instead';
    expect(raised(['gpu()', 'gpu.task()'], without)).toEqual([['RuntimeError', message], ['RuntimeError', message]]);
    expect(given('gpu.pod_operator()', without)).toEqual({ pod_template_dict: MODEL.profiles.gpu.operatorPod });
  });
});

/** The resources of the profile gpu after each tuning, which are the same however they are asked for. */
function tuned(tunings: string[], model = MODEL): unknown[] {
  const [overrides, pods] = withTaskPods(`
from airflow_task_pods import gpu
resources = lambda pod: pod["spec"]["containers"][0]["resources"]
tunings = [eval(f"dict({text})") for text in ${JSON.stringify(tunings)}]
answer([[resources(gpu(**tuning)["pod_override"].data) for tuning in tunings],
        [resources(gpu.pod_operator(**tuning)["pod_template_dict"]) for tuning in tunings]])`, model) as unknown[][];
  expect(pods).toEqual(overrides);
  return overrides;
}

const { requests, limits } = MODEL.profiles.gpu.resources as { requests: object; limits: object };

describe('tuning', () => {
  test('changes what it should, and keeps the rest', () => {
    const expected = {
      "memory='32Gi'": { requests: { ...requests, memory: '32Gi' }, limits: { ...limits, memory: '32Gi' } },
      "memory='65536Mi'": { requests: { ...requests, memory: '65536Mi' }, limits: { ...limits, memory: '65536Mi' } },
      'cpu=2': { requests: { ...requests, cpu: '2' }, limits },
      "cpu='8'": { requests: { ...requests, cpu: '8' }, limits: { ...limits, cpu: '8' } },
      'gpus=2': { requests, limits: { ...limits, 'nvidia.com/gpu': '2' } },
      "gpus=4, cpu=16, memory='64Gi'": { requests: { cpu: '16', memory: '64Gi' }, limits: { 'cpu': '16', 'memory': '64Gi', 'nvidia.com/gpu': '4' } },
    };
    expect(tuned(Object.keys(expected))).toEqual(Object.values(expected));
  });

  test('keeps the rest of the override', () => {
    expect(given("gpu(memory='32Gi')")).toMatchObject({ pod_override: { V1Pod: { metadata: { labels: { team: 'ml' } }, spec: { nodeSelector: { card: 'a100' } } } } });
  });

  test('of ephemeral storage sets both', () => {
    const resources = { requests: { 'cpu': '200m', 'memory': '512Mi', 'ephemeral-storage': '5G' }, limits: { 'memory': '1Gi', 'ephemeral-storage': '5G' } };
    expect(given("highmem.pod_operator(ephemeral_storage='5G')")).toEqual({ pod_template_dict: operatorPod(resources) });
  });

  test('of cpu adds no limit, and of gpus a request only beside one', () => {
    const own = { override: {}, limits: { cpu: 2, gpus: 2 }, gpuResource: 'amd.com/gpu' };
    expect(tuned(['cpu=1', 'gpus=2'], having({ gpu: { ...own, resources: {} } }))).toEqual([{ requests: { cpu: '1' } }, { limits: { 'amd.com/gpu': '2' } }]);
    const both = { requests: { 'amd.com/gpu': '1' }, limits: { 'amd.com/gpu': '1' } };
    expect(tuned(['gpus=2'], having({ gpu: { ...own, resources: both } }))).toEqual([{ requests: { 'amd.com/gpu': '2' }, limits: { 'amd.com/gpu': '2' } }]);
  });

  test('takes numbers of CPUs, and the quantities of Kubernetes as they are', () => {
    const expected = {
      '1': '1',
      '2.0': '2',
      '0.5': '500m',
      '0.1': '100m',
      '1.25': '1250m',
      "'0.5'": '0.5',
      "'250m'": '250m',
      "'1e0'": '1e0',
      "'16000m'": '16000m',
      "'1000000u'": '1000000u',
      "'+1.'": '+1.',
      "'.5'": '.5',
    };
    const found = tuned(Object.keys(expected).map(value => `cpu=${value}`)) as { requests: { cpu: string } }[];
    expect(found.map(({ requests: { cpu } }) => cpu)).toEqual(Object.values(expected));
  });

  test('takes bytes with every unit of Kubernetes', () => {
    const amounts = ['512Mi', '1.5Gi', '64Gi', '68719476.736k', '68G', '0.06T', '1e9', '5E9', '0.00006P', '0.00006Pi', '0.00000005Ei', '0.00000006E', '1024Ki'];
    const found = tuned(amounts.map(amount => `memory='${amount}'`)) as { requests: { memory: string } }[];
    expect(found.map(({ requests: { memory } }) => memory)).toEqual(amounts);
  });

  test('fails with a keyword that cannot be set', () => {
    const messages = {
      "gpu(memry='1Gi')": "gpu() takes no 'memry'; a task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4)",
      "gpu.task(ephemeral_storage='1Gi')": "gpu() takes no 'ephemeral_storage'; a task may set: cpu (up to 16), memory (up to 64Gi), gpus (up to 4)",
      'highmem.pod_operator(gpus=1)': "highmem() takes no 'gpus'; a task may set: memory (up to 256Gi), ephemeral_storage (up to 100Gi)",
      "default(memory='1Gi')": "default() takes no 'memory'; no keyword, since the platform set no limits for tuning",
      "gpu('64Gi')": expect.stringContaining('takes 1 positional argument but 2 were given') as string,
    };
    expect(raised(Object.keys(messages))).toEqual(Object.values(messages).map(message => ['TypeError', message]));
  });

  test('fails with a value that is not allowed', () => {
    const messages = {
      "memory='128Gi'": `is beyond the 64Gi ${REFUSED}`,
      "memory='64.0000001Gi'": `is beyond the 64Gi ${REFUSED}`,
      "memory='68719476737e0'": `is beyond the 64Gi ${REFUSED}`,
      "memory='1E'": `is beyond the 64Gi ${REFUSED}`,
      "cpu='16001m'": `is beyond the 16 ${REFUSED}`,
      'cpu=16.5': `is beyond the 16 ${REFUSED}`,
      'gpus=5': `is beyond the 4 ${REFUSED}`,
      "memory='0Gi'": 'must be more than 0; this deployment allows up to 64Gi',
      "memory='-1Gi'": 'must be more than 0; this deployment allows up to 64Gi',
      'cpu=0': 'must be more than 0; this deployment allows up to 16',
      'cpu=-0.5': 'must be more than 0; this deployment allows up to 16',
      'gpus=0': 'must be more than 0; this deployment allows up to 4',
      "memory='64'": UNIT,
      'memory=64': UNIT,
      'memory=1.5': UNIT,
      "memory='64m'": BYTES,
      "memory='64GB'": BYTES,
      "memory='64 Gi'": BYTES,
      "memory='64gi'": BYTES,
      "memory=''": BYTES,
      "memory='1e999'": BYTES,
      'memory=None': BYTES,
      "cpu='two'": CPUS,
      'cpu=True': CPUS,
      "cpu='nan'": CPUS,
      "cpu='0.0001'": FINE,
      'cpu=1e-05': FINE,
      "gpus='2'": COUNT,
      'gpus=2.0': COUNT,
      'gpus=True': COUNT,
    };
    expect(raised(Object.keys(messages).map(tuning => `gpu(${tuning})`))).toEqual(
      Object.entries(messages).map(([tuning, message]) => ['ValueError', `gpu(${tuning}) ${message}`]));
    expect(raised(["gpu(cpu=float('nan'))", "gpu(cpu=float('inf'))"])).toEqual([['ValueError', `gpu(cpu=nan) ${CPUS}`], ['ValueError', `gpu(cpu=inf) ${CPUS}`]]);
  });
});
