import { Chart } from 'cdk8s';
import { OperatorOptions } from './operator-options';
import { IAirflow } from '../instance/i-airflow';
import { OperatorRight } from '../instance/rbac';
import { PodSecurityLevel } from '../kubernetes/admission';
import { checkDnsLabel, failure } from '../kubernetes/validate';

/** The namespaces in which operators of tasks start pods, with their Pod Security levels. */
export class OperatorNamespaces {
  public readonly levels = new Map<string, PodSecurityLevel>();

  constructor(private readonly airflow: IAirflow) {}

  /**
   * @throws when the namespace is not a valid name, or when it already has another level
   */
  public allow(right: OperatorRight, options: OperatorOptions): void {
    const { airflow } = this;
    const own = Chart.of(airflow).namespace!;
    if (options.namespace !== undefined) { checkDnsLabel(airflow, 'namespace', options.namespace); }
    const { namespace = own } = options;
    const other = this.levels.get(namespace);
    const level = options.level ?? other;
    if (other !== undefined && other !== level) {
      throw failure(airflow, `'level' of the namespace '${namespace}' must be one, got '${level}' after '${other}'; `
        + 'leave one of them out');
    }
    if (level !== undefined) { this.levels.set(namespace, level); }
    airflow.rbac._allowOperator(right, namespace === own ? undefined : namespace);
  }
}
