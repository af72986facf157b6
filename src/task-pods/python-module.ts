import { MergeRules } from './pod-merge';
import { script } from '../core/scripts';
import { KnownToDags } from '../instance/instance';
import { canonical, text } from '../kubernetes/checksum';
import { Json } from '../kubernetes/pod';

/** A task pod in the form that Python reads. */
export interface ProfileModel {
  readonly description?: string;
  /**
   * The `pod_override`, with the field names of the Kubernetes API. Undefined for the pod template itself and for a task pod
   * with its own template.
   */
  readonly override?: Json;
  /** The path of the task pod's own template in Airflow's containers. */
  readonly templateFile?: string;
  /** The requests and limits of the base container, which tuning changes. */
  readonly resources: Json;
  /** The tuning limits: cpu, memory and ephemeral_storage as quantities, gpus as a number. A missing keyword cannot be tuned. */
  readonly limits: { readonly [keyword: string]: string | number };
  /** The extended resource that `gpus` counts. */
  readonly gpuResource?: string;
  /** The pod for KubernetesPodOperator, with the container 'base' first. */
  readonly operatorPod: Json;
  /** The start timeout of the pod in seconds, if it was set. */
  readonly startTimeout?: number;
}

/** The facts about a deployment that the Python package contains. */
export interface ModuleModel extends KnownToDags {
  /** The Airflow release. */
  readonly airflow: string;
  /** How the image's provider merges pods, to show the merged pods. */
  readonly mergeRules: MergeRules;
  readonly profiles: { readonly [name: string]: ProfileModel };
}

/** The keywords that a task may set, in the order of their listing, with their Python types. */
const KEYWORDS = { cpu: 'str | float', memory: 'str', ephemeral_storage: 'str', gpus: 'int' };

/** The files of the Python package `airflow_task_pods`. */
export function taskPodModule(model: ModuleModel): { [file: string]: string } {
  return {
    '__init__.py': script('airflow_task_pods/__init__.py'),
    '__init__.pyi': stub(model),
    '__main__.py': script('airflow_task_pods/__main__.py'),
    'profiles.json': profilesJson(model),
    'py.typed': '',
  };
}

/** Writes one line per task pod, because a ConfigMap that is applied must be smaller than 256 KiB. */
function profilesJson({ profiles, ...facts }: ModuleModel): string {
  const lines = Object.entries(canonical(profiles) as Json).map(
    ([name, profile]) => `    ${JSON.stringify(name)}: ${JSON.stringify(profile)}`,
  );
  const start = text(facts).replace(/}$/, '');
  return `${start},\n  "profiles": {\n${lines.join(',\n')}\n  }\n}\n`;
}

/** The type stub for editors and mypy. It leaves out calls that would raise. */
function stub(model: ModuleModel): string {
  const names = Object.keys(model.profiles).sort();
  const className = (name: string) => `_${name[0].toUpperCase()}${name.slice(1)}`;
  const chosenBy = model.queue !== undefined ? 'queue' : model.executor !== undefined ? 'executor' : undefined;
  return [
    `"""The task pods of this deployment of Airflow ${model.airflow}, from cdk8s-airflow."""`,
    '',
    'from typing import Any, TypedDict',
    '',
    `__all__ = [${names.map(name => `"${name}"`).join(', ')}]`,
    '',
    ...chosenBy ? ['class _TaskArguments(TypedDict):', `    ${chosenBy}: str`, '    executor_config: dict[str, Any]', ''] : [],
    'class _PodOperatorArguments(TypedDict):',
    '    pod_template_dict: dict[str, Any]',
    '',
    'class _SlowPodOperatorArguments(_PodOperatorArguments):',
    '    startup_timeout_seconds: int',
    '',
    'class TaskPod:',
    '    """A kind of pod that the platform offers to tasks."""',
    ...methods(chosenBy),
    '',
    ...names.flatMap(name => [
      `class ${className(name)}(TaskPod):`,
      ...docstring(describe(model.profiles[name])),
      ...methods(chosenBy, model.profiles[name]),
      '',
    ]),
    ...names.map(name => `${name}: ${className(name)}`),
    '',
  ].join('\n');
}

/** The keyword-only parameters for tuning. */
function parameters({ limits }: ProfileModel): string {
  const tunable = Object.entries(KEYWORDS).filter(([keyword]) => limits[keyword] !== undefined);
  return tunable.length === 0 ? '' : `, *, ${tunable.map(([keyword, type]) => `${keyword}: ${type} = ...`).join(', ')}`;
}

/**
 * The methods of one task pod, or of the base class. `executor_config` is a dict, because Airflow's own types do not
 * accept a TypedDict.
 */
function methods(chosenBy: string | undefined, profile?: ProfileModel): string[] {
  const method = (name: string, result: string, words: string) => [
    `    def ${name}(self${profile ? parameters(profile) : ''}) -> ${result}:${profile ? ' ...' : ''}`,
    ...profile ? [] : [`        """${words}"""`],
  ];
  const operator = profile?.startTimeout === undefined ? '_PodOperatorArguments' : '_SlowPodOperatorArguments';
  return [
    ...(chosenBy
      ? method('__call__', 'dict[str, Any]', 'The `executor_config` of a task; its `pod_override` is a `kubernetes.client.V1Pod`.')
      : []),
    ...(chosenBy ? method('task', '_TaskArguments', `The arguments of a task: its ${chosenBy} and its \`executor_config\`.`) : []),
    ...method('pod_operator', operator, 'The arguments of a KubernetesPodOperator, which runs an image of its own in such a pod.'),
  ];
}

/** The description of a task pod, with the same words as `__init__.py`. */
function describe({ description, resources, limits }: ProfileModel): string[] {
  const amounts = (kind: string) =>
    Object.entries(canonical(resources[kind] ?? {}) as Json)
      .map(([name, amount]) => `${name} ${amount}`)
      .join(', ');
  const words =
    ['requests', 'limits']
      .filter(kind => amounts(kind) !== '')
      .map(kind => `${kind} ${amounts(kind)}`)
      .join('; ') || 'no requests and no limits';
  const allowed = Object.keys(KEYWORDS)
    .filter(keyword => limits[keyword] !== undefined)
    .map(keyword => `${keyword} (up to ${limits[keyword]})`)
    .join(', ');
  return [
    ...description ? [...description.split('\n'), ''] : [],
    `${words[0].toUpperCase()}${words.slice(1)}.`,
    `A task may set${allowed ? `: ${allowed}` : ' no keyword, since the platform set no limits for tuning'}.`,
  ];
}

function docstring(lines: string[]): string[] {
  const [first, ...rest] = lines.map(line => line.replace(/\\/g, '\\\\').replace(/"""/g, '\\"\\"\\"'));
  return [`    """${first}`, ...rest.map(line => (line === '' ? '' : `    ${line}`)), '    """'];
}
