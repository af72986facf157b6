import { AirflowVersion, DagBundle, DagProcessor, DagSource } from '../../src';
import { AFTER_DATABASE, airflowChart, main, pod, synthAirflow } from '../util';

test('reads the DAG files', () => {
  for (const manifest of [synthAirflow(), synthAirflow({ version: AirflowVersion.V2_10, dagProcessor: {} })]) {
    const container = main(manifest, 'dag-processor');
    expect(container.args).toEqual([...AFTER_DATABASE, 'airflow', 'dag-processor']);
    expect(container.ports).toBeUndefined();
    expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } });
    expect(pod(manifest, 'dag-processor').spec.terminationGracePeriodSeconds).toBe(30);
  }
});

test('is checked by its heartbeat', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(synthAirflow(), 'dag-processor');
  const command = ['python', '-S', '/opt/cdk8s-airflow/heartbeat.py', 'DagProcessorJob', '300'];
  expect(startupProbe!.exec!.command).toEqual([...command, '--starting', '10']);
  expect(livenessProbe!.exec!.command).toEqual(command);
  expect(readinessProbe).toBeUndefined();
});

test('may fetch each repository and bucket for 10 minutes before its loop runs', () => {
  const bundle = (name: string) => DagBundle.git(name, { repo: 'https://host/acme/dags.git', ref: 'main' });
  const seconds = (...bundles: DagBundle[]) => {
    const { periodSeconds, failureThreshold } = main(synthAirflow({ dags: DagSource.bundles(bundles) }), 'dag-processor').startupProbe!;
    return Number(periodSeconds) * Number(failureThreshold);
  };
  expect(seconds(DagBundle.local('here', '/opt/airflow/dags'))).toBe(300);
  expect(seconds(bundle('one'))).toBe(900);
  expect(seconds(bundle('one'), bundle('two'), DagBundle.s3('three', { bucket: 'acme-dags' }), DagBundle.local('here', '/opt/airflow/dags'))).toBe(2100);
});

test('fails in an Airflow 2 whose scheduler reads the files', () => {
  const chart = airflowChart({ version: AirflowVersion.V2_11 });
  expect(() => new DagProcessor(chart, 'more', { airflow: chart.airflow })).toThrow(new Error(
    "test/more: 'dagProcessor' stands alone only when the Airflow has the prop 'dagProcessor' too, since the scheduler reads the DAG files otherwise; set it"));
});

test('can be one of several in an Airflow 2 that has one', () => {
  const chart = airflowChart({ version: AirflowVersion.V2_11, dagProcessor: {} });
  expect(new DagProcessor(chart, 'more', { airflow: chart.airflow }).workload.kind).toBe('Deployment');
});
