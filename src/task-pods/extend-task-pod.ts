import { DefaultTaskPodOptions } from './task-pod-options';
import { TaskPodTemplate } from './task-pod-template';
import { ContainerOptions } from '../kubernetes/container-options';
import { SecurityContextOptions } from '../kubernetes/pod-options';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';

/** Merges the options of a task pod over those of its base. `template` is the file of its pod, if there is one. */
export function extendTaskPod(base: DefaultTaskPodOptions, own: DefaultTaskPodOptions): DefaultTaskPodOptions {
  // A description belongs to one task pod and is not inherited.
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

/** `userFromNamespace` and the numeric IDs exclude each other, so each replaces the other's inherited value. */
function security(base: SecurityContextOptions | undefined, own: SecurityContextOptions | undefined): SecurityContextOptions | undefined {
  const { user, group: groupId, fsGroup, userFromNamespace, ...rest } = base ?? {};
  const said = own?.user ?? own?.group ?? own?.fsGroup;
  if (own?.userFromNamespace) { return { ...rest, ...given(own) }; }
  return group(base && said !== undefined ? { ...rest, ...given({ user, group: groupId, fsGroup }) } : base, own);
}

/** `existing` excludes a new account with its name, annotations and identity, so each replaces the other's inherited value. */
function account(base: ServiceAccountOptions | undefined, own: ServiceAccountOptions | undefined): ServiceAccountOptions | undefined {
  const { existing, name, annotations, identity, ...rest } = base ?? {};
  if (own?.existing !== undefined) { return { ...rest, ...given(own) }; }
  const made = own?.name !== undefined || own?.annotations !== undefined || own?.identity !== undefined;
  return group(base && made ? { ...rest, ...given({ annotations, identity }) } : base, own);
}

/** Removes undefined members, which would overwrite inherited values. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Merges the members of a group over those of the base, without the undefined ones. */
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
