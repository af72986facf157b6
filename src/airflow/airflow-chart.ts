import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct, IConstruct } from 'constructs';
import { Airflow } from './airflow';
import { AirflowProps } from './airflow-props';
import { checkMembers } from '../kubernetes/members';
import { checkLabels, failure } from '../kubernetes/validate';

/**
 * Properties of `AirflowChart`.
 */
export interface AirflowChartProps extends AirflowProps {
  /**
   * The name of an existing namespace.
   *
   * @default - the Chart creates the namespace `airflow`, which enforces the Pod Security level `restricted`
   */
  readonly namespace?: string;

  /**
   * Labels that every object of the Chart gets in addition to the library's own. For labels of pods, set `pods.labels`.
   *
   * @default - none
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * The option of every cdk8s Chart. It has no effect here, because no object name contains a hash of the construct path.
   *
   * @default false
   */
  readonly disableResourceNameHashes?: boolean;
}

/**
 * A Chart with one Airflow. `new AirflowChart(app, 'airflow')` synthesizes YAML that runs on any cluster without further options.
 */
export class AirflowChart extends Chart {
  /** The Airflow of this Chart. */
  public readonly airflow: Airflow;

  constructor(scope: Construct, id: string, props: AirflowChartProps = {}) {
    checkMembers('AirflowChartProps', props, scope, id);
    super(scope, id, {
      namespace: props.namespace ?? 'airflow',
      labels: props.labels,
      disableResourceNameHashes: props.disableResourceNameHashes,
    });
    this.airflow = new Airflow(this, 'airflow', props);
    checkLabels(this, 'labels', props.labels, this.airflow._labels);
    if (props.namespace === undefined) {
      const made = (node: IConstruct) => ApiObject.isApiObject(node) && node.kind === 'Namespace' && node.name === this.namespace;
      const other = this.node.root.node.findAll().find(made);
      if (other !== undefined) {
        throw failure(this, `'namespace' must be given, since '${Chart.of(other).node.path}' makes the namespace '${this.namespace}' `
          + 'already, and it is deleted with that YAML');
      }
      const namespace = new kplus.Namespace(this, 'namespace', {
        metadata: { name: this.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      });
      // The Chart sets `metadata.namespace` on every object, but a Namespace must not have one.
      ApiObject.of(namespace).addJsonPatch(JsonPatch.remove('/metadata/namespace'));
      this.airflow.node.addDependency(namespace);
    }
  }
}
