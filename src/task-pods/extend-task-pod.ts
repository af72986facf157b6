import { DefaultTaskPodOptions } from './task-pod-options';
import { TaskPodTemplate } from './task-pod-template';
import { ContainerOptions } from '../kubernetes/container-options';
import { SecurityContextOptions } from '../kubernetes/pod-options';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';

/** The options of a task pod over those of the one that it is based on; `template` is the file that its pod comes from, if any. */
export function extendTaskPod(base: DefaultTaskPodOptions, own: DefaultTaskPodOptions): DefaultTaskPodOptions {
  // Every task pod says for itself who it is.
  const { description, ...inherited } = base;
  return {
    ...inherited,
    ...given(own),
    resources: group(base.resources, own.resources),
    extendedResources: group(base.extendedResources, own.extendedResources),
    env: group(base.env, own.env),
    envFrom: list(base.envFrom, own.envFrom),
    volumeMounts: list(base.volumeMounts, own.volumeMounts),
    initContainers: containers(base.initContainers, own.initContainers),
    sidecars: containers(base.sidecars, own.sidecars),
    securityContext: security(base.securityContext, own.securityContext),
    serviceAccount: account(base.serviceAccount, own.serviceAccount),
    container: group(base.container, own.container),
    pod: group(base.pod, own.pod && {
      ...own.pod, labels: group(base.pod?.labels, own.pod.labels), annotations: group(base.pod?.annotations, own.pod.annotations),
    }),
    tuneUpTo: group(base.tuneUpTo, own.tuneUpTo),
    template: adopted(own.template) ?? adopted(base.template),
  };
}

function adopted(template: TaskPodTemplate | undefined): TaskPodTemplate | undefined {
  return template?._config.pod === undefined ? undefined : template;
}

/** Users are given or left to the namespace: who says one says no to the other. */
function security(base: SecurityContextOptions | undefined, own: SecurityContextOptions | undefined): SecurityContextOptions | undefined {
  const { user, group: groupId, fsGroup, userFromNamespace, ...rest } = base ?? {};
  const said = own?.user ?? own?.group ?? own?.fsGroup;
  if (own?.userFromNamespace) { return { ...rest, ...given(own) }; }
  return group(base && said !== undefined ? { ...rest, ...given({ user, group: groupId, fsGroup }) } : base, own);
}

/** An account exists or is made with annotations and an identity: who says one says no to the other. */
function account(base: ServiceAccountOptions | undefined, own: ServiceAccountOptions | undefined): ServiceAccountOptions | undefined {
  const { existing, name, annotations, identity, ...rest } = base ?? {};
  if (own?.existing !== undefined) { return { ...rest, ...given(own) }; }
  const made = own?.name !== undefined || own?.annotations !== undefined || own?.identity !== undefined;
  return group(base && made ? { ...rest, ...given({ annotations, identity }) } : base, own);
}

/** Without what is undefined, which would replace something by nothing. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The members of a group over those of its base, but for what is undefined. */
function group<T extends object>(base: T | undefined, own: T | undefined): T | undefined {
  return own ? { ...base, ...given(own) } as T : base;
}

function list<T>(base: T[] | undefined, own: T[] | undefined): T[] | undefined {
  return base && own ? [...base, ...own] : own ?? base;
}

function containers(base: ContainerOptions[] = [], own: ContainerOptions[] = []): ContainerOptions[] {
  const kept = base.flatMap(container => {
    const replaced = own.filter(({ name }) => name === container.name);
    return replaced.length === 0 ? [container] : replaced;
  });
  return [...kept, ...own.filter(({ name }) => !base.some(container => container.name === name))];
}
