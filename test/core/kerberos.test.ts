import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Executor, KerberosOptions, Krb5Config, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, env, find, findAll, init, main, Manifest, mount, pod, pods, synth, synthAirflow, volume } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const keytab = SecretKey.of('airflow-keytab', 'keytab');
const TEXT = '[libdefaults]\n  default_realm = EXAMPLE.COM\n';
const LEAST: KerberosOptions = { principal: 'airflow@EXAMPLE.COM', keytab };

function made(options: Partial<KerberosOptions> = {}, props: AirflowChartProps = {}): Manifest[] {
  return synthAirflow({ ...props, pods: { kerberos: { ...LEAST, ...options } } });
}

function failing(options: Partial<KerberosOptions>, props: AirflowChartProps = {}): () => Manifest[] {
  return building({ ...props, pods: { kerberos: { ...LEAST, ...options } } });
}

/** The pods that have the sidecar. */
function renewing(manifest: Manifest[]): string[] {
  return [...pods(manifest)].filter(([, { spec }]) => spec.initContainers?.some(({ name }) => name === 'kerberos')).map(([component]) => component).sort();
}

const kinit = (seconds: number, ...flags: string[]) =>
  ['python', '-S', '/opt/cdk8s-airflow/renew_ticket.py', `${seconds}`, 'kinit', ...flags, '-r', `${seconds}m`, '-k', '-t', '/run/secrets/kerberos/keytab', 'airflow@EXAMPLE.COM'];

describe('a ticket', () => {
  test.each<[string, Executor, string[]]>([
    ['task pods', Executor.kubernetes(), ['task', 'triggerer']],
    ['Celery workers', Executor.celery({ flower: {} }), ['triggerer', 'worker']],
    ['the LocalExecutor\'s scheduler', Executor.local(), ['scheduler', 'triggerer']],
    ['all of them', Executor.multiple([Executor.local(), Executor.celery(), Executor.kubernetes()]), ['scheduler', 'task', 'triggerer', 'worker']],
  ])('is in %s and in the triggerer, and nowhere else', (_, executor, components) => {
    for (const version of [AirflowVersion.V2_11, AirflowVersion.V3_3]) {
      expect(renewing(made({}, { executor, version }))).toEqual(components);
    }
  });

  test('is there before the task starts, and its sidecar ends with the pod', () => {
    const container = init(made(), 'task', 'kerberos');
    expect(container.restartPolicy).toBe('Always');
    expect(container.startupProbe).toEqual({ exec: { command: ['klist', '-s'] }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 300 });
    expect(env(container, 'KRB5CCNAME')!.value).toBe('/run/kerberos/ccache');
    expect(container.command).toEqual(kinit(3600, '-f', '-A'));
    expect(container.image).toBe(main(made(), 'task').image);
    expect(container.resources).toEqual({ requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } });
  });

  test('is in memory, which tasks read and the sidecar writes', () => {
    const manifest = made();
    expect(volume(pod(manifest, 'task'), 'kerberos')).toEqual({ name: 'kerberos', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } });
    expect(mount(main(manifest, 'task'), '/run/kerberos')).toEqual({ name: 'kerberos', mountPath: '/run/kerberos', readOnly: true });
    expect(env(main(manifest, 'task'), 'KRB5CCNAME')!.value).toBe('/run/kerberos/ccache');
    expect(mount(init(manifest, 'task', 'kerberos'), '/run/kerberos')).toEqual({ name: 'kerberos', mountPath: '/run/kerberos' });
  });

  test('is got by a keytab that tasks do not see', () => {
    const manifest = made({ keytab: SecretKey.of('airflow-keytab', 'airflow.keytab') });
    expect(volume(pod(manifest, 'task'), 'keytab')).toEqual(
      { name: 'keytab', secret: { secretName: 'airflow-keytab', defaultMode: 0o440, items: [{ key: 'airflow.keytab', path: 'keytab' }] } });
    const holders = [...pods(manifest)].flatMap(([component, { spec }]) => [...spec.containers, ...spec.initContainers ?? []]
      .filter(container => container.volumeMounts?.some(({ name }) => name === 'keytab')).map(({ name }) => `${component}/${name}`));
    expect(holders.sort()).toEqual(['task/kerberos', 'triggerer/kerberos']);
    expect(mount(init(manifest, 'task', 'kerberos'), '/run/secrets/kerberos')).toEqual({ name: 'keytab', mountPath: '/run/secrets/kerberos', readOnly: true });
  });

  test.each([AirflowVersion.V2_10, AirflowVersion.V3_3])('is known to Airflow %j', version => {
    const manifest = made({ reinitFrequency: Duration.minutes(10) }, { version });
    expect(cfg(manifest, 'core', 'security')).toBe('kerberos');
    expect(['ccache', 'include_ip', 'keytab', 'principal', 'reinit_frequency'].map(option => cfg(manifest, 'kerberos', option))).toEqual(
      ['/run/kerberos/ccache', 'False', '/run/secrets/kerberos/keytab', 'airflow@EXAMPLE.COM', '600']);
    expect(init(manifest, 'task', 'kerberos').command).toEqual(kinit(600, '-f', '-A'));
  });

  test('is such as the configuration says', () => {
    const kerberos = { forwardable: 'false', include_ip: 'T', kinit_path: '/opt/heimdal/kinit' };
    const expected = kinit(3600, '-F', '-a').map(word => (word === 'kinit' ? '/opt/heimdal/kinit' : word));
    expect(init(made({}, { config: { kerberos } }), 'task', 'kerberos').command).toEqual(expected);
  });

  test('needs nothing where there is none', () => {
    const manifest = synthAirflow();
    expect(renewing(manifest)).toEqual([]);
    expect(Object.keys(find(manifest, 'ConfigMap', 'scripts').data)).not.toContain('renew_ticket.py');
    expect(Object.keys(find(made(), 'ConfigMap', 'scripts').data)).toContain('renew_ticket.py');
    expect(cfg(manifest, 'core', 'security')).toBeUndefined();
  });

  test('leaves a pod of KubernetesPodOperator, which runs another image, alone', () => {
    const { airflow } = airflowChart({ pods: { kerberos: LEAST } });
    expect(JSON.stringify(airflow.taskPods.defaultPod._profile().operatorPod)).not.toMatch(/kerberos|keytab|KRB5/);
  });
});

describe('a krb5.conf', () => {
  test('is a text, which task pods in other namespaces get too', () => {
    const chart = airflowChart({ pods: { kerberos: { ...LEAST, krb5Config: Krb5Config.fromText(TEXT) } } });
    chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
    const manifest = synth(chart);
    const maps = findAll(manifest, 'ConfigMap', 'krb5');
    expect(maps.map(({ data }) => data)).toEqual([{ 'krb5.conf': TEXT }, { 'krb5.conf': TEXT }]);
    expect(maps.map(({ metadata }) => metadata.namespace)).toEqual(['airflow', 'jobs']);
    expect(volume(pod(manifest, 'task'), 'krb5')).toEqual({ name: 'krb5', configMap: { name: maps[0].metadata.name } });
    for (const container of [main(manifest, 'task'), init(manifest, 'task', 'kerberos')]) {
      expect(mount(container, '/etc/kerberos')).toEqual({ name: 'krb5', mountPath: '/etc/kerberos', readOnly: true });
      expect(env(container, 'KRB5_CONFIG')!.value).toBe('/etc/kerberos/krb5.conf');
    }
  });

  test.each<[object, string]>([[{}, 'krb5.conf'], [{ key: 'realms' }, 'realms']])('is in a ConfigMap (%j)', (options, key) => {
    const krb5Config = Krb5Config.fromConfigMap(kplus.ConfigMap.fromConfigMapName(elsewhere, key, 'realms-of-mine'), options);
    const manifest = made({ krb5Config });
    expect(volume(pod(manifest, 'task'), 'krb5')).toEqual({ name: 'krb5', configMap: { name: 'realms-of-mine', items: [{ key, path: 'krb5.conf' }] } });
    expect(findAll(manifest, 'ConfigMap', 'krb5')).toEqual([]);
  });

  test('is that of the image where none is given', () => {
    expect(env(main(made(), 'task'), 'KRB5_CONFIG')).toBeUndefined();
    expect(volume(pod(made(), 'task'), 'krb5')).toBeUndefined();
  });

  test.each(['', 'EXAMPLE.COM', '# [libdefaults]'])("fails as the text '%s'", text => {
    expect(() => Krb5Config.fromText(text)).toThrow(
      new Error(`'text' must be that of a krb5.conf, with a section like [libdefaults], got '${text}'`));
  });
});

describe('Kerberos fails', () => {
  test('where no task runs in a pod of this Airflow', () => {
    expect(failing({}, { executor: Executor.custom('acme.executors.ConsoleExecutor') })).toThrow(new Error(
      "test/airflow: 'pods.kerberos' is for the pods that run tasks, but the executor acme.executors.ConsoleExecutor has none here; leave it out"));
  });

  test.each(['', 'airflow @EXAMPLE.COM', 'a@b@c', '@EXAMPLE.COM', '-V'])("with the principal '%s'", principal => {
    expect(failing({ principal })).toThrow(new Error(`test/airflow: 'pods.kerberos.principal' must be like airflow@EXAMPLE.COM, got '${principal}'`));
  });

  test('with a principal for each host', () => {
    expect(failing({ principal: 'airflow/_HOST@EXAMPLE.COM' })).toThrow(new Error(
      "test/airflow: 'pods.kerberos.principal' must be one for all pods, whose names no KDC knows, got 'airflow/_HOST@EXAMPLE.COM'; leave out '_HOST'"));
  });

  test.each([[Duration.millis(0), 0], [Duration.millis(1500), 1.5]])('with a frequency that is no number of seconds', (reinitFrequency, got) => {
    expect(failing({ reinitFrequency })).toThrow(new Error(`test/airflow: 'pods.kerberos.reinitFrequency' must be a whole number of seconds of at least 1, got ${got}`));
  });

  test.each([['core', 'security', ''], ['kerberos', 'principal', 'other'], ['kerberos', 'keytab', '/k'], ['kerberos', 'ccache', '/c'], ['kerberos', 'reinit_frequency', '5']])(
    'where the configuration says %s.%s', (section, option, value) => {
      expect(failing({}, { config: { [section]: { [option]: value } } })).toThrow(
        new Error(`test/airflow: 'config.${section}.${option}' cannot be set, got '${value}'; 'pods.kerberos' decides it`));
    });

  test.each(['forwardable', 'include_ip'])('with another word for %s', option => {
    expect(failing({}, { config: { kerberos: { [option]: 'yes' } } })).toThrow(new Error(`test/airflow: 'config.kerberos.${option}' must be True or False, got 'yes'`));
  });
});
