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
    return new PrometheusRule(options);
  }

  /**
   * A ConfigMap with one rules file for each group, for a Prometheus without the operator: mount it and list its files in `rule_files`.
   *
   * @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
   */
  public static configMap(options: AlertOutputOptions = {}): AlertOutput {
    checkMembers('AlertOutputOptions', options);
    return new RulesConfigMap(options);
  }

  /**
   * @internal
   */
  protected abstract readonly _kind: string;

  /**
   * @internal
   */
  protected constructor(
    /**
     * @internal
     */
    protected readonly _options: AlertOutputOptions,
  ) {}

  /**
   * Creates the object.
   *
   * @internal
   */
  public _create(request: OutputRequest): ApiObject {
    const { scope } = request;
    const { name, labels } = request.metadata(this._kind);
    gather(scope, problems => {
      problems.check(() => checkLabels(scope, 'output.labels', this._options.labels, labels));
      problems.check(() => checkAnnotations(scope, 'output.annotations', this._options.annotations));
    });
    const { annotations } = this._options;
    return this._object(request, { name, labels: { ...labels, ...this._options.labels }, ...annotations && { annotations } });
  }

  /**
   * @internal
   */
  protected abstract _object(request: OutputRequest, metadata: ApiObjectMetadata): ApiObject;
}

class PrometheusRule extends AlertOutput {
  protected readonly _kind = 'PrometheusRule';

  constructor(options: AlertOutputOptions) { super(options); }

  protected _object({ scope, groups }: OutputRequest, metadata: ApiObjectMetadata): ApiObject {
    return new ApiObject(scope, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1', kind: this._kind, metadata, spec: { groups: Lazy.any({ produce: groups }) },
    });
  }
}

class RulesConfigMap extends AlertOutput {
  protected readonly _kind = 'ConfigMap';

  constructor(options: AlertOutputOptions) { super(options); }

  protected _object({ scope, groups }: OutputRequest, metadata: ApiObjectMetadata): ApiObject {
    // JSON is YAML, and no text in it can be misread.
    const files = () =>
      Object.fromEntries(groups().map(group => [`${group.name}.yaml`, `${JSON.stringify({ groups: [group] }, undefined, 2)}\n`]));
    return new ApiObject(scope, 'Resource', { apiVersion: 'v1', kind: this._kind, metadata, data: Lazy.any({ produce: files }) });
  }
}
