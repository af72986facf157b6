import * as fs from 'fs';
import * as path from 'path';
import { App, Chart, Duration } from 'cdk8s';
import { groupsOf } from './alert-configurations';
import {
  AirflowAlerts, AirflowAlertsProps, AirflowChart, AirflowChartProps, AirflowVersion, AlertOutput, Broker, DagSource, Database, Executor,
  Metrics, MetricsSource, RedisOptions, SecretKey,
} from '../../src';
import { ALERT_NAMES } from '../../src/add-ons/airflow-alerts';
import { RenderedGroup } from '../../src/add-ons/alert-output';
import { PENDING_MINUTES, PENDING_THRESHOLDS } from '../../src/add-ons/alert-rule';
import { airflowChart, find, findAll, synth, Texts } from '../util';

type Options = Omit<AirflowAlertsProps, 'airflow'>;

const STATSD: AirflowChartProps = { telemetry: { metrics: Metrics.statsd() } };
const REPO = 'https://github.com/example/dags.git';
const RUNBOOKS = path.join(__dirname, '..', '..', 'docs', 'runbooks');

function alerts(options: Options = {}, props: AirflowChartProps = STATSD): AirflowChart {
  const chart = airflowChart(props);
  new AirflowAlerts(chart, 'alerts', { ...options, airflow: chart.airflow });
  return chart;
}

function rulesOf(chart: Chart): RenderedGroup['rules'] {
  return (find(synth(chart), 'PrometheusRule').spec as unknown as { groups: RenderedGroup[] }).groups.flatMap(({ rules }) => rules);
}

const rule = (alert: string, options?: Options, props?: AirflowChartProps) => rulesOf(alerts(options, props)).find(each => each.alert === alert)!;
const namesOf = (options?: Options, props?: AirflowChartProps) => new Set(rulesOf(alerts(options, props)).map(({ alert }) => alert));

describe('the object', () => {
  test('is a PrometheusRule with the labels of the instance and more', () => {
    const { metadata } = find(synth(alerts({ output: AlertOutput.prometheusRule({ labels: { release: 'prom' }, annotations: { team: 'a' } }) })), 'PrometheusRule');
    expect(metadata).toMatchObject({
      name: 'test-airflow-alerts', labels: { 'release': 'prom', 'app.kubernetes.io/instance': 'test-airflow' }, annotations: { team: 'a' },
    });
  });

  test('is a ConfigMap with one file for each group', () => {
    const { data } = find(synth(alerts({ output: AlertOutput.configMap() })), 'ConfigMap', 'test-airflow-alerts') as unknown as { data: Texts };
    const groups = ['availability', 'dags', 'database', 'infrastructure', 'tasks'];
    expect(Object.keys(data)).toEqual(groups.map(group => `test-airflow-${group}.yaml`));
    const files = Object.values(data).map(text => JSON.parse(text) as { groups: RenderedGroup[] });
    expect(files.map(file => file.groups[0].name)).toEqual(groups.map(group => `test-airflow-${group}`));
    expect(new Set(files.flatMap(file => file.groups[0].rules))).toEqual(new Set(rulesOf(alerts())));
  });

  test('has no group without rules', () => {
    const { data } = find(synth(alerts({ output: AlertOutput.configMap(), sources: [] })), 'ConfigMap', 'test-airflow-alerts') as unknown as { data: Texts };
    expect(Object.keys(data)).toEqual(['availability', 'dags', 'tasks'].map(group => `test-airflow-${group}.yaml`));
  });
});

test('a rule has severity, labels and annotations', () => {
  expect(rule('AirflowSchedulerDown', { labels: { team: 'data' } })).toEqual({
    alert: 'AirflowSchedulerDown',
    expr: 'sum by (namespace) (rate(airflow_scheduler_heartbeat{namespace="airflow"}[3m])) == 0\nor\nabsent(airflow_scheduler_heartbeat{namespace="airflow"})',
    for: '5m',
    labels: { team: 'data', airflow: 'test-airflow', severity: 'critical' },
    annotations: {
      summary: 'No scheduler of Airflow sends heartbeats.',
      description: 'No scheduler of the Airflow test-airflow has sent a heartbeat for 5m: no task starts, and no DAG run begins or ends.',
      runbook_url: 'https://github.com/cdk8s-airflow/cdk8s-airflow/blob/main/docs/runbooks/AirflowSchedulerDown.md',
    },
  });
});

test('runbooks, severities and exceptions are the choice of the user', () => {
  const options = { runbookUrl: 'https://wiki.example.com/airflow/', severities: { AirflowSchedulerDown: 'page' }, exclude: ['AirflowScheduleDelay'] };
  expect(rule('AirflowSchedulerDown', options)).toMatchObject({
    labels: { severity: 'page' }, annotations: { runbook_url: 'https://wiki.example.com/airflow/AirflowSchedulerDown.md' },
  });
  expect(namesOf(options)).not.toContain('AirflowScheduleDelay');
});

test.each([
  ['AirflowSchedulerDown', { heartbeat: Duration.minutes(2) }, { for: '2m' }],
  ['AirflowQueueWithoutWorker', { queued: Duration.seconds(90) }, { for: '90s' }],
  ['AirflowQueueGrowing', { queueLength: 7 }, { expr: expect.stringContaining(' > 7\n') as string }],
  ['AirflowPoolStarved', { fullPool: Duration.hours(1) }, { for: '1h' }],
  ['AirflowTaskPodsPending', { pendingPod: Duration.minutes(3) }, { expr: expect.stringContaining(' > 180)') as string }],
  ['AirflowTaskHeartbeatTimeouts', { heartbeatTimeouts: 9 }, { expr: expect.stringMatching(/ > 9$/) as string }],
  ['AirflowScheduleDelay', { scheduleDelay: Duration.hours(1) }, { expr: expect.stringMatching(/ > 3600$/) as string }],
  ['AirflowDagImportErrors', { importErrors: 2 }, { expr: expect.stringMatching(/ > 2$/) as string }],
  ['AirflowDagFilesNotParsed', { unparsed: Duration.hours(1) }, { expr: expect.stringMatching(/ > 3600$/) as string }],
  ['AirflowGitSyncFailing', { gitSync: Duration.hours(1) }, { expr: expect.stringContaining('[1h]') as string }],
  ['AirflowMigrationStuck', { migration: Duration.hours(2) }, { for: '2h' }],
  ['AirflowDatabaseConnectionsHigh', { databaseConnectionsPercent: 50 }, { expr: expect.stringMatching(/ > 50$/) as string }],
  ['AirflowRedisFull', { redisMemoryPercent: 60 }, { expr: expect.stringMatching(/ > 60$/) as string }],
  ['AirflowVolumeFilling', { volumePercent: 70 }, { expr: expect.stringMatching(/ > 70$/) as string }],
  ['AirflowCertificateExpiring', { certificate: Duration.days(1) }, { expr: expect.stringMatching(/ < 86400$/) as string }],
])('%s has the threshold %j', (alert, thresholds, expected) => {
  expect(rule(alert, { thresholds, sources: Object.values(MetricsSource) })).toMatchObject(expected);
});

test('the pending periods are the choice of the user', () => {
  const pendingPeriods = { AirflowComponentUnavailable: Duration.minutes(3), AirflowQueueGrowing: Duration.minutes(10) };
  expect(rule('AirflowComponentUnavailable', { pendingPeriods })).toMatchObject({
    for: '3m', annotations: { description: 'No pod of {{ $labels.workload }}, a part of the Airflow test-airflow, has been ready for 3m.' },
  });
  expect(rule('AirflowQueueGrowing', { pendingPeriods })).toMatchObject({ for: '10m', expr: expect.stringContaining('[10m:])') as string });
  expect(rule('AirflowMetricsMissing', { pendingPeriods }).for).toBe('5m');
});

test.each(ALERT_NAMES)('the pending period of %s is a prop or a threshold', name => {
  const asProp = name in PENDING_MINUTES;
  expect(asProp).toBe(!(name in PENDING_THRESHOLDS));
  const period = Duration.seconds(77);
  const options = asProp ? { pendingPeriods: { [name]: period } } : { thresholds: { [PENDING_THRESHOLDS[name]]: period } };
  const props = { ...STATSD, pods: { kerberos: { keytab: SecretKey.of('keytab', 'keytab'), principal: 'airflow@EXAMPLE.COM' } } };
  expect(rule(name, { ...options, sources: Object.values(MetricsSource) }, props).for).toBe('77s');
});

test('git-sync fails in each pod by itself, whether Prometheus knows the pods or their addresses alone', () => {
  const { expr } = rule('AirflowGitSyncFailing', { sources: [MetricsSource.GIT_SYNC] });
  expect(expr.match(/sum by \(namespace, pod, instance\)/g)).toHaveLength(2);
});

describe('only what can fire', () => {
  test('needs metrics that the version emits', () => {
    const old = (version: AirflowVersion) => namesOf({}, { ...STATSD, version });
    expect(old(AirflowVersion.V2_11)).not.toContain('AirflowDagProcessorDown');
    expect(old(AirflowVersion.V2_11)).not.toContain('AirflowTriggererFull');
    expect(old(AirflowVersion.V3_0)).toContain('AirflowDagProcessorDown');
    expect(old(AirflowVersion.V3_1)).not.toContain('AirflowTaskPodsRefused');
    expect(old(AirflowVersion.V3_2)).toContain('AirflowTaskPodsRefused');
  });

  test('needs the part that it watches', () => {
    expect(namesOf({}, STATSD)).toContain('AirflowTriggererDown');
    expect(namesOf({}, { ...STATSD, triggerer: { replicas: 0 } })).not.toContain('AirflowTriggererDown');
    const celery = namesOf({}, { ...STATSD, executor: Executor.celery({ broker: Broker.redis() }) });
    expect(celery).not.toContain('AirflowTaskPodsPending');
    expect(celery).toContain('AirflowQueueWithoutWorker');
    expect(celery).not.toContain('AirflowKerberosTicketNotRenewed');
  });

  test('needs its source', () => {
    expect([...namesOf({ sources: [] })].filter(name => /Migration|Volume|Pending|Component|Certificate|Database|GitSync/.test(name))).toEqual([]);
    expect(namesOf({ sources: [MetricsSource.X509_CERTIFICATE_EXPORTER] })).toContain('AirflowCertificateExpiring');
  });

  test('knows the exporters that pods of the Airflow have', () => {
    const dags = DagSource.gitSync({ repo: REPO, http: { metrics: true } });
    expect(namesOf({}, { ...STATSD, dags })).toContain('AirflowGitSyncFailing');
    expect(namesOf({}, { ...STATSD, dags: DagSource.gitSync({ repo: REPO }) })).not.toContain('AirflowGitSyncFailing');
    expect(namesOf({}, { ...STATSD, pgBouncer: { exporter: {} } })).toContain('AirflowPgBouncerClientsWaiting');
    expect(namesOf({}, { ...STATSD, pgBouncer: {} })).not.toContain('AirflowPgBouncerClientsWaiting');
    expect(namesOf({}, { ...STATSD, database: Database.inCluster({ exporter: {} }) })).toContain('AirflowDatabaseConnectionsHigh');
    expect(namesOf({}, STATSD)).not.toContain('AirflowDatabaseConnectionsHigh');
    const redis = (options: RedisOptions) => ({ ...STATSD, executor: Executor.celery({ broker: Broker.redis(options) }) });
    expect(namesOf({}, redis({ exporter: {} }))).toContain('AirflowRedisFull');
    expect(namesOf({}, redis({}))).not.toContain('AirflowRedisFull');
  });
});

test('the series of this Airflow are found by other labels', () => {
  expect(rule('AirflowDagImportErrors', { matchers: { job: 'airflow-a', cluster: 'eu' } }).expr)
    .toBe('max by (namespace) (airflow_dag_processing_import_errors{job="airflow-a", cluster="eu"}) > 0');
});

test('the suffixes of OpenTelemetry can be off', () => {
  const props = { telemetry: { metrics: Metrics.openTelemetry({ endpoint: 'http://collector.monitoring:4318' }) } };
  expect(rule('AirflowSchedulerDown', {}, props).expr).toContain('airflow_scheduler_heartbeat_total{');
  expect(rule('AirflowSchedulerDown', { metricSuffixes: false }, props).expr).toContain('airflow_scheduler_heartbeat{');
});

test.each(ALERT_NAMES)('%s has a page that says what it means, how to check and how to mend', name => {
  const text = fs.readFileSync(path.join(RUNBOOKS, `${name}.md`), 'utf8');
  expect(text.split('\n')[0]).toBe(`# ${name}`);
  expect(text).toMatch(/\n## Check\n[\s\S]*kubectl[\s\S]*\n## Mend\n/);
});

test('the page of all alerts has their severities and pending periods', () => {
  const table = [...fs.readFileSync(path.join(RUNBOOKS, '..', 'alerts.md'), 'utf8').matchAll(/^\| \[(\w+)\]\(\S+\) \| (\w+) \| .* \| (\w+) \| [^|]*\|$/gm)];
  const rules = Object.fromEntries(groupsOf('statsd-3.3').flatMap(group => group.rules).map(each => [each.alert, [each.labels.severity, each.for]]));
  expect(Object.fromEntries(table.map(([, name, severity, period]) => [name, [severity, period]]))).toEqual(rules);
});

test('no page is without its alert', () => {
  expect(fs.readdirSync(RUNBOOKS).map(file => path.basename(file, '.md')).sort()).toEqual([...ALERT_NAMES].sort());
});

test('names of groups are those of the instance, so that two of them can be in one namespace', () => {
  expect(groupsOf('statsd-3.3').map(({ name }) => name)).toEqual(['availability', 'tasks', 'dags', 'database', 'infrastructure'].map(name => `airflow-${name}`));
});

const failing = (options: object, props?: AirflowChartProps) => () => alerts(options as Options, props);
const at = 'test/alerts: ';

test.each<[string, object, string]>([
  ['an unknown alert', { exclude: ['AirflowSchedulerDead'] }, "'exclude' must have names of alerts, got 'AirflowSchedulerDead'; see docs/alerts.md for all of them"],
  ['a misspelt alert', { severities: { AirflowShedulerDown: 'info' } },
    "'severities' must have names of alerts, got 'AirflowShedulerDown'; did you mean 'AirflowSchedulerDown'?"],
  ['an empty severity', { severities: { AirflowSchedulerDown: '' } },
    "'severities' must not be empty, got '' for 'AirflowSchedulerDown'; list the alert in 'exclude' to leave it out"],
  ['a label that is none', { labels: { 'my-team': 'a' } }, "'labels' must have names of letters, digits and '_', beginning with a letter, got 'my-team'"],
  ['a label of the library', { labels: { severity: 'critical' } }, "'labels' cannot set 'severity', which the library sets itself; leave it out"],
  ['a source twice', { sources: ['kubelet', 'kubelet'] }, "'sources' must have each source once, got 'kubelet' twice"],
  ['no matchers', { matchers: {} }, "'matchers' must have a label, got none; leave it out"],
  ['a matcher that is no label', { matchers: { 'k8s.namespace': 'a' } },
    "'matchers' must have names of letters, digits and '_', beginning with a letter, got 'k8s.namespace'"],
  ['a matcher that ends its text', { matchers: { job: 'a"} or vector(1) #' } },
    "'matchers' must have values without quotation marks and backslashes, got \"a\\\"} or vector(1) #\" for 'job'"],
  ['suffixes where the library decides them', { metricSuffixes: true },
    "'metricSuffixes' is for Metrics.openTelemetry(), whose collector decides the names, got true; leave it out"],
  ['a percentage beyond all', { thresholds: { volumePercent: 100 } }, "'thresholds.volumePercent' must be a whole number from 1 to 99, got 100"],
  ['a negative number', { thresholds: { queueLength: -1 } }, "'thresholds.queueLength' must be a whole number of at least 0, got -1"],
  ['a moment', { thresholds: { unparsed: Duration.seconds(30) } }, "'thresholds.unparsed' must be a whole number of seconds of at least 120, got 30"],
  ['a period of an unknown alert', { pendingPeriods: { AirflowSchedulrDown: Duration.minutes(1) } },
    "'pendingPeriods' must have names of alerts, got 'AirflowSchedulrDown'; did you mean 'AirflowSchedulerDown'?"],
  ['no period', { pendingPeriods: { AirflowScheduleDelay: Duration.seconds(0) } },
    "'pendingPeriods.AirflowScheduleDelay' must be a whole number of seconds of at least 1, got 0"],
  ['a period that is a threshold', { pendingPeriods: { AirflowPoolStarved: Duration.minutes(1) } },
    "'pendingPeriods' cannot set 'AirflowPoolStarved', whose period is a threshold; set 'thresholds.fullPool'"],
  ['pages without a scheme', { runbookUrl: 'wiki.example.com' },
    "'runbookUrl' must be like https://airflow.example.com or https://example.com/airflow, without a login or a query, got 'wiki.example.com'"],
  ['a misspelt option', { treshholds: {} }, "'treshholds' is no member of AirflowAlertsProps; did you mean 'thresholds'?"],
])('fails for %s', (_title, options, message) => {
  expect(failing(options)).toThrow(new Error(`${at}${message}`));
});

test('fails for labels of the object that are the library\'s own', () => {
  expect(failing({ output: AlertOutput.prometheusRule({ labels: { 'app.kubernetes.io/name': 'other' } }) })).toThrow(
    new Error(`${at}'output.labels' cannot set 'app.kubernetes.io/name', which the library sets itself, got 'other'; leave it out`));
});

test('fails for several mistakes at once', () => {
  expect(failing({ exclude: ['x'], thresholds: { volumePercent: 0 } })).toThrow(new Error([
    'test/alerts: 2 mistakes:', "  'thresholds.volumePercent' must be a whole number from 1 to 99, got 0", "  'exclude' must have names of alerts, got 'x'; see docs/alerts.md for all of them",
  ].join('\n')));
});

test('fails for an Airflow without metrics', () => {
  expect(failing({}, {})).toThrow(new Error(`${at}'airflow' must send metrics whose names are known; set 'telemetry: { metrics: Metrics.statsd() }' of the Airflow, `
    + 'or Metrics.collector(), Metrics.openTelemetry(), or Metrics.external() with the format INFLUXDB'));
});

test('a second object of the same Airflow has its own name', () => {
  const chart = alerts();
  expect(() => {
    new AirflowAlerts(chart, 'more', { airflow: chart.airflow });
    synth(new Chart(new App(), 'other'));
    synth(chart);
  }).toThrow(/test-airflow-alerts/);
  expect(findAll(synth(alerts()), 'PrometheusRule')).toHaveLength(1);
});
