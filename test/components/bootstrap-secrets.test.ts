import { Duration } from 'cdk8s';
import { AirflowProps, AirflowVersion } from '../../src';
import { airflowChart, find, main, Manifest, pod, synth, synthAirflow, Texts, workload } from '../util';

const NAMES = ['test-airflow-keys', 'test-airflow-database', 'test-airflow-admin'];
type Wanted = { readonly [name: string]: { readonly labels: Texts; readonly data: Texts } };

function wanted(manifest: Manifest[]): Wanted {
  return JSON.parse(main(manifest, 'bootstrap-secrets').command![3]) as Wanted;
}

test('makes what the components refer to', () => {
  const manifest = synthAirflow();
  expect(Object.entries(wanted(manifest)).map(([name, { data }]) => [name, data])).toEqual([
    [NAMES[0], { 'fernet-key': 'fernet', 'jwt-secret': 'token', 'secret-key': 'token' }],
    [NAMES[1], { password: 'password' }],
    [NAMES[2], { password: 'password' }],
  ]);
  expect(airflowChart().airflow.bootstrapSecrets!.secretNames).toEqual(NAMES);
});

test('makes no JWT secret in 2.x', () => {
  expect(wanted(synthAirflow({ version: AirflowVersion.V2_11 }))[NAMES[0]].data).toEqual({ 'fernet-key': 'fernet', 'secret-key': 'token' });
});

test('labels the Secrets as its own', () => {
  expect(wanted(synthAirflow())[NAMES[1]].labels).toEqual({
    'app.kubernetes.io/name': 'airflow',
    'app.kubernetes.io/instance': 'test-airflow',
    'app.kubernetes.io/managed-by': 'cdk8s-airflow',
    'app.kubernetes.io/component': 'bootstrap-secrets',
  });
});

test('may create Secrets and look at its own by name, nothing else', () => {
  const manifest = synthAirflow();
  expect(find(manifest, 'Role', 'bootstrap').rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: NAMES, verbs: ['get', 'patch'] },
  ]);
  const binding = find(manifest, 'RoleBinding', 'bootstrap');
  expect(binding.roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: find(manifest, 'Role', 'bootstrap').metadata.name });
  expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', namespace: 'airflow', name: pod(manifest, 'bootstrap-secrets').spec.serviceAccountName }]);
  expect(pod(manifest, 'bootstrap-secrets').spec.automountServiceAccountToken).toBe(true);
});

test('runs a script without Airflow and so with little memory', () => {
  const container = main(synthAirflow(), 'bootstrap-secrets');
  expect(container.command!.slice(0, 3)).toEqual(['python', '-S', '/opt/cdk8s-airflow/bootstrap_secrets.py']);
  expect(container.resources).toEqual({ requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } });
  expect(container.env).toBeUndefined();
});

test('has another name when it has something else to make, and the same otherwise', () => {
  const name = (props?: AirflowProps) => workload(synthAirflow(props), 'bootstrap-secrets').metadata.name;
  expect(name()).toMatch(/^test-airflow-bootstrap-secrets-[0-9a-f]{6}$/);
  expect(name({ version: AirflowVersion.V2_11 })).not.toBe(name());
  expect(name({ config: { core: { parallelism: '3' } }, scheduler: { replicas: 2 } })).toBe(name());
});

test('has its options and stays after its end', () => {
  const jobs = { bootstrapSecrets: { backoffLimit: 2, activeDeadline: Duration.minutes(1), workload: { annotations: { a: 'b' } } } };
  const job = workload(synth(airflowChart({ jobs })), 'bootstrap-secrets');
  expect([job.spec.backoffLimit, job.spec.activeDeadlineSeconds, job.spec.ttlSecondsAfterFinished]).toEqual([2, 60, undefined]);
  expect(job.metadata.annotations).toEqual({ a: 'b' });
});

test('looks like this', () => {
  expect(workload(synthAirflow(), 'bootstrap-secrets').spec.template).toMatchSnapshot();
});
