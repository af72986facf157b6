import { AirflowVersion, DagProcessor } from '../../src';
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
  const command = ['python', '-S', '/opt/cdk8s-airflow/heartbeat.py', 'DagProcessorJob', '40'];
  expect(startupProbe!.exec!.command).toEqual([...command, '--starting']);
  expect(livenessProbe!.exec!.command).toEqual(command);
  expect(readinessProbe).toBeUndefined();
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
