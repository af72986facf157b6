import { CommonPodOptions } from '../component-options';
import { ContainerOptions } from '../container-options';
import { PodProps } from '../pod-options';
import { DefaultTaskPodOptions, TaskOptions } from '../task-pod-options';

/** The options of a task pod over those of the one that it is based on. */
export function extendTaskPod(base: DefaultTaskPodOptions, own: DefaultTaskPodOptions): DefaultTaskPodOptions {
  // Every task pod says for itself who it is and where it comes from.
  const { description, template, ...task }: TaskOptions = base.task ?? {};
  return {
    ...base,
    ...given(own),
    resources: group(base.resources, own.resources),
    env: group(base.env, own.env),
    envFrom: list(base.envFrom, own.envFrom),
    volumeMounts: list(base.volumeMounts, own.volumeMounts),
    initContainers: containers(base.initContainers, own.initContainers),
    sidecars: containers(base.sidecars, own.sidecars),
    securityContext: group(base.securityContext, own.securityContext),
    serviceAccount: group(base.serviceAccount, own.serviceAccount),
    container: group(base.container, own.container),
    pod: base.pod && own.pod ? {
      ...group(base.pod, own.pod), labels: group(base.pod.labels, own.pod.labels), annotations: group(base.pod.annotations, own.pod.annotations),
    } : own.pod ?? base.pod,
    task: own.task === undefined ? task : { ...task, ...given(own.task), tuneUpTo: group(task.tuneUpTo, own.task.tuneUpTo) },
  };
}

/** The options of a task pod as those of any pod: spot nodes become placement. */
export function podPropsOf(options: DefaultTaskPodOptions, common: CommonPodOptions): PodProps {
  const spot = options.task?.spot;
  if (spot === undefined) { return options; }
  const preferences = [...options.affinity?.preferredNodes ?? [], ...spot._preferences];
  return {
    ...options,
    nodeSelector: { ...options.nodeSelector ?? common.nodeSelector, ...spot._nodeSelector },
    tolerations: [...options.tolerations ?? common.tolerations ?? [], ...spot._tolerations],
    affinity: preferences.length === 0 ? options.affinity : { ...options.affinity, preferredNodes: preferences },
  };
}

/** Without what is undefined, which would replace something by nothing. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function group<T extends object>(base: T | undefined, own: T | undefined): T | undefined {
  return base && own ? { ...base, ...given(own) } : own ?? base;
}

function list<T>(base: T[] | undefined, own: T[] | undefined): T[] | undefined {
  return base && own ? [...base, ...own] : own ?? base;
}

function containers(base: ContainerOptions[] = [], own: ContainerOptions[] = []): ContainerOptions[] {
  const kept = base.map(container => own.find(({ name }) => name === container.name) ?? container);
  return [...kept, ...own.filter(({ name }) => !base.some(container => container.name === name))];
}
