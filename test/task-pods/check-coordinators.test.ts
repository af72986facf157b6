import { EnvValue } from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Executor, TaskPodTemplate } from '../../src/index';
import { airflowChart, building, synth } from '../util';

const coordinators = (extra?: object): AirflowChartProps => ({
  config: { sdk: { coordinators: JSON.stringify({ java: { classpath: 'airflow.sdk.coordinators.java.JavaCoordinator', extra } }) } },
});
const TEMPLATES = '/opt/airflow/pod_templates';

test('a coordinator may start its tasks from the template of a task pod', () => {
  const chart = airflowChart(coordinators({ pod_template_file: `${TEMPLATES}/java.yaml` }));
  chart.airflow.addTaskPod('java', { template: TaskPodTemplate.own() });
  expect(() => synth(chart)).not.toThrow();
  expect(building(coordinators({ team: 'data' }))).not.toThrow();
  expect(building(coordinators())).not.toThrow();
});

test('fails with an image or a template of which the preview knows nothing', () => {
  const extra = { pod_template_file: '/srv/java.yaml', worker_container_repository: 'acme/java', worker_container_tag: '1' };
  const instead = (option: string) => `  'config.sdk.coordinators' cannot set '${option}' of 'java'; 'image' of a task pod decides it: `
    + "give one 'template' TaskPodTemplate.own(), and name its file as 'pod_template_file'";
  expect(building(coordinators(extra))).toThrow(new Error([
    "Failed serializing construct at path 'test/airflow/pod-templates' with name 'test-airflow-pod-templates': Error: test/airflow/task-pods: 3 mistakes:",
    instead('worker_container_repository'),
    instead('worker_container_tag'),
    "  'config.sdk.coordinators' must name the template of a task pod as 'pod_template_file' of 'java', got '/srv/java.yaml'; "
    + `use one of ${TEMPLATES}/default.yaml, or give a task pod 'template' TaskPodTemplate.own()`,
  ].join('\n')));
});

test('what no executor of pods reads may be said', () => {
  expect(building({ ...coordinators({ worker_container_tag: '1' }), executor: Executor.local() })).not.toThrow();
  expect(building({ config: { sdk: { coordinators: 'no JSON' } } })).not.toThrow();
});

test.each([
  ['WORKER_CONTAINER_REPOSITORY', "'taskPods.image' decides it: each pod template has its image"],
  ['WORKER_CONTAINER_TAG', "'taskPods.image' decides it: each pod template has its image"],
  ['POD_TEMPLATE_FILE', "'taskPods' decides it"],
  ['NAMESPACE', "the Chart's 'namespace' decides it"],
  ['MULTI_NAMESPACE_MODE', "'namespace' of a task pod decides it"],
  ['MULTI_NAMESPACE_MODE_NAMESPACE_LIST', "'namespace' of a task pod decides it"],
])('fails when all pods get AIRFLOW__KUBERNETES_EXECUTOR__%s, which would change a task pod unseen', (option, decides) => {
  const name = `AIRFLOW__KUBERNETES_EXECUTOR__${option}`;
  for (const version of [AirflowVersion.V3_3, AirflowVersion.V2_11]) {
    expect(building({ version, pods: { env: { [name]: EnvValue.fromValue('x') } } })).toThrow(`'pods.env' cannot set '${name}'; ${decides}`);
    expect(building({ version, scheduler: { env: { [name]: EnvValue.fromValue('x') } } })).toThrow(`'env' cannot set '${name}'; ${decides}`);
    expect(building({ version, pods: { env: { [name.replace('_EXECUTOR', '')]: EnvValue.fromValue('x') } } })).toThrow("it is now 'kubernetes_executor.");
  }
});

test('fails when all pods get the coordinators, which would change a task pod unseen', () => {
  expect(building({ scheduler: { env: { AIRFLOW__SDK__COORDINATORS: EnvValue.fromValue('{}') } } })).toThrow(new Error(
    "test/airflow/scheduler: 'env' cannot set 'AIRFLOW__SDK__COORDINATORS', which a component has to know; set 'config.sdk.coordinators' instead"));
});
