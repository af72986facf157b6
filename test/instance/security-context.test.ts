import * as kplus from 'cdk8s-plus-27';
import { Executor, SecurityContextOptions } from '../../src';
import { main, pod, podList, synthAirflow } from '../util';

const ofAll: Required<Pick<SecurityContextOptions, 'fsGroupChangePolicy' | 'seLinux' | 'sysctls'>> = {
  fsGroupChangePolicy: kplus.FsGroupChangePolicy.ALWAYS,
  seLinux: { level: 's0:c123,c456', type: 'container_t' },
  sysctls: { 'net.ipv4.tcp_keepalive_time': '300' },
};
const all: Required<SecurityContextOptions> = {
  ...ofAll, user: 11, group: 0, fsGroup: 13, supplementalGroups: [14], userFromNamespace: false, readOnlyRootFilesystem: false,
};
const rendered = {
  fsGroupChangePolicy: 'Always',
  seLinuxOptions: { level: 's0:c123,c456', type: 'container_t' },
  sysctls: [{ name: 'net.ipv4.tcp_keepalive_time', value: '300' }],
};

test('a pod has the user, the groups and the settings of the kernel', () => {
  const manifest = synthAirflow({ scheduler: { securityContext: all } });
  expect(pod(manifest, 'scheduler').spec.securityContext).toEqual({
    ...rendered,
    runAsUser: 11,
    runAsGroup: 0,
    runAsNonRoot: true,
    fsGroup: 13,
    supplementalGroups: [14],
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(main(manifest, 'scheduler').securityContext.readOnlyRootFilesystem).toBe(false);
});

test('the settings of the kernel reach every pod, those of other images included', () => {
  for (const userFromNamespace of [false, true]) {
    const pods = podList(synthAirflow({ pods: { securityContext: { ...ofAll, userFromNamespace } }, executor: Executor.celery() }));
    expect(pods.map(([component]) => component)).toEqual(expect.arrayContaining(['postgres', 'redis', 'scheduler', 'migration']));
    for (const [component, { spec }] of pods) { expect([component, spec.securityContext]).toEqual([component, expect.objectContaining(rendered)]); }
  }
});

test('containers see the processes of each other if told', () => {
  expect(pod(synthAirflow({ scheduler: { pod: { shareProcessNamespace: true } } }), 'scheduler').spec.shareProcessNamespace).toBe(true);
  expect(pod(synthAirflow(), 'scheduler').spec.shareProcessNamespace).toBeUndefined();
});
