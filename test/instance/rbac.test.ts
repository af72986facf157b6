import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChart, AirflowChartProps } from '../../src/airflow/airflow-chart';
import { AirflowProps, AirflowVersion, Executor, PodSecurityLevel } from '../../src/index';
import { airflowChart, find, findAll, Manifest, pod, pods, servedBy, synth, synthAirflow } from '../util';

const ALL = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
const LAUNCH = [{ apiGroups: [''], resources: ['pods'], verbs: ALL }];
const READ_LOGS = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
];
const OPERATE = [
  { apiGroups: [''], resources: ['pods'], verbs: ALL },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch'] },
];

/** The components whose accounts the binding of that name has. */
function bound(manifest: Manifest[], name: string): string[] {
  const binding = find(manifest, 'RoleBinding', name);
  expect(binding.roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: find(manifest, 'Role', name).metadata.name });
  return binding.subjects.map(subject => {
    expect([subject.kind, subject.namespace]).toEqual(['ServiceAccount', 'airflow']);
    const users = [...pods(manifest)].filter(([, of]) => of.spec.serviceAccountName === subject.name).map(([component]) => component);
    return users.join(' ');
  });
}

function tokens(props?: AirflowProps): string[] {
  return [...pods(synthAirflow(props))].filter(([, { spec }]) => spec.automountServiceAccountToken).map(([component]) => component).sort();
}

function operating(options?: { namespace?: string }, props?: AirflowChartProps): AirflowChart {
  const chart = airflowChart(props);
  chart.airflow.allowPodOperator(options);
  return chart;
}

describe('under the KubernetesExecutor', () => {
  test.each([[AirflowVersion.V3_3, 'api-server'], [AirflowVersion.V2_11, 'webserver']])('the scheduler starts pods and the UI reads their logs (%#)', (version, web) => {
    const manifest = synthAirflow({ version });
    expect(find(manifest, 'Role', 'pod-launcher').rules).toEqual(LAUNCH);
    expect(bound(manifest, 'pod-launcher')).toEqual(['scheduler']);
    expect(find(manifest, 'Role', 'pod-log-reader').rules).toEqual(READ_LOGS);
    expect(bound(manifest, 'pod-log-reader')).toEqual([web]);
    expect(tokens({ version })).toEqual(['bootstrap-secrets', 'scheduler', web].sort());
  });

  test('there is no role for what is not there', () => {
    const shared = servedBy('https://airflow.example.com');
    const manifest = synthAirflow({ ...shared, external: { ...shared.external, scheduler: true } });
    expect(findAll(manifest, 'Role').map(role => role.metadata.name)).toEqual([find(manifest, 'Role', 'bootstrap-secrets').metadata.name]);
  });
});

test('under the LocalExecutor only the bootstrap has rights', () => {
  expect(tokens({ executor: Executor.local() })).toEqual(['bootstrap-secrets']);
  expect(findAll(synthAirflow({ executor: Executor.local() }), 'Role')).toHaveLength(1);
});

test('nothing is granted in the whole cluster', () => {
  for (const manifest of [synthAirflow(), synth(operating()), synth(operating({ namespace: 'jobs' })), synthAirflow({ version: AirflowVersion.V2_10 })]) {
    expect(manifest.map(object => object.kind).filter(kind => kind.startsWith('Cluster'))).toEqual([]);
    const wild = findAll(manifest, 'Role').flatMap(role => role.rules).filter(rule => JSON.stringify(rule).includes('"*"'));
    expect(wild).toEqual([]);
  }
});

describe('every component', () => {
  test('has an account of its own that mounts no token by itself', () => {
    const manifest = synthAirflow();
    const accounts = findAll(manifest, 'ServiceAccount');
    for (const account of accounts) { expect(account).toMatchObject({ automountServiceAccountToken: false }); }
    const used = [...pods(manifest)].filter(([component]) => component !== 'postgres').map(([, of]) => of.spec.serviceAccountName);
    expect(new Set(used).size).toBe(8);
    expect(new Set(used)).toEqual(new Set(accounts.map(account => account.metadata.name)));
  });

  test('can have annotations on its account, an account of the user, or a token', () => {
    const existing = kplus.ServiceAccount.fromServiceAccountName(new Chart(new App(), 'elsewhere'), 'account', 'account-of-mine');
    const manifest = synthAirflow({
      triggerer: { serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn' }, automountToken: true } },
      scheduler: { serviceAccount: { existing } },
      dagProcessor: { serviceAccount: { automountToken: false } },
    });
    expect(find(manifest, 'ServiceAccount', 'triggerer').metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': 'arn' });
    expect(pod(manifest, 'triggerer').spec.automountServiceAccountToken).toBe(true);
    expect(pod(manifest, 'scheduler').spec.serviceAccountName).toBe('account-of-mine');
    expect([pod(manifest, 'scheduler'), pod(manifest, 'dag-processor')].map(({ spec }) => spec.automountServiceAccountToken)).toEqual([true, false]);
    expect(findAll(manifest, 'ServiceAccount', 'scheduler')).toEqual([]);
    expect(bound(manifest, 'pod-launcher')).toEqual(['scheduler']);
  });
});

describe('allowPodOperator', () => {
  test('lets tasks and the triggerer start pods', () => {
    const manifest = synth(operating());
    expect(find(manifest, 'Role', 'pod-operator').rules).toEqual(OPERATE);
    expect(bound(manifest, 'pod-operator')).toEqual(['task', 'triggerer']);
    expect(pod(manifest, 'task').spec.automountServiceAccountToken).toBe(true);
    expect(pod(manifest, 'triggerer').spec.automountServiceAccountToken).toBe(true);
    expect(pod(manifest, 'dag-processor').spec.automountServiceAccountToken).toBe(false);
  });

  test('lets the scheduler of the LocalExecutor start them, since it runs the tasks', () => {
    expect(bound(synth(operating({}, { executor: Executor.local() })), 'pod-operator')).toEqual(['scheduler', 'triggerer']);
  });

  test('works in another namespace, with the accounts of this one', () => {
    const manifest = synth(operating({ namespace: 'jobs' }));
    expect(find(manifest, 'Role', 'pod-operator-jobs').metadata.namespace).toBe('jobs');
    expect(find(manifest, 'RoleBinding', 'pod-operator-jobs').metadata.namespace).toBe('jobs');
    expect(bound(manifest, 'pod-operator-jobs')).toEqual(['task', 'triggerer']);
  });

  test('may be said for several namespaces, and for each of them again', () => {
    const chart = operating();
    for (const namespace of ['jobs', 'more', 'jobs']) { chart.airflow.allowPodOperator({ namespace }); }
    const manifest = synth(chart);
    for (const kind of ['Role', 'RoleBinding']) {
      expect(findAll(manifest, kind, 'pod-operator').map(({ metadata: { name, namespace } }) => `${namespace}/${name}`)).toEqual(
        ['airflow/test-airflow-pod-operator', 'jobs/test-airflow-pod-operator-jobs', 'more/test-airflow-pod-operator-more']);
    }
    const subjects = findAll(manifest, 'RoleBinding', 'pod-operator').map(binding => binding.subjects.map(({ name }) => name));
    expect(subjects).toEqual(Array(3).fill(['test-airflow-task', 'test-airflow-triggerer']));
  });

  test('may be said twice, with the namespace and without', () => {
    const chart = operating();
    chart.airflow.allowPodOperator();
    chart.airflow.allowPodOperator({ namespace: 'airflow' });
    expect(bound(synth(chart), 'pod-operator')).toEqual(['task', 'triggerer']);
  });

  test('says the level of each namespace to the hook, as it is at synth', () => {
    const levels = (chart: AirflowChart) => /^LEVELS = ([^#]*?) *#/m.exec(find(synth(chart), 'ConfigMap', 'local-settings').data['__init__.py'])![1];
    const chart = operating({ namespace: 'jobs' });
    expect(levels(chart)).toBe('{}');
    chart.airflow.allowPodOperator({ namespace: 'builds', level: PodSecurityLevel.PRIVILEGED });
    chart.airflow.allowPodOperator({ level: PodSecurityLevel.BASELINE });
    chart.airflow.allowPodOperator({ namespace: 'builds' });
    expect(levels(chart)).toBe('{"airflow":"baseline","builds":"privileged"}');
    expect(() => chart.airflow.allowPodOperator({ namespace: 'airflow', level: PodSecurityLevel.PRIVILEGED })).toThrow(new Error(
      "test/airflow: 'level' of the namespace 'airflow' must be one, got 'privileged' after 'baseline'; leave one of them out"));
  });

  test('fails with a namespace that is not a name', () => {
    expect(() => operating({ namespace: 'Jobs' })).toThrow(new Error("test/airflow: 'namespace' must be at most 63 lowercase letters, digits and dashes, "
      + "beginning and ending with a letter or digit, got 'Jobs' (4 characters)"));
  });
});

test('roles are left to someone else, whose grants the tokens are for', () => {
  const external = { roles: true };
  expect(findAll(synthAirflow({ external }), 'Role')).toEqual([]);
  expect(findAll(synthAirflow({ external }), 'RoleBinding')).toEqual([]);
  expect(tokens({ external })).toEqual(['api-server', 'bootstrap-secrets', 'scheduler']);
});

test('an account has the labels of its component, and mounts no token by itself', () => {
  const account = find(synthAirflow(), 'ServiceAccount', 'scheduler');
  expect(account.metadata.labels).toEqual({
    'app.kubernetes.io/name': 'airflow',
    'app.kubernetes.io/instance': 'test-airflow',
    'app.kubernetes.io/managed-by': 'cdk8s-airflow',
    'app.kubernetes.io/component': 'scheduler',
  });
  expect(account).toMatchObject({ automountServiceAccountToken: false });
});
