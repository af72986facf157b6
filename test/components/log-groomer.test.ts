import { App, Chart, Cron, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, LogRetention, TaskLogs } from '../../src';
import { airflowChart, find, main, Manifest, pod, secretNamed, synth, synthAirflow } from '../util';

interface CronJobSpec {
  readonly schedule: string;
  readonly jobTemplate: { readonly metadata: object; readonly spec: { readonly backoffLimit: number } };
}

function spec(manifest: Manifest[]): CronJobSpec {
  return find(manifest, 'CronJob').spec as unknown as CronJobSpec;
}

test('runs once an hour, never twice at a time, and leaves little behind', () => {
  const manifest = synthAirflow({ logs: TaskLogs.newClaim() });
  expect(spec(manifest)).toMatchObject({
    schedule: '17 * * * *',
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 10800 } },
  });
});

test('runs when it is told to, with the resources that it is given', () => {
  const resources = { cpu: { request: kplus.Cpu.millis(50) }, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) } };
  const manifest = synthAirflow({ logs: TaskLogs.newClaim({ retention: LogRetention.within({ schedule: Cron.daily(), resources }) }) });
  expect(spec(manifest).schedule).toBe('0 0 * * *');
  expect(main(manifest, 'log-groomer').resources).toEqual({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } });
});

test('has the folder of the logs, and nothing that it does not need', () => {
  const manifest = synthAirflow({ logs: TaskLogs.newClaim({ subPath: 'a' }) });
  const { spec: { containers: [container], volumes, serviceAccountName, automountServiceAccountToken, restartPolicy } } = pod(manifest, 'log-groomer');
  expect(container.volumeMounts).toEqual([
    { name: 'scripts', mountPath: '/opt/cdk8s-airflow', readOnly: true }, { name: 'logs', mountPath: '/opt/airflow/logs', subPath: 'a' },
  ]);
  expect(volumes!.map(volume => volume.name)).toEqual(['scripts', 'logs']);
  expect(container.env).toBeUndefined();
  expect(container.resources).toEqual({ requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } });
  expect({ serviceAccountName, automountServiceAccountToken, restartPolicy }).toEqual({ automountServiceAccountToken: false, restartPolicy: 'Never' });
});

test('has what reaches every pod: the image and its Secret, the user, the nodes', () => {
  const image = AirflowImage.of('acme/airflow:3.3.2', { pullSecrets: [secretNamed('registry')], version: AirflowVersion.V3_3 });
  const { metadata, spec: of } = pod(synthAirflow({
    image, logs: TaskLogs.newClaim(), pods: { securityContext: { user: 1234 }, annotations: { team: 'data' }, labels: { tier: 'one' } },
  }), 'log-groomer');
  expect(of.containers[0].image).toBe('acme/airflow:3.3.2');
  expect(of.imagePullSecrets).toEqual([{ name: 'registry' }]);
  expect(of.securityContext).toMatchObject({ runAsUser: 1234, runAsGroup: 0, fsGroup: 0 });
  expect(metadata.annotations).toEqual({ team: 'data' });
  expect(metadata.labels).toMatchObject({ 'tier': 'one', 'app.kubernetes.io/component': 'log-groomer' });
});

test('has a name that leaves room for those of its Jobs', () => {
  const chart = airflowChart({ logs: TaskLogs.newClaim() }, 'a-very-long-id-'.repeat(3) + 'x');
  expect(chart.airflow.logGroomer!.workload.name.length).toBeLessThanOrEqual(52);
  expect(find(synth(chart), 'CronJob').metadata.name).toBe(chart.airflow.logGroomer!.workload.name);
});

test('looks at an existing claim in the same way', () => {
  const claim = kplus.PersistentVolumeClaim.fromClaimName(new Chart(new App(), 'elsewhere'), 'claim', 'logs-of-mine');
  const manifest = synthAirflow({ logs: TaskLogs.fromClaim(claim, { retention: LogRetention.within() }) });
  expect(pod(manifest, 'log-groomer').spec.volumes).toContainEqual({ name: 'logs', persistentVolumeClaim: { claimName: 'logs-of-mine' } });
});
