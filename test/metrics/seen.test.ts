import * as fs from 'fs';
import * as path from 'path';
import { Seen, seenIn } from './seen';

const RUNS = ['3.3.2-statsd', '3.3.2-otel', '2.11.2-statsd', '2.11.2-otel'];
const read = (run: string) => JSON.parse(fs.readFileSync(path.join(__dirname, `seen-${run}.json`), 'utf8')) as Seen;
/** The DAGs, tasks and pools of the runs. */
const IDS = /_(ok|fails|retries|defers|starves|zombie|slow|skips|sleepy|hang|small|default_pool)(_|$)/;

test('an exposition has names, types and labels', () => {
  const text = [
    '# HELP airflow_ti_finish x', '# TYPE airflow_ti_finish counter', 'airflow_ti_finish{dag_id="a\\"b",state="failed"} 1', 'airflow_ti_finish{dag_id="c"} 2',
    '# TYPE airflow_task_duration histogram', 'airflow_task_duration_bucket{le="+Inf"} 1', 'airflow_task_duration_sum 2.5', 'go_goroutines 9',
  ].join('\n');
  expect(seenIn(text)).toEqual({
    airflow_ti_finish: { type: 'counter', labels: ['dag_id', 'state'] },
    airflow_task_duration_bucket: { type: 'histogram', labels: ['le'] },
    airflow_task_duration_sum: { type: 'histogram', labels: [] },
  });
});

describe.each(RUNS)('the metrics of the run %s', run => {
  const seen = read(run);

  test('have ids as labels, and never in a name', () => {
    expect(Object.keys(seen).filter(name => IDS.test(name))).toEqual([]);
    expect(seen.airflow_ti_finish).toEqual({ type: 'counter', labels: ['dag_id', 'state', 'task_id'] });
    expect(seen.airflow_pool_open_slots).toEqual({ type: 'gauge', labels: ['pool_name'] });
  });

  test('have no label that is new in each run', () => {
    expect(Object.entries(seen).filter(([, { labels }]) => labels.some(label => /^(run_id|job_id|pid)$/.test(label)))).toEqual([]);
  });

  test('have heartbeats, which are counters', () => {
    expect([seen.airflow_scheduler_heartbeat.type, seen.airflow_triggerer_heartbeat.type]).toEqual(['counter', 'counter']);
  });
});

test('both choices give Airflow 3.3 the same names', () => {
  expect(Object.keys(read('3.3.2-otel'))).toEqual(Object.keys(read('3.3.2-statsd')));
});
