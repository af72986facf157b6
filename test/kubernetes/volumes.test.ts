import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowPodOptions, DownwardApiFile, FileVolumeOptions, ImageVolumeOptions, ProjectedEntriesOptions, ProjectedSource, ProjectedTokenSourceOptions, Volumes } from '../../src';
import { airflowChart, building, main, synthAirflow, volume, workload } from '../util';

const scope = () => new Chart(new App(), 'elsewhere');
const secret = kplus.Secret.fromSecretName(scope(), 'secret', 'vault-ca');
const configMap = kplus.ConfigMap.fromConfigMapName(scope(), 'map', 'rules');
const token: Required<ProjectedTokenSourceOptions> = { path: 'token', audience: 'vault', expiration: Duration.minutes(20) };
const measured: Required<Omit<DownwardApiFile, 'field'>> = { resource: kplus.ResourceFieldPaths.MEMORY_LIMIT, container: 'scheduler', divisor: '1Mi' };
const files = { 'labels': { field: 'metadata.labels' }, 'team': { field: "metadata.labels['team']" }, 'limits/memory': measured };
const items = [
  { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
  { path: 'team', fieldRef: { fieldPath: "metadata.labels['team']" } },
  { path: 'limits/memory', resourceFieldRef: { containerName: 'scheduler', resource: 'limits.memory', divisor: '1Mi' } },
];

/** The volume of the scheduler that mounts it. */
function rendered(made: kplus.Volume): object {
  const manifest = synthAirflow({ scheduler: { volumeMounts: [{ path: '/mounted', volume: made }] } });
  expect(main(manifest, 'scheduler').volumeMounts).toContainEqual({ name: 'mounted', mountPath: '/mounted' });
  return volume(workload(manifest, 'scheduler').spec.template, 'mounted')!;
}

test('a projected volume has the files of all its sources', () => {
  const entries: Required<ProjectedEntriesOptions> = { items: { 'ca.crt': 'tls/ca.crt' }, optional: true };
  const options: Required<FileVolumeOptions> = { defaultMode: 0o440 };
  expect(rendered(Volumes.projected(scope(), 'volume', 'mounted', [
    ProjectedSource.secret(secret, entries),
    ProjectedSource.configMap(configMap),
    ProjectedSource.downwardApi(files),
    ProjectedSource.serviceAccountToken(token),
  ], options))).toEqual({
    name: 'mounted',
    projected: {
      defaultMode: 0o440,
      sources: [
        { secret: { name: 'vault-ca', items: [{ key: 'ca.crt', path: 'tls/ca.crt' }], optional: true } },
        { configMap: { name: 'rules' } },
        { downwardAPI: { items } },
        { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 1200 } },
      ],
    },
  });
});

test('a volume of facts about the pod', () => {
  expect(rendered(Volumes.downwardApi(scope(), 'volume', 'mounted', files))).toEqual({ name: 'mounted', downwardAPI: { items } });
});

test('a volume with the files of an image', () => {
  const options: Required<ImageVolumeOptions> = { pullPolicy: kplus.ImagePullPolicy.ALWAYS };
  expect(rendered(Volumes.image(scope(), 'volume', 'mounted', 'acme/model:7', options))).toEqual(
    { name: 'mounted', image: { reference: 'acme/model:7', pullPolicy: 'Always' } });
  expect(rendered(Volumes.image(scope(), 'volume', 'mounted', 'acme/model:7'))).toMatchObject({ image: { pullPolicy: 'IfNotPresent' } });
});

test('a sidecar of every pod takes the volume', () => {
  const sidecars = [{ name: 'extra', image: 'acme/extra:1', volumeMounts: [{ path: '/rules', volume: Volumes.projected(scope(), 'volume', 'rules', [ProjectedSource.configMap(configMap)]) }] }];
  expect(volume(workload(synthAirflow({ scheduler: { sidecars } }), 'scheduler').spec.template, 'rules')).toEqual({ name: 'rules', projected: { sources: [{ configMap: { name: 'rules' } }] } });
});

const { CPU_LIMIT, MEMORY_LIMIT } = kplus.ResourceFieldPaths;
test.each<[DownwardApiFile, string]>([
  [{}, "'file' must have either 'field' or 'resource', got none"],
  [{ feild: 'metadata.name' } as DownwardApiFile, "'feild' is no member of DownwardApiFile; did you mean 'field'?"],
  [{ field: 'metadata.name', resource: CPU_LIMIT }, "'file' must have either 'field' or 'resource', got both"],
  [{ field: 'spec.nodeName' }, "'field' of 'file' must be one of metadata.name, metadata.namespace, metadata.uid, metadata.labels, metadata.annotations, "
    + "or like metadata.labels['team'], got 'spec.nodeName'; Kubernetes gives other fields only to environment variables"],
  [{ field: 'metadata.name', container: 'base' }, "'file' is the field 'metadata.name', so 'container' and 'divisor' mean nothing; leave them out"],
  [{ resource: CPU_LIMIT }, "'file' needs 'container', the name of the container that has 'limits.cpu'"],
  [{ resource: CPU_LIMIT, container: 'base', divisor: '1Mi' }, "'divisor' of 'file' must be 1 or 1m for limits.cpu, got '1Mi'"],
  [{ resource: MEMORY_LIMIT, container: 'base', divisor: '1m' }, "'divisor' of 'file' must be like 1, 1k or 1Mi for limits.memory, got '1m'"],
])('fails with a fact that Kubernetes does not write (%#)', (file, message) => {
  expect(() => Volumes.downwardApi(scope(), 'volume', 'facts', { file })).toThrow(new Error(`elsewhere: ${message}`));
  expect(() => ProjectedSource.downwardApi({ file })).toThrow(new Error(message));
});

const source = ProjectedSource.configMap(configMap, { items: { a: 'same' } });
test.each<[() => unknown, string]>([
  [() => Volumes.projected(scope(), 'volume', 'mounted', []), "elsewhere: 'sources' of the volume 'mounted' must have at least one, got none"],
  [() => Volumes.projected(scope(), 'volume', 'mounted', [source, ProjectedSource.serviceAccountToken({ path: 'same' })]),
    "elsewhere: 'sources' of the volume 'mounted' write the file 'same' twice; give one of them another path"],
  [() => Volumes.projected(scope(), 'volume', 'Bad_Name', [source]), "elsewhere: 'name' must be at most 63 lowercase letters, digits and dashes, "
    + "beginning and ending with a letter or digit, got 'Bad_Name' (8 characters)"],
  [() => Volumes.projected(scope(), 'volume', 'mounted', [source], { defaultMode: 1000 }), "elsewhere: 'defaultMode' must be a whole number from 0 to 511, got 1000"],
  [() => ProjectedSource.secret(secret, { items: { key: '../up' } }), "'path' must be a relative path without '..', got '../up'; leave it out for the root"],
  [() => ProjectedSource.serviceAccountToken({ path: 'token', expiration: Duration.minutes(5) }), "'expiration' must be a whole number of seconds of at least 600, got 300"],
  [() => Volumes.image(scope(), 'volume', 'model', 'acme/model'), "elsewhere: 'reference' must be an image with a tag other than 'latest' or with a sha256 digest, got 'acme/model'"],
])('fails with a volume that Kubernetes refuses (%#)', (make, message) => {
  expect(make).toThrow(new Error(message));
});

test.each<[string, AirflowPodOptions['volumeMounts'] & object]>([
  ['downwardAPI', [{ path: '/facts', volume: Volumes.downwardApi(scope(), 'volume', 'facts', { memory: { ...measured, container: 'base' } }) }]],
  ['projected', [{ path: '/facts', volume: Volumes.projected(scope(), 'volume', 'facts', [ProjectedSource.downwardApi({ memory: { ...measured, container: 'base' } })]) }]],
])('fails with a file about a container that the pod does not have (%s)', (_, volumeMounts) => {
  expect(building({ dagProcessor: { volumeMounts } })).toThrow(new Error("test/airflow/dag-processor: the file 'memory' of the volume 'facts' measures the container 'base', "
    + 'which the pod does not have (log-groomer, wait-for-migration, dag-processor)'));
});

test('fails to mount it over the plugins, whose links Airflow takes for a loop', () => {
  const volumeMounts = [{ path: '/opt/airflow/plugins', volume: Volumes.downwardApi(airflowChart(), 'volume', 'facts', { name: { field: 'metadata.name' } }) }];
  expect(building({ scheduler: { volumeMounts } })).toThrow(new Error("test/airflow/scheduler: 'volumeMounts' must have a 'subPath' for each file of plugins or DAGs that is in a "
    + "ConfigMap or Secret, got all of 'facts' at '/opt/airflow/plugins'; Airflow refuses its links as a loop"));
});
