import { App, Chart } from 'cdk8s';
import { Container, EnvVar, Pod } from '../../src/kubernetes/pod';
import { renderPod } from '../../src/kubernetes/render-pod';

const scope = new Chart(new App(), 'chart');

function container(more: Partial<Container> = {}): Container {
  return { name: 'main', image: 'acme/main:1', imagePullPolicy: 'IfNotPresent', resources: {}, ...more };
}

function rendered(more: Partial<Pod> = {}): { metadata: object; spec: { [field: string]: unknown; containers: { [field: string]: unknown }[] } } {
  const pod: Pod = { labels: { a: 'b' }, automountServiceAccountToken: false, containers: [container()], security: {}, ...more };
  return renderPod(scope, pod) as ReturnType<typeof rendered>;
}

function rendering(more: Partial<Container>, pod: Partial<Pod> = {}): () => unknown {
  return () => rendered({ containers: [container(more)], ...pod });
}

function envOf(env: EnvVar[]): string[] {
  return (rendered({ containers: [container({ env })] }).spec.containers[0].env as EnvVar[]).map(variable => variable.name);
}

test('meets the level restricted without being told anything', () => {
  const { spec } = rendered();
  expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(spec.enableServiceLinks).toBe(false);
});

test('changes the group of its volumes only where it is another', () => {
  expect(rendered({ security: { fsGroup: 0 } }).spec.securityContext).toMatchObject({ fsGroup: 0, fsGroupChangePolicy: 'OnRootMismatch' });
});

test('has no empty lists and tables', () => {
  const { spec, metadata } = rendered({
    annotations: {}, imagePullSecrets: [], initContainers: [], volumes: [], containers: [container({ env: [], envFrom: [], ports: [], mounts: [] })],
  });
  expect(metadata).toEqual({ labels: { a: 'b' } });
  expect([spec.imagePullSecrets, spec.initContainers, spec.volumes]).toEqual([undefined, undefined, undefined]);
  const { env, envFrom, ports, volumeMounts } = spec.containers[0];
  expect([env, envFrom, ports, volumeMounts]).toEqual([undefined, undefined, undefined, undefined]);
});

test('starts its sidecars before the other init containers', () => {
  const { initContainers } = rendered({ sidecars: [container({ name: 'beside' })], initContainers: [container({ name: 'before' })] }).spec;
  expect((initContainers as { name: string; restartPolicy?: string }[]).map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual(
    [['beside', 'Always'], ['before', undefined]]);
});

describe('variables', () => {
  test('are in the order of their names', () => {
    expect(envOf([{ name: 'C', value: '1' }, { name: 'A', value: '2' }, { name: 'B', value: '3' }])).toEqual(['A', 'B', 'C']);
  });

  test('stand after those that they refer to', () => {
    expect(envOf([{ name: 'A', value: '$(Z)/$(M)' }, { name: 'M', value: '$(Z)' }, { name: 'Z', value: '1' }])).toEqual(['Z', 'M', 'A']);
  });

  test('may refer to what is not there, or to themselves', () => {
    expect(envOf([{ name: 'A', value: '$(NOWHERE)' }, { name: 'B', value: '$(B)$(C)' }, { name: 'C', value: '$(B)' }])).toEqual(['A', 'C', 'B']);
  });

  test('fail when one is there twice', () => {
    expect(rendering({ env: [{ name: 'A', value: '1' }, { name: 'A', value: '1' }] })).toThrow(
      new Error("chart: 'env' of container 'main' sets 'A' twice, or the library sets it already; leave one out"));
  });
});

describe('volumes', () => {
  const mounts = [{ name: 'v', mountPath: '/v' }];

  test('that are the same are there once', () => {
    const volumes = [{ name: 'v', emptyDir: {} }, { name: 'v', emptyDir: {} }];
    expect(rendered({ containers: [container({ mounts })], volumes }).spec.volumes).toEqual([{ name: 'v', emptyDir: {} }]);
  });

  test('of a claim template need no other', () => {
    expect(rendered({ containers: [container({ mounts })], claims: ['v'] }).spec.volumes).toBeUndefined();
  });

  test('fail when two of a name differ', () => {
    expect(rendering({}, { volumes: [{ name: 'v', emptyDir: {} }, { name: 'v', configMap: { name: 'c' } }] })).toThrow(
      new Error("chart: 'volumeMounts' has two different volumes named 'v'; rename one of them"));
  });
});

test('fails with what the API server would refuse', () => {
  expect(rendering({ mounts: [{ name: 'v', mountPath: '/v' }] }, { volumes: [{ name: 'w' }], claims: ['x'] })).toThrow(
    new Error("chart: container 'main' mounts 'v' at '/v', which is not a volume of the pod (x, w)"));
  expect(rendering({ ports: [{ containerPort: 1, hostPort: 2 }] })).toThrow(
    new Error("chart: 'ports.hostPort' of container 'main' is 2, which the Pod Security level restricted refuses; leave it out"));
});
