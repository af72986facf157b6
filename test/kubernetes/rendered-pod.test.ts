import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { podSpecOf } from '../../src/kubernetes/rendered-pod';

const spec = { containers: [{ name: 'main', image: 'busybox' }] };

test.each<[string, object]>([
  ['Deployment', { template: { spec } }],
  ['CronJob', { jobTemplate: { spec: { template: { spec } } } }],
])('the pod of a %s has the patches of the user', (kind, workload) => {
  const object = new ApiObject(new Chart(new App(), 'test'), 'workload', { apiVersion: 'v1', kind, spec: workload });
  expect(podSpecOf(object)).toEqual(spec);
  const at = kind === 'CronJob' ? '/spec/jobTemplate/spec/template/spec' : '/spec/template/spec';
  object.addJsonPatch(JsonPatch.replace(`${at}/containers/0/name`, 'other'));
  expect(podSpecOf(object).containers).toEqual([{ name: 'other', image: 'busybox' }]);
});
