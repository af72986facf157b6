import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Executor, TaskPodOptions, TaskPodTemplate, WorkloadIdentity } from '../../src/index';
import { airflowChart, building, findAll, Manifest, pods, synth, synthAirflow, Texts } from '../util';

const ROLE = 'arn:aws:iam::123456789012:role/teams/airflow';
const OTHER = 'arn:aws-cn:iam::123456789012:role/trainer';
const CLIENT = '0a1b2c3d-0000-4444-8888-0123456789ab';
const TENANT = '99999999-0000-4444-8888-0123456789AB';
const irsa = WorkloadIdentity.eksIrsa(ROLE);
const azure = WorkloadIdentity.aks(CLIENT);
const AZURE_LABEL = 'azure.workload.identity/use';
const WITH = ['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer'];
const existing = kplus.ServiceAccount.fromServiceAccountName(new Chart(new App(), 'elsewhere'), 'mine', 'mine');

/** The annotations of the account of each pod. */
function annotations(manifest: Manifest[]): { [component: string]: Texts | undefined } {
  const accounts = new Map(findAll(manifest, 'ServiceAccount').map(({ metadata }) => [metadata.name, metadata.annotations]));
  const found = [...pods(manifest)].map(([component, { spec }]): [string, Texts | undefined] => [component, accounts.get(spec.serviceAccountName!)]);
  return Object.fromEntries(found.filter(([, given]) => given !== undefined));
}

/** The pods that have the label by which the webhook of Azure knows them. */
function labelled(manifest: Manifest[]): string[] {
  return [...pods(manifest)].filter(([, { metadata }]) => metadata.labels[AZURE_LABEL] === 'true').map(([component]) => component).sort();
}

function each(components: string[], given: Texts): { [component: string]: Texts } {
  return Object.fromEntries(components.map(component => [component, given]));
}

function withTaskPod(options: TaskPodOptions, props: AirflowChartProps = {}): Manifest[] {
  const chart = airflowChart(props);
  chart.airflow.addTaskPod('trainer', options);
  return synth(chart);
}

/** What a profile gives KubernetesPodOperator. */
function operatorPod(manifest: Manifest[], name: string): { metadata: { labels: Texts }; spec: { serviceAccountName?: string } } {
  const { data } = manifest.find(object => object.data?.['profiles.json'] !== undefined)!;
  return (JSON.parse(data['profiles.json']) as { profiles: { [name: string]: { operatorPod: never } } }).profiles[name].operatorPod;
}

describe('an identity of all pods', () => {
  test.each<[WorkloadIdentity, Texts]>([
    [irsa, { 'eks.amazonaws.com/role-arn': ROLE }],
    [WorkloadIdentity.gke('airflow@acme-data.iam.gserviceaccount.com'), { 'iam.gke.io/gcp-service-account': 'airflow@acme-data.iam.gserviceaccount.com' }],
    [azure, { 'azure.workload.identity/client-id': CLIENT }],
    [WorkloadIdentity.aks(CLIENT, { tenantId: TENANT }), { 'azure.workload.identity/client-id': CLIENT, 'azure.workload.identity/tenant-id': TENANT }],
  ])('annotates the accounts that call the cloud, and no other (%#)', (identity, given) => {
    expect(annotations(synthAirflow({ pods: { identity } }))).toEqual(each(WITH, given));
  });

  test('reaches the components of 2.x, of Celery and the scheduler that runs tasks', () => {
    const given = { 'eks.amazonaws.com/role-arn': ROLE };
    const of = (props: AirflowChartProps) => annotations(synthAirflow({ pods: { identity: irsa }, ...props }));
    expect(of({ version: AirflowVersion.V2_11 })).toEqual(each(['scheduler', 'task', 'triggerer', 'webserver'], given));
    expect(of({ executor: Executor.local() })).toEqual(each(['api-server', 'dag-processor', 'scheduler', 'triggerer'], given));
    expect(of({ executor: Executor.celery({ flower: {} }) })).toEqual(each(['api-server', 'dag-processor', 'scheduler', 'triggerer', 'worker'], given));
  });

  test('labels the pods for Azure, those of tasks included', () => {
    expect(labelled(synthAirflow({ pods: { identity: azure } }))).toEqual(WITH);
    expect(labelled(withTaskPod({}, { pods: { identity: azure } }))).toEqual([...WITH, 'task/trainer'].sort());
    expect(labelled(synthAirflow({ pods: { identity: irsa } }))).toEqual([]);
  });

  test('changes nothing where EKS keeps it to itself, or there is none', () => {
    for (const identity of [WorkloadIdentity.eksPodIdentity(), WorkloadIdentity.none()]) {
      expect(synthAirflow({ pods: { identity } }).filter(({ kind }) => kind !== 'ConfigMap')).toEqual(synthAirflow().filter(({ kind }) => kind !== 'ConfigMap'));
    }
  });
});

describe('an identity of its own', () => {
  const identity = WorkloadIdentity.eksIrsa(OTHER);

  test('of a component stands in the place of that of all', () => {
    const none = { serviceAccount: { identity: WorkloadIdentity.none() } };
    const manifest = synthAirflow({ pods: { identity: azure }, triggerer: { serviceAccount: { identity } }, apiServer: none });
    expect(annotations(manifest)).toEqual({
      ...each(['dag-processor', 'scheduler', 'task'], { 'azure.workload.identity/client-id': CLIENT }), triggerer: { 'eks.amazonaws.com/role-arn': OTHER },
    });
    expect(labelled(manifest)).toEqual(['dag-processor', 'scheduler', 'task']);
  });

  test('can be had by a Job that otherwise needs none', () => {
    const manifest = synthAirflow({ jobs: { migration: { serviceAccount: { identity } } } });
    expect(annotations(manifest)).toEqual({ migration: { 'eks.amazonaws.com/role-arn': OTHER } });
  });

  test('stands beside other annotations', () => {
    const manifest = synthAirflow({ scheduler: { serviceAccount: { identity, annotations: { 'eks.amazonaws.com/audience': 'acme' } } } });
    expect(annotations(manifest)).toEqual({ scheduler: { 'eks.amazonaws.com/role-arn': OTHER, 'eks.amazonaws.com/audience': 'acme' } });
  });

  test('gives a task pod an account and a label of its own', () => {
    const manifest = withTaskPod({ serviceAccount: { identity: azure } }, { taskPods: { serviceAccount: { identity } } });
    expect(annotations(manifest)).toEqual({ 'task': { 'eks.amazonaws.com/role-arn': OTHER }, 'task/trainer': { 'azure.workload.identity/client-id': CLIENT } });
    expect(labelled(manifest)).toEqual(['task/trainer']);
  });

  test('is taken over from the task pod that another is based on', () => {
    const chart = airflowChart();
    const base = chart.airflow.addTaskPod('base', { serviceAccount: { identity: azure } });
    const same = chart.airflow.addTaskPod('same', { basedOn: base });
    const further = chart.airflow.addTaskPod('further', { basedOn: base, namespace: 'jobs' });
    const manifest = synth(chart);
    expect(same.serviceAccount).toBe(base.serviceAccount);
    expect(labelled(manifest)).toEqual(['task/base', 'task/further', 'task/same']);
    expect(findAll(manifest, 'ServiceAccount', 'further').map(({ metadata }) => [metadata.name, metadata.namespace, metadata.annotations]))
      .toEqual([[further.serviceAccount!.name, 'jobs', { 'azure.workload.identity/client-id': CLIENT }]]);
  });

  test('can be taken from a task pod whose template is its own', () => {
    const options = { serviceAccount: { identity: WorkloadIdentity.none() } };
    const manifest = withTaskPod({ ...options, template: TaskPodTemplate.own() }, { pods: { identity: azure } });
    expect(labelled(manifest)).toEqual(WITH);
    expect(annotations(manifest)['task/trainer']).toBeUndefined();
    expect(() => withTaskPod(options, { pods: { identity: azure } })).toThrow(new Error('test/airflow/task-pods/trainer: '
      + `'labels.${AZURE_LABEL}' of the default task pod cannot be changed or removed by the override that Airflow gets; `
      + "give the task pod 'template' TaskPodTemplate.own()"));
  });
});

describe('the pods of KubernetesPodOperator', () => {
  test('have the account and the label of the task pod that they are made of', () => {
    const manifest = withTaskPod({ serviceAccount: { identity: WorkloadIdentity.aks(TENANT) } }, { pods: { identity: azure } });
    const [common, own] = ['default', 'trainer'].map(name => operatorPod(manifest, name));
    expect([common, own].map(({ metadata }) => metadata.labels[AZURE_LABEL])).toEqual(['true', 'true']);
    expect(common.spec.serviceAccountName).toBe(pods(manifest).get('task')!.spec.serviceAccountName);
    expect(own.spec.serviceAccountName).toBe(pods(manifest).get('task/trainer')!.spec.serviceAccountName);
    expect(own.spec.serviceAccountName).not.toBe(common.spec.serviceAccountName);
  });

  test('have neither without an identity, or without an account', () => {
    expect(operatorPod(synthAirflow(), 'default').spec.serviceAccountName).toBeUndefined();
    const local = operatorPod(synthAirflow({ pods: { identity: azure }, executor: Executor.local() }), 'default');
    expect([local.spec.serviceAccountName, local.metadata.labels[AZURE_LABEL]]).toEqual([undefined, undefined]);
  });
});

describe('the notes', () => {
  const notes = (identity: WorkloadIdentity) => {
    const { airflow } = airflowChart({ pods: { identity, labels: {} }, external: { triggerer: true, dagProcessor: true, scheduler: true } });
    const accounts = [airflow.taskPods.defaultPod.serviceAccount!.name, airflow.apiServer!.serviceAccount.name];
    const lines = airflow.notes.split('\n');
    return { accounts, lines: lines.slice(lines.length - 3) };
  };

  test.each<[WorkloadIdentity, string, (account: string) => string]>([
    [irsa, `The role ${ROLE} must trust these service accounts:`, account => `  system:serviceaccount:airflow:${account}`],
    [WorkloadIdentity.eksPodIdentity(), 'EKS needs a pod identity association for each of these service accounts:', account => `  airflow/${account}`],
    [WorkloadIdentity.gke('a@b.iam.gserviceaccount.com'),
      'a@b.iam.gserviceaccount.com must grant roles/iam.workloadIdentityUser to these members, with the project of the cluster for PROJECT:',
      account => `  serviceAccount:PROJECT.svc.id.goog[airflow/${account}]`],
    [azure, `The identity ${CLIENT} needs a federated credential for each of these subjects:`, account => `  system:serviceaccount:airflow:${account}`],
  ])('say what the cloud has to trust (%#)', (identity, title, line) => {
    const { accounts, lines } = notes(identity);
    expect(lines).toEqual([title, ...accounts.map(line)]);
  });

  test('name an account that exists once, and say nothing without an identity', () => {
    const shared = { serviceAccount: { existing, identity: WorkloadIdentity.eksPodIdentity() } };
    expect(airflowChart({ scheduler: shared, triggerer: shared }).airflow.notes.split('\n').slice(-2))
      .toEqual(['EKS needs a pod identity association for each of these service accounts:', '  airflow/mine']);
    expect(airflowChart({ pods: { identity: WorkloadIdentity.none() } }).airflow.notes).toBe(airflowChart().airflow.notes);
  });
});

describe('an account that exists', () => {
  const hint = "exists; annotate it there, and give WorkloadIdentity.none() as 'serviceAccount.identity'";

  test('fails with an identity that would annotate it', () => {
    expect(building({ pods: { identity: irsa }, scheduler: { serviceAccount: { existing } } })).toThrow(
      new Error(`test/airflow/scheduler: 'pods.identity' annotates an account that is created, but 'mine' ${hint}`));
    expect(building({ triggerer: { serviceAccount: { existing, identity: azure } } })).toThrow(
      new Error(`test/airflow/triggerer: 'serviceAccount.identity' annotates an account that is created, but 'mine' ${hint}`));
    expect(() => withTaskPod({ serviceAccount: { existing } }, { pods: { identity: irsa } })).toThrow(
      new Error(`test/airflow/task-pods/trainer: 'pods.identity' annotates an account that is created, but 'mine' ${hint}`));
  });

  test('is taken as it is where it needs no annotation, or a Job has no identity', () => {
    const none = { existing, identity: WorkloadIdentity.none() };
    expect(annotations(synthAirflow({ pods: { identity: irsa }, scheduler: { serviceAccount: none } }))).not.toHaveProperty('scheduler');
    expect(building({ pods: { identity: WorkloadIdentity.eksPodIdentity() }, scheduler: { serviceAccount: { existing } } })).not.toThrow();
    expect(building({ pods: { identity: irsa }, jobs: { migration: { serviceAccount: { existing } } } })).not.toThrow();
  });

  test('fails when the adopted template of tasks names it', () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'identity-')), 'pod.yaml');
    fs.writeFileSync(file, 'apiVersion: v1\nkind: Pod\nspec: { serviceAccountName: mine, containers: [{ name: base }] }\n');
    const task = { template: TaskPodTemplate.fromFile(file, { existingObjects: ['ServiceAccount/mine'] }) };
    expect(building({ pods: { identity: irsa }, taskPods: task })).toThrow(
      new Error(`test/airflow/task-pods/default: 'pods.identity' annotates an account that is created, but 'mine' ${hint}`));
    expect(building({ pods: { identity: irsa }, taskPods: { ...task, serviceAccount: { identity: WorkloadIdentity.none() } } })).not.toThrow();
  });
});

describe('fails', () => {
  test('with an annotation that the identity sets', () => {
    const annotated = { annotations: { 'eks.amazonaws.com/role-arn': OTHER } };
    expect(building({ pods: { identity: irsa }, scheduler: { serviceAccount: annotated } })).toThrow(new Error(
      "test/airflow/scheduler: 'serviceAccount.annotations' cannot set 'eks.amazonaws.com/role-arn', which 'pods.identity' sets; leave one of them out"));
  });

  test.each(['airflow', 'arn:aws:iam::123456789012:user/airflow', 'arn:aws:iam::1234:role/airflow', `${ROLE} `])('with a role that is none: %s', arn => {
    expect(() => WorkloadIdentity.eksIrsa(arn)).toThrow(new Error(`'roleArn' must be like arn:aws:iam::123456789012:role/airflow, got '${arn}'`));
  });

  test.each(['airflow', 'airflow@acme.com', 'airflow@gserviceaccount.com', 'serviceAccount:a@b.iam.gserviceaccount.com'])('with a service account that is none: %s', email => {
    expect(() => WorkloadIdentity.gke(email)).toThrow(new Error(`'serviceAccountEmail' must be like airflow@my-project.iam.gserviceaccount.com, got '${email}'`));
  });

  test('with an id that is no UUID', () => {
    expect(() => WorkloadIdentity.aks('airflow')).toThrow(new Error("'clientId' must be a UUID, got 'airflow'"));
    expect(() => WorkloadIdentity.aks(CLIENT, { tenantId: 'acme' })).toThrow(new Error("'tenantId' must be a UUID, got 'acme'"));
  });
});

test.each(['123-compute@developer.gserviceaccount.com', 'acme@appspot.gserviceaccount.com', 'a1@acme.com.iam.gserviceaccount.com'])('%s is a service account', email => {
  expect(WorkloadIdentity.gke(email)._bind().annotations).toEqual({ 'iam.gke.io/gcp-service-account': email });
});
