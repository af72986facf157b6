import { App, Chart, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChart, AirflowChartProps, AirflowVersion, DagSource, Env, Executor } from '../../src';
import { airflowChart, cfg, mount, main, pod, secretNamed, synth, synthAirflow } from '../util';

const files = kplus.Volume.fromSecret(new Chart(new App(), 'elsewhere'), 'files', secretNamed('files'));
const at = (path: string, subPath?: string) => ({ volumeMounts: [{ path, subPath, volume: files }] });
const repo = 'https://host/dags.git';
const V2 = AirflowVersion.V2_11;
const REMEDY = "mount it there too by 'volumeMounts', or in every pod by 'pods.volumeMounts'";
const GIT = "; for plugins of a git repository, use 'pluginsSubPath' of DagSource.gitSync";

function failing(props: AirflowChartProps, ...messages: string[]): void {
  expect(() => synthAirflow(props)).toThrow(new Error(`Validation failed with the following errors:\n${messages.map(message => `  [test/airflow] ${message}`).join('\n')}`));
}

describe('a file that an option names', () => {
  test.each<[string, AirflowChartProps, string]>([
    ['the API server alone mounts', { apiServer: at('/certs'), config: { api: { ssl_cert: '/certs/tls.crt' } } },
      `'config.api.ssl_cert' names '/certs/tls.crt', which is mounted for API server, but not for task pods, where Airflow reads it; ${REMEDY}`],
    ['the scheduler alone mounts, with tasks in workers', {
      executor: Executor.celery(), scheduler: at('/certs'), config: { api: { ssl_ca_file: '/certs/ca.crt' } },
    }, `'config.api.ssl_ca_file' names '/certs/ca.crt', which is mounted for scheduler, but not for Celery workers, where Airflow reads it; ${REMEDY}`],
    ['tasks alone mount', { taskPods: at('/keys'), config: { api_auth: { jwt_private_key_path: '/keys/jwt.pem' } } },
      `'config.api_auth.jwt_private_key_path' names '/keys/jwt.pem', which is mounted for task pods, but not for API server and scheduler, where Airflow reads it; ${REMEDY}`],
    ['a mount of one file in the API server does not bring to tasks', { apiServer: at('/certs/tls.crt', 'tls.crt'), pods: { env: Env.of({ AIRFLOW__API__CLIENT_SSL_CERT: '/certs/tls.crt' }) } },
      `'AIRFLOW__API__CLIENT_SSL_CERT' names '/certs/tls.crt', which is mounted for API server, but not for task pods, where Airflow reads it; ${REMEDY}`],
    ['the webserver of 2.x lacks', { version: V2, scheduler: at('/certs'), config: { webserver: { web_server_ssl_key: '/certs/tls.key' } } },
      `'config.webserver.web_server_ssl_key' names '/certs/tls.key', which is mounted for scheduler, but not for webserver, where Airflow reads it; ${REMEDY}`],
    ['a git-sync has', { dags: DagSource.gitSync({ repo }), config: { core: { plugins_folder: '/opt/airflow/dags/repo/plugins' } } },
      "'config.core.plugins_folder' names '/opt/airflow/dags/repo/plugins', which is mounted for dag-processor, triggerer and task pods, "
      + `but not for API server and scheduler, where Airflow reads it; ${REMEDY}${GIT}`],
    ['the folder of the configuration does not have', { config: { openlineage: { config_path: '/etc/cdk8s-airflow/openlineage.yml' } } },
      "'config.openlineage.config_path' must not name a file in /etc/cdk8s-airflow, where only those of the library are, "
      + "got '/etc/cdk8s-airflow/openlineage.yml'; mount it elsewhere"],
    ['a module of the logging', { scheduler: at('/opt/airflow/config/log_config.py', 'log_config.py'), config: { logging: { logging_config_class: 'log_config.LOGGING' } } },
      "'config.logging.logging_config_class' names 'log_config.LOGGING', which is mounted for scheduler, but not for migration (Job), sync-users (Job), API server, "
      + `dag-processor, triggerer and task pods, where Airflow reads it; ${REMEDY}`],
  ])('fails where it is one that %s', (_, props, message) => {
    failing(props, message);
  });

  test('fails together with all others', () => {
    const api = { ssl_cert: '/certs/tls.crt', client_ssl_key: '/certs/tls.key' };
    failing({ apiServer: at('/certs'), config: { api } }, ...Object.entries(api).map(([option, file]) =>
      `'config.api.${option}' names '${file}', which is mounted for API server, but not for task pods, where Airflow reads it; ${REMEDY}`));
  });

  test('fails for a task pod that has another value', () => {
    const chart = airflowChart({ taskPods: at('/a') });
    chart.airflow.addTaskPod('other', { env: Env.of({ AIRFLOW__API__CLIENT_SSL_CERT: '/b/tls.crt' }) });
    chart.airflow.addJob('report', { command: ['report'], ...at('/b') });
    expect(() => synth(chart)).toThrow(new Error("Validation failed with the following errors:\n  [test/airflow] 'AIRFLOW__API__CLIENT_SSL_CERT' names '/b/tls.crt', "
      + `which is mounted for Job: job-report, but not for task pod other, where Airflow reads it; ${REMEDY}`));
  });

  const api = { ssl_cert: '/certs/tls.crt', ssl_key: '/certs/tls.key' };
  test.each<[string, AirflowChartProps]>([
    ['no pod mounts, since the image may have it', { config: { api } }],
    ['all pods mount', { pods: at('/certs'), config: { api } }],
    ['all that read it mount', { apiServer: at('/certs'), taskPods: at('/certs/'), config: { api } }],
    ['the tasks alone read', { taskPods: at('/certs'), config: { api: { ssl_ca_file: '/certs/ca.crt' } } }],
    ['a variable of the API server alone names', { apiServer: { ...at('/certs'), env: Env.of({ AIRFLOW__CORE__PLUGINS_FOLDER: '/certs' }) } }],
    ['tasks have at another place', { apiServer: at('/certs'), taskPods: { ...at('/a'), env: Env.of({ AIRFLOW__API__CLIENT_SSL_CERT: '/a/tls.crt' }) } }],
    ['a Secret names', { apiServer: at('/certs'), taskPods: { env: { AIRFLOW__API__CLIENT_SSL_CERT: kplus.EnvValue.fromSecretValue({ secret: secretNamed('tls'), key: 'path' }) } } }],
    ["is Airflow's own folder of plugins", { scheduler: at('/opt/airflow/plugins/acme.py', 'acme.py'), config: { core: { plugins_folder: '/opt/airflow/plugins' } } }],
    ['is below scratch space', { config: { core: { plugins_folder: '/opt/airflow/work/plugins' } } }],
    ['has a variable in its path', { apiServer: at('/certs'), config: { api: { ssl_cert: '$CERTS/tls.crt' } } }],
    ['is in no cluster', { scheduler: at('/kube'), config: { kubernetes_executor: { config_file: '/kube/config' } } }],
    ['a module of the logging in all pods', { pods: at('/opt/airflow/config/log_config.py', 'log_config.py'), config: { logging: { logging_config_class: 'log_config.LOGGING' } } }],
    ['a module of the logging in the image', { scheduler: at('/srv'), config: { logging: { logging_config_class: 'log_config.LOGGING' } } }],
    ['is the file of the library', { config: { fab: { config_file: '/etc/cdk8s-airflow/webserver_config.py' } } }],
  ])('passes where %s', (_, props) => {
    expect(() => synthAirflow(props)).not.toThrow();
  });

  test('passes where a patch mounts it', () => {
    const chart = airflowChart({ apiServer: at('/certs'), executor: Executor.celery(), config: { api } });
    expect(() => synth(chart)).toThrow(/but not for Celery workers/);
    const { workload } = chart.airflow.celeryWorkers!;
    workload.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/volumeMounts/-', { name: 'scratch-certs', mountPath: '/certs' }));
    expect(() => synth(chart)).not.toThrow();
  });
});

describe('plugins of a git repository', () => {
  const dags = DagSource.gitSync({ repo, subPath: 'dags', pluginsSubPath: 'plugins' });
  const clone = { name: 'dags', mountPath: '/opt/airflow/dags', readOnly: true };

  test.each([[AirflowVersion.V3_3, 'api-server'], [V2, 'webserver']] as const)('are in all pods of %s that load plugins', (version, web) => {
    const manifest = synthAirflow({ version, dags });
    expect(cfg(manifest, 'core', 'plugins_folder')).toBe('/opt/airflow/dags/repo/plugins');
    for (const component of [web, 'scheduler', 'triggerer', 'task']) { expect(mount(main(manifest, component), clone.mountPath)).toEqual(clone); }
    for (const component of [web, 'scheduler']) {
      expect(pod(manifest, component).spec.initContainers!.map(({ name }) => name)).toContain('git-sync');
    }
    expect(main(manifest, 'migration').volumeMounts).not.toContainEqual(clone);
  });

  test('can be those of one of several sources, or of a shared clone', () => {
    const source = DagSource.gitSync({ repo, pluginsSubPath: 'plugins', shared: {} });
    const manifest = synthAirflow({ dags: DagSource.multiple({ core: source, image: DagSource.fromImage() }) });
    expect(cfg(manifest, 'core', 'plugins_folder')).toBe('/opt/airflow/dag-sources/core/repo/plugins');
    expect(mount(main(manifest, 'api-server'), '/opt/airflow/dag-sources/core')).toEqual({ name: 'dags-core', mountPath: '/opt/airflow/dag-sources/core', readOnly: true });
  });

  test('fail in two sources, outside the repository, and beside the option', () => {
    expect(() => airflowChart({ dags: DagSource.multiple({ a: dags, b: dags }) })).toThrow(new Error(
      "test/airflow: 'pluginsSubPath' must be that of one source, since Airflow has one folder of plugins, got it for 'a' and 'b'; leave one out"));
    expect(() => airflowChart({ dags: DagSource.gitSync({ repo, pluginsSubPath: '/plugins' }) })).toThrow(/^test\/airflow\/git-sync: 'pluginsSubPath' must be/);
    expect(() => new AirflowChart(new App(), 'test', { dags, config: { core: { plugins_folder: '/srv' } } })).toThrow(new Error(
      "test/airflow: 'config.core.plugins_folder' cannot be set, got '/srv'; 'dags' decides it: its 'pluginsSubPath' is the folder"));
  });
});
