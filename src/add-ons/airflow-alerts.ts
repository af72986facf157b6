import { Chart, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { AlertOutput, RenderedGroup, RenderedRule } from './alert-output';
import { AlertFacts, AlertGroup, AlertRule, PENDING_MINUTES, PENDING_THRESHOLDS, PendingAlert } from './alert-rule';
import { AlertThresholds, checkThresholds, completeThresholds, promDuration } from './alert-thresholds';
import { AVAILABILITY } from './alerts-availability';
import { DAGS } from './alerts-dags';
import { DATABASE } from './alerts-database';
import { INFRASTRUCTURE } from './alerts-infrastructure';
import { TASKS } from './alerts-tasks';
import { checkLabelNames, checkSelection, metricNames, MetricSelection, MetricsSource, sourcesOf } from './metric-selection';
import { IAirflow, instanceOf } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { didYouMean } from '../kubernetes/nearest';
import { gather, Problems } from '../kubernetes/problems';
import { checkBaseUrl, checkSeconds } from '../kubernetes/validate';

/**
 * Properties of `AirflowAlerts`.
 */
export interface AirflowAlertsProps extends MetricSelection {
  /** The Airflow that the alerts watch. */
  readonly airflow: IAirflow;

  /**
   * The limits beyond which alerts fire.
   *
   * @default - the default of each limit
   */
  readonly thresholds?: AlertThresholds;

  /**
   * How long the condition of an alert must hold before the alert fires, by the names of alerts: the `for` of its rule. At least two
   * intervals of Prometheus' scrapes. The periods that `thresholds` has are set there.
   *
   * @default - as the table in the documentation says
   */
  readonly pendingPeriods?: { readonly [alert: string]: Duration };

  /**
   * The object in which the alerts reach Prometheus.
   *
   * @default AlertOutput.prometheusRule()
   */
  readonly output?: AlertOutput;

  /**
   * What Prometheus scrapes beside Airflow. Alerts on anything else are left out, because they could never fire.
   *
   * @default - kube-state-metrics, the kubelet, and what pods of the Airflow serve themselves
   */
  readonly sources?: MetricsSource[];

  /**
   * Names of alerts that are left out, for example `AirflowScheduleDelay`.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * The severity of alerts by their names: `critical`, `warning`, `info` or a word of your own Alertmanager.
   *
   * @default - `critical` or `warning`, as the table in the documentation says
   */
  readonly severities?: { readonly [alert: string]: string };

  /**
   * Labels that every alert gets, by which Alertmanager may route it, for example `{ team: 'data' }`.
   *
   * @default - none
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * The URL below which the page `<alert>.md` of each alert is, for the annotation `runbook_url`.
   *
   * @default - the pages of this library
   */
  readonly runbookUrl?: string;
}

const GROUPS: AlertGroup[] = [AVAILABILITY, TASKS, DAGS, DATABASE, INFRASTRUCTURE];
const RUNBOOKS = 'https://github.com/cdk8s-airflow/cdk8s-airflow/blob/main/docs/runbooks';
/** The names of all alerts, whether a version has them or not. */
export const ALERT_NAMES = [...Object.keys(PENDING_MINUTES), ...Object.keys(PENDING_THRESHOLDS)];
const OWN_LABELS = ['severity', 'airflow', 'alertname', 'source'];

/**
 * Alerts for an Airflow: rules of Prometheus with a severity, a summary, a description and the page that says what to do.
 *
 * Each rule reads metrics that the version of Airflow and the choice of `telemetry.metrics` really have. The other rules are left out.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
 */
export class AirflowAlerts extends Construct {
  private readonly props: AirflowAlertsProps;

  /**
   * @throws when the Airflow sends no metrics that Prometheus knows the names of, or when a prop is not valid
   */
  constructor(scope: Construct, id: string, props: AirflowAlertsProps) {
    checkMembers('AirflowAlertsProps', props, scope, id);
    super(scope, id);
    this.props = props;
    const { airflow, output = AlertOutput.prometheusRule() } = props;
    this.check();
    output._create({
      scope: this,
      metadata: kind => airflow.objectMetadata(this, kind, 'alerts'),
      groups: () => this.groups(),
    });
  }

  /** The alerts, which depend on the workloads that exist at synthesis. */
  private groups(): RenderedGroup[] {
    const { severities = {}, exclude = [], labels: more = {}, runbookUrl = RUNBOOKS } = this.props;
    const facts = this.facts();
    const own = { airflow: facts.instance };
    const rendered = ({ alert, expr, for: wait, severity, labels, summary, description }: AlertRule): RenderedRule => ({
      alert,
      expr,
      for: wait,
      labels: { ...more, ...own, ...labels, severity: severities[alert] ?? severity },
      annotations: { summary, description, runbook_url: `${runbookUrl.replace(/\/$/, '')}/${alert}.md` },
    });
    return GROUPS.map(({ name, rules }) => ({
      name: `${facts.instance}-${name}`,
      rules: rules(facts).filter(({ alert }) => !exclude.includes(alert)).map(rendered),
    })).filter(({ rules }) => rules.length > 0);
  }

  private facts(): AlertFacts {
    const { airflow, thresholds = {}, pendingPeriods = {}, sources } = this.props;
    const { workloads, networkGraph } = airflow;
    const namespace = Chart.of(airflow).namespace!;
    return {
      instance: instanceOf(airflow),
      namespace,
      names: metricNames(airflow, this.props, namespace),
      workloads,
      has: sourcesOf(airflow, sources),
      thresholds: completeThresholds(thresholds),
      pending: (alert: PendingAlert) => promDuration(pendingPeriods[alert] ?? Duration.minutes(PENDING_MINUTES[alert])),
      kerberos: networkGraph.nodes.some(({ id }) => id === 'kdc'),
    };
  }

  /** Throws all mistakes at once. */
  private check(): void {
    const { airflow, thresholds = {}, exclude = [], severities = {}, labels = {}, runbookUrl, sources = [] } = this.props;
    const { pendingPeriods = {} } = this.props;
    gather(this, problems => {
      problems.check(() => checkSelection(this, airflow, this.props));
      problems.check(() => checkThresholds(this, thresholds));
      problems.check(() => checkBaseUrl(this, 'runbookUrl', runbookUrl));
      checkNames(problems, 'exclude', exclude);
      checkNames(problems, 'pendingPeriods', Object.keys(pendingPeriods));
      for (const [alert, period] of Object.entries(pendingPeriods)) {
        problems.check(() => checkSeconds(this, `pendingPeriods.${alert}`, period, 1));
        const threshold = PENDING_THRESHOLDS[alert];
        if (threshold !== undefined) {
          problems.add(`'pendingPeriods' cannot set '${alert}', whose period is a threshold; set 'thresholds.${threshold}'`);
        }
      }
      checkNames(problems, 'severities', Object.keys(severities));
      for (const [alert, severity] of Object.entries(severities).filter(([, word]) => word.trim() === '')) {
        problems.add(`'severities' must not be empty, got '${severity}' for '${alert}'; list the alert in 'exclude' to leave it out`);
      }
      checkLabelNames(problems, 'labels', Object.keys(labels));
      for (const name of Object.keys(labels).filter(each => OWN_LABELS.includes(each))) {
        problems.add(`'labels' cannot set '${name}', which the library sets itself; leave it out`);
      }
      const twice = sources.find((source, index) => sources.indexOf(source) !== index);
      if (twice !== undefined) { problems.add(`'sources' must have each source once, got '${twice}' twice`); }
    });
  }
}

function checkNames(problems: Problems, prop: string, names: string[]): void {
  for (const name of names.filter(each => !ALERT_NAMES.includes(each))) {
    const advice = didYouMean(name, ALERT_NAMES, 'see docs/alerts.md for all of them');
    problems.add(`'${prop}' must have names of alerts, got '${name}'; ${advice}`);
  }
}
