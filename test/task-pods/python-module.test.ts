import * as fs from 'fs';
import * as path from 'path';
import { MODULE } from '../../src/core/scripts';
import { ModuleModel, taskPodModule } from '../../src/task-pods/python-module';

const POD = { spec: { containers: [{ name: 'base' }] } };
const MODEL: ModuleModel = {
  profiles: {
    gpu: {
      operatorPod: POD,
      description: 'One "A100".\n\nOn C:\\gpu, """fast""".',
      resources: { limits: { memory: '1Gi', cpu: 1 }, requests: { memory: '1Gi' } },
      limits: { gpus: 4, memory: '64Gi', cpu: '16', ephemeral_storage: '1Ti' },
      gpuResource: 'nvidia.com/gpu',
    },
    default: { resources: {}, limits: {}, override: undefined, operatorPod: POD },
  },
  pools: ['b', 'a'],
  mergeRules: { initContainersByName: true, dropsFalsy: false },
  queues: [],
  executors: ['KubernetesExecutor'],
  executor: 'KubernetesExecutor',
  airflow: '3.3.2',
};

const HEAD = `"""The task pods of this deployment of Airflow 3.3.2, from cdk8s-airflow."""

from typing import Any, TypedDict
`;
const RESULT = `class _PodOperatorArguments(TypedDict):
    pod_template_dict: dict[str, Any]

class _SlowPodOperatorArguments(_PodOperatorArguments):
    startup_timeout_seconds: int
`;
const POD_OPERATOR = `    def pod_operator(self) -> _PodOperatorArguments:
        """The arguments of a KubernetesPodOperator, which runs an image of its own in such a pod."""
`;

test('the package has its name and files', () => {
  expect(MODULE).toBe('airflow_task_pods');
  expect(Object.keys(taskPodModule(MODEL))).toEqual(['__init__.py', '__init__.pyi', '__main__.py', 'profiles.json', 'py.typed']);
});

test.each(['__init__.py', '__main__.py'])('%s is that of python/', file => {
  expect(taskPodModule(MODEL)[file]).toBe(fs.readFileSync(path.join(__dirname, '..', '..', 'python', 'airflow_task_pods', file), 'utf8'));
});

test('py.typed is empty, which says that there are types for all of it', () => {
  expect(taskPodModule(MODEL)['py.typed']).toBe('');
});

test('profiles.json is the model, with its keys in order, its lists as they are and a line for each profile', () => {
  const json = taskPodModule({ ...MODEL, profiles: { gpu: MODEL.profiles.default, default: MODEL.profiles.default } })['profiles.json'];
  const profile = '{"limits":{},"operatorPod":{"spec":{"containers":[{"name":"base"}]}},"resources":{}}';
  expect(json).toBe('{"airflow":"3.3.2","executor":"KubernetesExecutor","executors":["KubernetesExecutor"],"mergeRules":{"dropsFalsy":false,"initContainersByName":true},'
    + `"pools":["b","a"],"queues":[],
  "profiles": {
    "default": ${profile},
    "gpu": ${profile}
  }
}
`);
});

test('nothing depends on the order in which profiles are given', () => {
  const { gpu, default: usual } = MODEL.profiles;
  expect(taskPodModule({ ...MODEL, profiles: { default: usual, gpu } })).toEqual(taskPodModule({ ...MODEL, profiles: { gpu, default: usual } }));
});

test('the stub has a class for each profile, whose keywords are those that can be tuned', () => {
  const tuning = 'self, *, cpu: str | float = ..., memory: str = ..., ephemeral_storage: str = ..., gpus: int = ...';
  expect(taskPodModule(MODEL)['__init__.pyi']).toBe(`${HEAD}
__all__ = ["default", "gpu"]

class _TaskArguments(TypedDict):
    executor: str
    executor_config: dict[str, Any]

${RESULT}
class TaskPod:
    """A kind of pod that the platform offers to tasks."""
    def __call__(self) -> dict[str, Any]:
        """The \`executor_config\` of a task; its \`pod_override\` is a \`kubernetes.client.V1Pod\`."""
    def task(self) -> _TaskArguments:
        """The arguments of a task: its executor and its \`executor_config\`."""
${POD_OPERATOR}
class _Default(TaskPod):
    """No requests and no limits.
    A task may set no keyword, since the platform set no limits for tuning.
    """
    def __call__(self) -> dict[str, Any]: ...
    def task(self) -> _TaskArguments: ...
    def pod_operator(self) -> _PodOperatorArguments: ...

class _Gpu(TaskPod):
    """One "A100".

    On C:\\\\gpu, \\"\\"\\"fast\\"\\"\\".

    Requests memory 1Gi; limits cpu 1, memory 1Gi.
    A task may set: cpu (up to 16), memory (up to 64Gi), ephemeral_storage (up to 1Ti), gpus (up to 4).
    """
    def __call__(${tuning}) -> dict[str, Any]: ...
    def task(${tuning}) -> _TaskArguments: ...
    def pod_operator(${tuning}) -> _PodOperatorArguments: ...

default: _Default
gpu: _Gpu
`);
});

test('the stub names the queue where that chooses a pod', () => {
  const { default: usual } = MODEL.profiles;
  const queued = taskPodModule({ ...MODEL, executor: 'CeleryKubernetesExecutor', queue: 'kubernetes', profiles: { default: usual } });
  expect(queued['__init__.pyi']).toContain('class _TaskArguments(TypedDict):\n    queue: str\n    executor_config: dict[str, Any]\n');
  expect(queued['__init__.pyi']).toContain('"""The arguments of a task: its queue and its `executor_config`."""');
  expect(queued['profiles.json']).toContain('"queue":"kubernetes","queues":[]');
});

test('the stub has only what does not raise where no executor starts pods', () => {
  expect(taskPodModule({ ...MODEL, executor: undefined, profiles: { default: { ...MODEL.profiles.default, limits: { gpus: 1 } } } })['__init__.pyi']).toBe(`${HEAD}
__all__ = ["default"]

${RESULT}
class TaskPod:
    """A kind of pod that the platform offers to tasks."""
${POD_OPERATOR}
class _Default(TaskPod):
    """No requests and no limits.
    A task may set: gpus (up to 1).
    """
    def pod_operator(self, *, gpus: int = ...) -> _PodOperatorArguments: ...

default: _Default
`);
});

test('the stub knows of a pod that may start slowly', () => {
  const slow = { ...MODEL.profiles.default, startTimeout: 900 };
  expect(taskPodModule({ ...MODEL, profiles: { slow } })['__init__.pyi']).toContain('    def pod_operator(self) -> _SlowPodOperatorArguments: ...\n');
});

test('the stub tells profiles apart whose names differ in underscores only', () => {
  const { default: usual } = MODEL.profiles;
  const text = taskPodModule({ ...MODEL, profiles: { a_1: usual, a1: usual, task: usual, pod_operator_arguments: usual } })['__init__.pyi'];
  expect(text.match(/^class \w+/gm)).toEqual(
    ['class _TaskArguments', 'class _PodOperatorArguments', 'class _SlowPodOperatorArguments', 'class TaskPod', 'class _A1', 'class _A_1', 'class _Pod_operator_arguments', 'class _Task']);
});
