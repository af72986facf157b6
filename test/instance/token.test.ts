import { AirflowChartProps, Executor, ServiceAccountOptions } from '../../src';
import { building, pod, synthAirflow, volume } from '../util';

const STANDARD = '/var/run/secrets/kubernetes.io/serviceaccount';
function scheduler(serviceAccount: ServiceAccountOptions, more: AirflowChartProps = {}): AirflowChartProps {
  return { ...more, scheduler: { serviceAccount } };
}

test('a projected token at the standard path has beside it what clients of the Kubernetes API read', () => {
  const of = pod(synthAirflow(scheduler({ automountToken: false, projectedToken: { mountPath: `${STANDARD}/` } })), 'scheduler');
  expect(of.spec.automountServiceAccountToken).toBe(false);
  expect(volume(of, 'service-account-token')!.projected!.sources).toEqual([
    { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
  ]);
});

test('elsewhere it is alone', () => {
  const of = pod(synthAirflow(scheduler({ projectedToken: { mountPath: '/vault', audience: 'vault' } })), 'scheduler');
  expect(volume(of, 'service-account-token')!.projected!.sources).toEqual([{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 3600 } }]);
});

test.each<ServiceAccountOptions>([
  { automountToken: false },
  { automountToken: false, projectedToken: { mountPath: '/vault' } },
  { automountToken: false, projectedToken: { mountPath: STANDARD, audience: 'vault' } },
  { automountToken: false, projectedToken: { mountPath: STANDARD, fileName: 'other' } },
])('fails for a scheduler that starts task pods without a token for it (%#)', serviceAccount => {
  expect(building(scheduler(serviceAccount))).toThrow(new Error(
    "test/airflow/scheduler: 'serviceAccount.automountToken' is false, but the scheduler starts task pods by that token; leave it out, "
    + `or give 'serviceAccount.projectedToken' the 'mountPath' ${STANDARD}, without 'audience' and 'fileName'`));
});

test('fails for such a scheduler where no pod shall have a token', () => {
  const pods = { serviceAccount: { automountToken: false } };
  expect(building({ pods })).toThrow(new Error(
    "test/airflow/scheduler: 'pods.serviceAccount.automountToken' is false, but the scheduler starts task pods by that token; "
    + "set 'serviceAccount.automountToken' to true, "
    + `or give 'serviceAccount.projectedToken' the 'mountPath' ${STANDARD}, without 'audience' and 'fileName'`));
  expect(building(scheduler({ automountToken: true }, { pods }))).not.toThrow();
});

test('no token is fine where no pods are started, and for what only shows their logs', () => {
  expect(building(scheduler({ automountToken: false }, { executor: Executor.local() }))).not.toThrow();
  expect(building({ apiServer: { serviceAccount: { automountToken: false } } })).not.toThrow();
});
