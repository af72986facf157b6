import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';

/** The DAG of the example custom-image: what its image adds, and what the platform adds to it. */
export async function customImage(api: AirflowApi): Promise<void> {
  await api.waitForDag('working_days', 120);
  const run = await api.trigger('working_days');
  assert.equal(await api.waitForEnd(run, 300), 'success');
  assert.equal(await api.xcom(run, 'package'), 'German Unity Day');
  assert.equal(await api.xcom(run, 'plugin'), '2026-12-28');
  assert.equal(await api.xcom(run, 'connection'), 'https://calendar.example.com');
}
