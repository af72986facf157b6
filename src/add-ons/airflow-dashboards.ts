import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { dashboardNames, DashboardFacts, fillIn } from './dashboard-template';
import { checkSelection, metricNames, MetricSelection, MetricsSource, sourcesOf } from './metric-selection';
import { shortened } from '../core/names';
import { IAirflow, instanceOf } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { didYouMean } from '../kubernetes/nearest';
import { gather } from '../kubernetes/problems';
import { checkAnnotations, checkLabels } from '../kubernetes/validate';

/**
 * Properties of `AirflowDashboards`.
 */
export interface AirflowDashboardsProps extends MetricSelection {
  /** The Airflow that the dashboards show. */
  readonly airflow: IAirflow;

  /**
   * What Prometheus scrapes beside Airflow. Panels of anything else are left out.
   *
   * @default - kube-state-metrics, the kubelet, and what pods of the Airflow serve themselves
   */
  readonly sources?: MetricsSource[];

  /**
   * Names of dashboards that are left out: `overview`, `dags`, `scheduler`, `tasks` or `database`.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * The folder in Grafana, as the value of the annotation `grafana_folder`. The sidecar of Grafana reads it if it has `FOLDER_ANNOTATION`.
   *
   * @default 'Airflow'
   */
  readonly folder?: string;

  /**
   * Labels of the ConfigMaps, by which the sidecar of Grafana finds them.
   *
   * @default - `grafana_dashboard: '1'`
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * More annotations of the ConfigMaps.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

const FOLDER = 'grafana_folder';
/** The longest `uid` of a dashboard. */
const LONGEST_UID = 40;

/**
 * Dashboards for Grafana: one ConfigMap for each, which the sidecar of Grafana's Helm chart picks up.
 *
 * Each panel reads metrics that the version of Airflow and the choice of `telemetry.metrics` really have. The other panels are left out.
 *
 * @see https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
 */
export class AirflowDashboards extends Construct {
  private readonly props: AirflowDashboardsProps;

  /**
   * @throws when the Airflow sends no metrics that Prometheus knows the names of, or when a prop is not valid
   */
  constructor(scope: Construct, id: string, props: AirflowDashboardsProps) {
    checkMembers('AirflowDashboardsProps', props, scope, id);
    super(scope, id);
    this.props = props;
    const { airflow, exclude = [], folder = 'Airflow', labels = { grafana_dashboard: '1' }, annotations } = props;
    this.check();
    for (const board of dashboardNames().filter(name => !exclude.includes(name))) {
      const { labels: own, name } = airflow.objectMetadata(this, 'ConfigMap', `dashboard-${board}`);
      const file = `${instanceOf(airflow)}-${board}.json`;
      new ApiObject(this, board, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { ...own, ...labels }, annotations: { [FOLDER]: folder, ...annotations } },
        // The workloads that exist at synthesis decide the panels.
        data: {
          [file]: Lazy.any({ produce: () => `${JSON.stringify(fillIn(board, this.facts(board)), undefined, 1)}\n` }) as string,
        },
      });
    }
  }

  private facts(board: string): DashboardFacts {
    const { airflow, sources } = this.props;
    const instance = instanceOf(airflow);
    const has = sourcesOf(airflow, sources);
    return {
      uid: shortened(`${instance}-${board}`, LONGEST_UID),
      title: title => `${title} (${instance})`,
      names: metricNames(airflow, this.props, '$namespace'),
      namespace: Chart.of(airflow).namespace!,
      has: word => has(word as MetricsSource) || airflow.workloads.some(({ role }) => role === word),
    };
  }

  /** Throws all mistakes at once. */
  private check(): void {
    const { airflow, exclude = [], folder, labels, annotations } = this.props;
    gather(this, problems => {
      problems.check(() => checkSelection(this, airflow, this.props));
      const { labels: own } = airflow.objectMetadata(this, 'ConfigMap', 'dashboard');
      problems.check(() => checkLabels(this, 'labels', labels, own));
      problems.check(() => checkAnnotations(this, 'annotations', annotations, { [FOLDER]: '' }, "set 'folder'"));
      if (labels !== undefined && Object.keys(labels).length === 0) {
        problems.add("'labels' must have a label, by which the sidecar of Grafana finds the dashboards, got none; "
          + 'leave it out for grafana_dashboard=1');
      }
      if (folder?.trim() === '') { problems.add(`'folder' must not be empty, got '${folder}'; leave it out for 'Airflow'`); }
      const all = dashboardNames();
      for (const name of exclude.filter(each => !all.includes(each))) {
        const advice = didYouMean(name, all, `there are ${all.join(', ')}`);
        problems.add(`'exclude' must have names of dashboards, got '${name}'; ${advice}`);
      }
      if (all.every(name => exclude.includes(name))) { problems.add("'exclude' must leave a dashboard; leave out the construct instead"); }
    });
  }
}
