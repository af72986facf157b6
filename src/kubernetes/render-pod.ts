import { Construct } from 'constructs';
import { checkRenderedPod } from './admission';
import { Pod, Json, Container, EnvVar, Volume } from './pod';
import { failure } from './validate';

/**
 * Renders a pod at the Pod Security level `restricted`, for every kind of workload and for the pod template.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function renderPod(scope: Construct, pod: Pod): Json {
  const volumes = distinctVolumes(scope, pod.volumes ?? []);
  const init = [
    ...(pod.sidecars ?? []).map(container => ({ ...renderContainer(scope, container), restartPolicy: 'Always' })),
    ...(pod.initContainers ?? []).map(container => renderContainer(scope, container)),
  ];
  const rendered = {
    metadata: { labels: pod.labels, annotations: nonEmpty(pod.annotations) },
    spec: {
      serviceAccountName: pod.serviceAccountName,
      automountServiceAccountToken: pod.automountServiceAccountToken,
      imagePullSecrets: nonEmpty(pod.imagePullSecrets)?.map(name => ({ name })),
      enableServiceLinks: false,
      restartPolicy: pod.restartPolicy,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: pod.security.user,
        runAsGroup: pod.security.group,
        fsGroup: pod.security.fsGroup,
        fsGroupChangePolicy: pod.security.fsGroupChangePolicy ?? (pod.security.fsGroup === undefined ? undefined : 'OnRootMismatch'),
        supplementalGroups: nonEmpty(pod.security.supplementalGroups),
        seLinuxOptions: pod.security.seLinuxOptions,
        sysctls: nonEmpty(pod.security.sysctls),
        seccompProfile: { type: 'RuntimeDefault' },
      },
      initContainers: nonEmpty(init),
      containers: pod.containers.map(container => renderContainer(scope, container)),
      volumes: nonEmpty(volumes),
      ...pod.spec,
    },
  };
  checkRenderedPod(scope, rendered, pod.claims);
  return rendered;
}
function renderContainer(scope: Construct, container: Container): Json {
  return {
    name: container.name,
    image: container.image,
    imagePullPolicy: container.imagePullPolicy,
    command: container.command,
    args: container.args,
    workingDir: container.workingDir,
    env: nonEmpty(orderEnv(distinctEnv(scope, container))),
    envFrom: nonEmpty(container.envFrom),
    ports: nonEmpty(container.ports),
    resources: container.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: container.readOnlyRootFilesystem ?? true,
      runAsNonRoot: true,
      runAsUser: container.user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    startupProbe: container.startupProbe,
    readinessProbe: container.readinessProbe,
    livenessProbe: container.livenessProbe,
    lifecycle: container.lifecycle,
    terminationMessagePolicy: container.terminationMessagePolicy,
    volumeMounts: nonEmpty(container.mounts),
  };
}
function nonEmpty<T extends unknown[] | object | undefined>(value: T): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value;
}
function distinctEnv(scope: Construct, container: Container): EnvVar[] {
  const seen = new Set<string>();
  for (const { name } of container.env ?? []) {
    if (seen.has(name)) {
      throw failure(scope, `'env' of container '${container.name}' sets '${name}' twice, or the library sets it already; leave one out`);
    }
    seen.add(name);
  }
  return container.env ?? [];
}
/** Sorts variables by name, but puts a variable after those that its value refers to. Kubernetes expands only earlier variables. */
export function orderEnv(env: EnvVar[]): EnvVar[] {
  const byName = new Map([...env].sort((a, b) => (a.name < b.name ? -1 : 1)).map(variable => [variable.name, variable]));
  const ordered = new Set<EnvVar>();
  const place = (variable: EnvVar, above: string[]) => {
    for (const [, reference] of (variable.value ?? '').matchAll(/\$\(([^)]+)\)/g)) {
      const other = byName.get(reference);
      if (other !== undefined && !above.includes(reference)) { place(other, [...above, reference]); }
    }
    ordered.add(variable);
  };
  byName.forEach((variable, name) => place(variable, [name]));
  return [...ordered];
}
/** Merges equal volumes. Several containers may ask for the same volume; two different volumes of one name are an error. */
function distinctVolumes(scope: Construct, volumes: Volume[]): Volume[] {
  const byName = new Map<string, Volume>();
  for (const volume of volumes) {
    const other = byName.get(volume.name);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(volume)) {
      throw failure(scope, `'volumeMounts' has two different volumes named '${volume.name}'; rename one of them`);
    }
    byName.set(volume.name, volume);
  }
  return [...byName.values()];
}
