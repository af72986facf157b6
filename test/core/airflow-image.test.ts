import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion } from '../../src/index';
import { airflowChart, building, find, main, pods, synthAirflow } from '../util';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

function secret(name: string): kplus.ISecret {
  return kplus.Secret.fromSecretName(new Chart(new App(), 'elsewhere'), name, name);
}

test('the official image has the release as its tag', () => {
  const image = AirflowImage.official(AirflowVersion.V2_11);
  expect(image.reference).toBe('apache/airflow:2.11.2');
  expect(image.version.release).toBe('2.11.2');
  expect(image.pullPolicy).toBe(kplus.ImagePullPolicy.IF_NOT_PRESENT);
  expect(image.airflowHome).toBe('/opt/airflow');
  expect(image.pullSecrets).toEqual([]);
});

test.each([
  ['apache/airflow:3.3.1', '3.3.1'],
  ['apache/airflow:2.10.4-python3.12', '2.10.4'],
  ['docker.io/apache/airflow:3.2.0', '3.2.0'],
  [`index.docker.io/apache/airflow:3.0.6@${DIGEST}`, '3.0.6'],
])('the version of %s is %s', (reference, release) => {
  const image = AirflowImage.of(reference);
  expect(image.version.release).toBe(release);
  expect(image.reference).toBe(reference);
});

test.each([
  `acme/airflow@${DIGEST}`, 'acme/airflow:stable', 'acme/data-platform:1.4.0', 'ghcr.io/x/y:3.1.1', 'acme/airflow:2.5.3', 'ghcr.io/apache/airflow:3.3.2',
])('the version that is said is that of %s, whatever its tag is', reference => {
  expect(AirflowImage.of(reference, { version: AirflowVersion.of('2.10.3') }).version.release).toBe('2.10.3');
});

test.each(['ghcr.io/x/y:3.1.1', 'acme/airflow:3.3.2-7', 'acme/airflow:v3.2.0', 'ghcr.io/apache/airflow:3.3.2', 'acme/apache/airflow:3.3.2', `acme/airflow@${DIGEST}`])(
  "fails with %s without a version, since its tag counts the team's own releases", reference => {
    expect(() => AirflowImage.of(reference)).toThrow(new Error(`'version' must say which Airflow is in '${reference}', since only tags of apache/airflow tell it; `
      + "give AirflowImage.of a { version }, such as AirflowVersion.of('3.3.2')"));
  });

test('the tag of the official image tells the patch where the version tells the series', () => {
  expect(AirflowImage.of('apache/airflow:3.3.1', { version: AirflowVersion.V3_3 }).version.release).toBe('3.3.1');
});

test.each([
  'Apache/Airflow:3.3.2', 'Apache/airflow:3.3.2', 'apache//airflow:3.3.2', 'apache/airflow:3.3.2:x', 'a/:3.3.2', '/airflow:3.3.2', 'a-/b:1', 'apache/airflow:',
  'https://acme.com/airflow:3.3.2', 'apache/airflow@sha256:12', `apache/airflow@${DIGEST}@${DIGEST}`, `apache/airflow:${'1'.repeat(129)}`, 'apache/airflow:3.3.2 ', '',
])('fails with %j, which refers to no image', reference => {
  expect(() => AirflowImage.of(reference, { version: AirflowVersion.V3_3 })).toThrow(new Error(
    `'reference' must be the reference of an image like registry.example.com/data/airflow:3.3.2-7, its path in lowercase, got '${reference}'`));
});

test.each(['Registry.Example.com/a__b/c-d.e:3.3.2', 'localhost/airflow:3.3.2', 'localhost:5000/airflow:3.3.2', `airflow:latest@${DIGEST}`])(
  'refers to an image as %s', reference => {
    expect(AirflowImage.of(reference, { version: AirflowVersion.V3_3 }).reference).toBe(reference);
  });

test.each(['apache/airflow', 'apache/airflow:latest', 'localhost:5000/airflow'])(
  'fails with the image %j, which is not pinned', reference => {
    expect(() => AirflowImage.of(reference, { version: AirflowVersion.V3_3 })).toThrow(
      new Error(`'reference' must be an image with a tag other than 'latest' or with a sha256 digest, got '${reference}'`));
  });

test.each([`apache/airflow@${DIGEST}`, 'apache/airflow:slim-3.1.8', 'apache/airflow:3.3'])('fails with %s, which does not tell the version', reference => {
  expect(() => AirflowImage.of(reference)).toThrow(
    new Error(`'reference' must have a tag that begins with a supported version of Airflow, got '${reference}'; or say it by 'version'`));
});

test('fails with a tag of a version that is not supported, and names the image', () => {
  expect(() => AirflowImage.of('apache/airflow:2.9.3')).toThrow(
    new Error("'reference' must have a tag that begins with a supported version of Airflow, got 'apache/airflow:2.9.3'; or say it by 'version'"));
});

test.each(['2.11.2', '2.9.3', '3.4.0'])('fails with the tag %s, which contradicts the version', release => {
  expect(() => AirflowImage.of(`apache/airflow:${release}`, { version: AirflowVersion.V3_3 })).toThrow(
    new Error(`'version' 3.3.2 contradicts the tag of the image 'apache/airflow:${release}', which says ${release}; correct one of them`));
});

test('fails with a tag of the official image of another release than the one that is said', () => {
  expect(() => AirflowImage.of('apache/airflow:3.3.2', { version: AirflowVersion.of('3.3.1') })).toThrow(
    new Error("'version' 3.3.1 contradicts the tag of the image 'apache/airflow:3.3.2', which says 3.3.2; correct one of them"));
  expect(AirflowImage.of('apache/airflow:3.3.1-python3.12', { version: AirflowVersion.of('3.3.1') }).version.release).toBe('3.3.1');
});

describe('a release that is newer than the library', () => {
  const version = AirflowVersion.of('3.4.0', { untested: true });

  test('has the official image of that release', () => {
    expect(AirflowImage.official(version).reference).toBe('apache/airflow:3.4.0');
    expect(AirflowImage.of('apache/airflow:3.4.0', { version }).version).toBe(version);
    expect(AirflowImage.of('acme/airflow:1.0.0', { version }).version).toBe(version);
  });

  test('fails as a tag alone, and says how to accept it', () => {
    expect(() => AirflowImage.of('apache/airflow:3.4.0')).toThrow(new Error("'reference' 'apache/airflow:3.4.0' has an Airflow that is newer than this library; "
      + "use a newer one, or, at your own risk, { version: AirflowVersion.of('3.4.0', { untested: true }) }"));
  });

  test('fails beside the tag of another release', () => {
    expect(() => AirflowImage.of('apache/airflow:3.4.1', { version })).toThrow(
      new Error("'version' 3.4.0 contradicts the tag of the image 'apache/airflow:3.4.1', which says 3.4.1; correct one of them"));
  });
});

test.each(['opt/airflow', '/opt/air flow', '/opt/../etc', '/', '/opt/airflow/'])('fails with the AIRFLOW_HOME %j', airflowHome => {
  expect(() => AirflowImage.official(AirflowVersion.V3_3, { airflowHome })).toThrow(
    new Error(`'airflowHome' must be an absolute path of letters, digits, '_', '.' and '-', got '${airflowHome}'`));
});

test.each<[string, string | undefined, object]>([
  ['apache/airflow:3.3.2', undefined, { initContainersByName: true, dropsFalsy: false }],
  ['apache/airflow:3.3.2', '10.12.0', { initContainersByName: false, dropsFalsy: false }],
  ['apache/airflow:3.3.1', undefined, { initContainersByName: false, dropsFalsy: true }],
  ['apache/airflow:3.3.1', '10.13.0', { initContainersByName: true, dropsFalsy: false }],
])('the provider in %s, said to be %s, decides how pods are merged', (reference, kubernetesProvider, rules) => {
  const manifest = synthAirflow({ image: AirflowImage.of(reference, { kubernetesProvider }) });
  const { mergeRules } = JSON.parse(find(manifest, 'ConfigMap', 'task-pod-module').data['profiles.json']) as { mergeRules: object };
  expect(mergeRules).toEqual(rules);
});

test('fails with the version of a provider that is none', () => {
  expect(() => AirflowImage.of('apache/airflow:3.3.2', { kubernetesProvider: '10.22' })).toThrow(
    new Error("'kubernetesProvider' must be a version like 10.22.0, got '10.22'"));
});

test('every Airflow container runs the image, pulled as it says', () => {
  const image = AirflowImage.of('acme/airflow:3.3.2-7', { version: AirflowVersion.V3_3, pullPolicy: kplus.ImagePullPolicy.ALWAYS, pullSecrets: [secret('registry'), secret('mirror')] });
  const all = pods(synthAirflow({ image }));
  const images = [...all].map(([component, { spec }]) => [component, spec.containers[0].image, spec.containers[0].imagePullPolicy]);
  expect(images).toHaveLength(9);
  for (const [component, reference, policy] of images.filter(([name]) => name !== 'postgres')) {
    expect([component, reference, policy]).toEqual([component, 'acme/airflow:3.3.2-7', 'Always']);
  }
  for (const { spec } of all.values()) {
    expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }, { name: 'mirror' }]);
  }
});

test('AIRFLOW_HOME is where the configuration, the logs and the DAGs are', () => {
  const manifest = synthAirflow({ image: AirflowImage.official(AirflowVersion.V3_3, { airflowHome: '/srv/airflow' }) });
  const container = main(manifest, 'scheduler');
  expect(container.env).toContainEqual({ name: 'AIRFLOW_HOME', value: '/srv/airflow' });
  expect(container.volumeMounts!.map(mount => mount.mountPath)).toEqual([
    '/etc/cdk8s-airflow', '/srv/airflow/config/airflow_local_settings', '/srv/airflow/config/airflow_task_pods',
    '/opt/cdk8s-airflow', '/tmp', '/srv/airflow/logs', '/srv/airflow/pod_templates',
  ]);
});

test('the version comes from the image', () => {
  const manifest = synthAirflow({ image: AirflowImage.of('apache/airflow:2.11.0') });
  expect(main(manifest, 'webserver').image).toBe('apache/airflow:2.11.0');
});

test('fails when the version contradicts the image', () => {
  expect(building({ version: AirflowVersion.V3_2, image: AirflowImage.of('apache/airflow:3.3.1') })).toThrow(
    new Error("test/airflow: 'version' 3.2.2 contradicts the image 'apache/airflow:3.3.1', which has Airflow 3.3.1; correct one of them"));
});

test.each([AirflowImage.of('apache/airflow:3.3.2'), AirflowImage.of(`acme/airflow@${DIGEST}`, { version: AirflowVersion.V3_3 })])(
  'fails when the release contradicts that of the image (%#)', image => {
    expect(building({ version: AirflowVersion.of('3.3.1'), image })).toThrow(new Error(
      `test/airflow: 'version' 3.3.1 contradicts the image '${image.reference}', which has Airflow 3.3.2; correct one of them`));
    expect(building({ version: AirflowVersion.of('3.3.2'), image })).not.toThrow();
  });

test('the image tells the patch where the version tells the series', () => {
  expect(airflowChart({ version: AirflowVersion.V3_3, image: AirflowImage.of('apache/airflow:3.3.1') }).airflow.version.release).toBe('3.3.1');
});
