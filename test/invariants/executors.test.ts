import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { hold, Program, VERSIONS } from './rules-of-all';
import {
  AirflowVersion, Broker, Database, Executor, FlowerAuth, FlowerOAuthProvider, Gpu, LocalSettingsFile, Scaling, SecretKey,
} from '../../src';
import { airflowChart, Manifest, synth, synthAirflow } from '../util';

const KEEPING_LOGS = Executor.celery({ flower: {}, workers: { logs: { size: Size.gibibytes(1) } } });

/** Sets of workers and a triggerer of as many pods as the cluster decides. */
function scaled(version: AirflowVersion): Manifest[] {
  const by = (scaling: Scaling) => ({ scaling, disruptionBudget: { maxUnavailable: kplus.PercentOrAbsolute.absolute(1) } });
  const keda = Scaling.keda({ maxReplicas: 3 });
  const executor = Executor.multiple([Executor.celery({ workers: by(keda) }), Executor.kubernetes()]);
  const chart = airflowChart({ version, executor, triggerer: by(keda), scheduler: by(Scaling.cpu({ maxReplicas: 2 })) });
  chart.airflow.addCeleryWorkers('gpu', { ...by(keda), queues: ['gpu'], logs: { size: Size.gibibytes(1) } });
  return synth(chart);
}

/** Several executors with sets of workers, of which one keeps its logs, and broker, results and the users of Flower elsewhere. */
function withWorkers(version: AirflowVersion): Manifest[] {
  const celery = Executor.celery({
    broker: Broker.fromSecret(SecretKey.of('broker', 'connection')),
    resultBackend: SecretKey.of('results', 'connection'),
    flower: {
      auth: FlowerAuth.oauth({
        provider: FlowerOAuthProvider.GOOGLE, clientId: SecretKey.of('flower', 'id'), clientSecret: SecretKey.of('flower', 'secret'), emailDomain: 'example.com',
      }),
    },
  });
  const executor = Executor.multiple([Executor.kubernetes(), celery, Executor.custom('acme.executors.ConsoleExecutor')]);
  const chart = airflowChart({ version, executor, url: 'https://example.com' });
  chart.airflow.allowPodOperator();
  chart.airflow.addTaskPod('gpu', { gpus: Gpu.nvidia() });
  chart.airflow.addCeleryWorkers('etl', { replicas: 2, queues: ['etl'], logs: { size: Size.gibibytes(1), deleteWithSet: true } });
  return synth(chart);
}

/** Volumes that outlive pods, hooks, settings of the kernel, more triggers, own passwords and a check of the DAGs. */
function withEveryKnob(version: AirflowVersion): Manifest[] {
  const volume = { size: Size.gibibytes(1), deleteWithSet: true };
  const sidecars = [{ name: 'proxy', image: 'acme/proxy:1', ports: [{ number: 9901 }], livenessProbe: kplus.Probe.fromTcpSocket({ port: 9901 }) }];
  const web = { sidecars, service: { ports: [{ name: 'proxy', port: 9901 }] } };
  const database = Database.inCluster({ password: SecretKey.of('database', 'password') });
  const workers = { logs: volume, claims: [{ ...volume, name: 'models', mountPath: '/models' }], scaling: Scaling.keda({ maxReplicas: 3 }) };
  const chart = airflowChart({
    version,
    database,
    executor: Executor.multiple([Executor.celery({ workers, flower: {} }), Executor.local(), Executor.kubernetes({ readPodLogs: false })]),
    jobs: { checkDags: {} },
    scheduler: { logs: volume, pod: { shareProcessNamespace: true } },
    triggerer: { logs: volume },
    pods: {
      securityContext: { sysctls: { 'net.ipv4.tcp_keepalive_time': '300' } },
      localSettingsFile: LocalSettingsFile.fromSecret(SecretKey.of('keys', 'settings')),
      objects: { configMaps: { labels: { kind: 'map' } }, secrets: { annotations: { copy: 'yes' } } },
    },
    ...version.isAirflow3 ? { apiServer: web } : { webserver: web },
  });
  return synth(chart);
}

hold([
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): Program => [`Airflow ${version.series} with every knob`, () => withEveryKnob(version)]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): Program => [
    `Airflow ${version.series} of as many pods as the cluster decides`, () => scaled(version),
  ]),
  ...VERSIONS.map((version): Program => [`Airflow ${version.series} with several executors`, () => withWorkers(version)]),
  ...[Executor.celeryKubernetes({ celery: { flower: {} } }), Executor.localKubernetes()].map((executor, index): Program => [
    `an executor that is two (${index})`, () => synthAirflow({ version: AirflowVersion.V2_11, executor }),
  ]),
  ['Celery workers whose users come from the namespace', () => synthAirflow({ executor: KEEPING_LOGS, pods: { securityContext: { userFromNamespace: true } } })],
  ['Celery workers with a very long path', () => synth(airflowChart({ executor: KEEPING_LOGS }, 'a-very-long-id-'.repeat(9)))],
]);
