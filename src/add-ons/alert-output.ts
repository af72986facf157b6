import { ApiObject, ApiObjectMetadata, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkAnnotations, checkLabels } from '../kubernetes/validate';

/** A rule as Prometheus reads it. */
export interface RenderedRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}

/** A group of rules as Prometheus reads it. */
export interface RenderedGroup {
  readonly name: string;
  readonly rules: RenderedRule[];
}

/** The place of the rules. */
export interface OutputRequest {
  readonly scope: Construct;
  readonly metadata: (kind: string) => ApiObjectMetadata;
  /** The groups at the time of synthesis. */
  readonly groups: () => RenderedGroup[];
}

/**
 * Options of an object with alerts.
 */
export interface AlertOutputOptions {
  /**
   * Labels of the object, by which Prometheus may select it, for example `{ release: 'kube-prometheus-stack' }`.
   *
   * @default - the labels of the instance alone
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * Annotations of the object.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/**
 * The object in which alerts reach Prometheus.
 */
export abstract class AlertOutput {
  /**
   * A PrometheusRule, which the Prometheus Operator and compatible servers read.
   *
   * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
   */
  public static prometheusRule(options: AlertOutputOptions = {}): AlertOutput {
    checkMembers('AlertOutputOptions', options);
    return new Output('monitoring.coreos.com/v1', 'PrometheusRule', options, groups => ({
      spec: { groups: Lazy.any({ produce: groups }) },
    }));
  }

  /**
   * A ConfigMap with one rules file for each group, for a Prometheus without the operator: mount it and list its files in `rule_files`.
   *
   * @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
   */
  public static configMap(options: AlertOutputOptions = {}): AlertOutput {
    checkMembers('AlertOutputOptions', options);
    return new Output('v1', 'ConfigMap', options, groups => ({ data: Lazy.any({ produce: () => filesOf(groups()) }) }));
  }

  /**
   * Creates the object.
   *
   * @internal
   */
  public abstract _create(request: OutputRequest): ApiObject;
}

/** An object of a kind, with the function that puts the groups into it. */
class Output extends AlertOutput {
  constructor(
    private readonly apiVersion: string,
    private readonly kind: string,
    private readonly options: AlertOutputOptions,
    private readonly content: (groups: OutputRequest['groups']) => object,
  ) {
    super();
  }

  public _create({ scope, metadata, groups }: OutputRequest): ApiObject {
    const { apiVersion, kind, options } = this;
    const { name, labels } = metadata(kind);
    gather(scope, problems => {
      problems.check(() => checkLabels(scope, 'output.labels', options.labels, labels));
      problems.check(() => checkAnnotations(scope, 'output.annotations', options.annotations));
    });
    return new ApiObject(scope, 'Resource', {
      apiVersion,
      kind,
      metadata: { name, labels: { ...labels, ...options.labels }, ...options.annotations && { annotations: options.annotations } },
      ...this.content(groups),
    });
  }
}

/** One file for each group. JSON is YAML, and no text in it can be misread. */
function filesOf(groups: RenderedGroup[]): { [name: string]: string } {
  return Object.fromEntries(groups.map(group => [`${group.name}.yaml`, `${JSON.stringify({ groups: [group] }, undefined, 2)}\n`]));
}
