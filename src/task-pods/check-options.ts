import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { checkAgainstFile } from './check-against-file';
import { mergeRules } from './pod-merge';
import { DefaultTaskPodOptions } from './task-pod-options';
import { AirflowImage } from '../core/airflow-image';
import { IAirflow } from '../instance/i-airflow';
import { Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { checkAtLeast, checkDnsLabel, checkSeconds, failure } from '../kubernetes/validate';

/** The task pod of tasks that choose none. */
export const DEFAULT_TASK_POD = 'default';

const TAKEN = (
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda '
  + 'nonlocal not or pass raise return try while with yield '
  // The Python module uses these type names itself.
  + 'str int float dict'
).split(' ');

/** Labels and annotations that Airflow sets on the pod of a task. An override would replace them. */
const OF_THE_TASK = [
  'dag_id', 'task_id', 'run_id', 'map_index', 'try_number', 'execution_date', 'logical_date', 'kubernetes_executor',
  'airflow-worker', 'airflow_version',
];

/** Throws unless Python can import the name. */
export function checkTaskPodName(scope: Construct, name: string): void {
  if (!/^[a-z][a-z0-9_]{0,61}[a-z0-9]$/.test(name) || TAKEN.includes(name)) {
    throw failure(scope, "'name' must be 2 to 63 lowercase letters, digits and '_', beginning with a letter, "
      + `and no keyword or type of Python, since DAGs import it, got '${name}'`);
  }
}

/** Throws when options of a task pod contradict each other or the Airflow. `own` are the options of the task pod alone. */
export function checkTaskPodOptions(
  scope: Construct, airflow: IAirflow, options: DefaultTaskPodOptions, own: DefaultTaskPodOptions,
): void {
  gather(scope, problems => {
    checkImage(problems, airflow, options);
    checkForTasks(problems, own);
    problems.check(() => checkGracePeriod(scope, airflow.image, own));
    problems.check(() => checkSeconds(scope, 'startTimeout', own.startTimeout, 1));
    problems.check(() => checkSeconds(scope, 'activeDeadline', own.activeDeadline, 1));
    const { namespace, tuneUpTo: { gpus } = {} } = options;
    if (namespace !== undefined) { problems.check(() => checkNamespace(scope, namespace)); }
    problems.check(() => checkAtLeast(scope, 'tuneUpTo.gpus', gpus, 1));
    if (gpus !== undefined && options.gpus === undefined) {
      problems.add(`'tuneUpTo.gpus' is ${gpus}, but the task pod has no 'gpus', which says of what kind they are; set it`);
    }
    problems.check(() => checkAgainstFile(scope, options, own));
  });
}

function checkImage(problems: Problems, airflow: IAirflow, { image }: DefaultTaskPodOptions): void {
  if (image === undefined) { return; }
  if (image.version.release !== airflow.version.release) {
    problems.add(`'image' must have Airflow ${airflow.version.release}, the version of the scheduler, `
      + `got '${image.reference}' with ${image.version.release}`);
  }
  if (image.airflowHome !== airflow.image.airflowHome) {
    problems.add(
      `'image' must have its 'airflowHome' at ${airflow.image.airflowHome}, where everything is mounted, got ${image.airflowHome}`,
    );
  }
}

/** Checks options that Airflow sets itself, or that have no effect on the pod of a task. */
function checkForTasks(problems: Problems, { container, pod }: DefaultTaskPodOptions): void {
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    if (container?.[probe] !== undefined) {
      problems.add(`'container.${probe}' is for a pod that serves, not for one of a task; leave it out`);
    }
  }
  for (const prop of ['labels', 'annotations'] as const) {
    for (const taken of Object.keys(pod?.[prop] ?? {}).filter(name => OF_THE_TASK.includes(name))) {
      problems.add(
        `'pod.${prop}' cannot set '${taken}', by which Airflow finds the pod of a task, got '${pod![prop]![taken]}'; use another name`,
      );
    }
  }
  if (container?.args !== undefined) {
    problems.add("'container.args' cannot be set, since Airflow gives each task its own; leave it out");
  }
}

function checkGracePeriod(
  scope: Construct,
  { kubernetesProvider }: AirflowImage,
  { terminationGracePeriod, template }: DefaultTaskPodOptions,
): void {
  const { file, pod } = template?._config ?? {};
  const inFile = (pod?.spec as Json | undefined)?.terminationGracePeriodSeconds === 0;
  if ((inFile || terminationGracePeriod?.toMilliseconds() === 0) && mergeRules(kubernetesProvider).dropsFalsy) {
    throw failure(
      scope,
      (inFile ? `'terminationGracePeriodSeconds' of ${file}, the 'template',` : "'terminationGracePeriod'")
        + ' must be at least 1 second, got 0, '
        + `which the provider cncf.kubernetes loses before 10.5, and the image has ${kubernetesProvider ?? 'one of an unknown version'}; `
        + "raise it, or use an image with a newer one, said by 'kubernetesProvider' of AirflowImage.of",
    );
  }
}

function checkNamespace(scope: Construct, namespace: string): void {
  checkDnsLabel(scope, 'namespace', namespace);
  if (namespace === Chart.of(scope).namespace) {
    throw failure(scope, `'namespace' is '${namespace}', that of the Airflow itself; leave it out`);
  }
  // The namespace is part of an override, and tasks that choose no task pod have no override.
  if (scope.node.id === DEFAULT_TASK_POD) {
    throw failure(scope, `'namespace' is '${namespace}', but Airflow starts tasks that name no task pod in its own; `
      + "give it to one that is added by 'addTaskPod'");
  }
}
