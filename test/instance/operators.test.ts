import { Airflow, PodSecurityLevel } from '../../src';
import { airflowChart, findAll, Manifest, pod, synth } from '../util';

function manifestOf(allow: (airflow: Airflow) => void): Manifest[] {
  const chart = airflowChart();
  allow(chart.airflow);
  return synth(chart);
}

const rights = (manifest: Manifest[], operator: string) => findAll(manifest, 'Role').filter(({ metadata: { name } }) => name.includes(operator))
  .map(({ metadata: { namespace }, rules }) => [namespace, rules.map(({ apiGroups: [group], resources: [resource], verbs }) => `${group}/${resource} ${verbs.join()}`)]);

const WATCH_PODS = ['/pods get,list,patch,watch', '/pods/log get'];
const EVENTS = '/events list,watch';
const JOBS = ['batch/jobs create,delete,get,list,patch,watch', 'batch/jobs/status get', ...WATCH_PODS, '/pods/exec create,get', EVENTS];
const SPARK = [
  'sparkoperator.k8s.io/sparkapplications create,delete,get,list,watch', 'sparkoperator.k8s.io/sparkapplications/status get', ...WATCH_PODS, EVENTS,
];

test('tasks may start Jobs and Spark applications in the namespaces that are allowed, and nowhere else', () => {
  const manifest = manifestOf(airflow => {
    airflow.allowJobs();
    airflow.allowJobs({ namespace: 'batch' });
    airflow.allowJobs({ namespace: 'batch' });
    airflow.allowSparkApplications({ namespace: 'spark' });
  });
  expect(rights(manifest, 'job-operator')).toEqual([['airflow', JOBS], ['batch', JOBS]]);
  expect(rights(manifest, 'spark-operator')).toEqual([['spark', SPARK]]);
  expect(rights(manifest, 'pod-operator')).toEqual([]);
  expect(findAll(manifest, 'ClusterRole')).toEqual([]);
  const subjects = findAll(manifest, 'RoleBinding').filter(({ metadata: { namespace } }) => namespace === 'spark').flatMap(binding => binding.subjects);
  expect(subjects).toEqual(['test-airflow-task', 'test-airflow-triggerer'].map(name => ({ kind: 'ServiceAccount', name, namespace: 'airflow' })));
});

test('they have a token for it, and the graph has the calls', () => {
  const chart = airflowChart();
  expect(pod(synth(chart), 'triggerer').spec.automountServiceAccountToken).toBe(false);
  chart.airflow.allowJobs();
  chart.airflow.allowSparkApplications();
  expect(pod(synth(chart), 'triggerer').spec.automountServiceAccountToken).toBe(true);
  const purposes = chart.airflow.networkGraph.edges.filter(({ source, target }) => source === 'triggerer' && target === 'kubernetes').map(({ purpose }) => purpose);
  expect(purposes).toEqual(['Jobs of KubernetesJobOperator', 'applications of SparkKubernetesOperator']);
});

test('a namespace has one level for Jobs and pods', () => {
  expect(() => manifestOf(airflow => {
    airflow.allowPodOperator({ namespace: 'batch', level: PodSecurityLevel.BASELINE });
    airflow.allowJobs({ namespace: 'batch', level: PodSecurityLevel.PRIVILEGED });
  })).toThrow(new Error("test/airflow: 'level' of the namespace 'batch' must be one, got 'privileged' after 'baseline'; leave one of them out"));
});

test.each(['allowJobs', 'allowSparkApplications'] as const)('%s fails for a wrong name of a namespace', method => {
  expect(() => manifestOf(airflow => airflow[method]({ namespace: 'No' }))).toThrow(new Error("test/airflow: 'namespace' must be at most 63 lowercase letters, "
    + "digits and dashes, beginning and ending with a letter or digit, got 'No' (2 characters)"));
});
