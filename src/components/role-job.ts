import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJobTemplate, AirflowJobRequest, hashedJob, jobLabels, JobOptions } from './job';
import { Role } from '../core/needs';
import { enlist } from '../instance/enlist';
import { IAirflow } from '../instance/i-airflow';
import { SelectablePods } from '../kubernetes/selectable-pods';

/** The Jobs that run during maintenance, because the migration needs them. */
const RUNS_IN_MAINTENANCE: Role[] = [Role.BOOTSTRAP_SECRETS, Role.MIGRATION];

/**
 * A Job that runs the Airflow image once in a role, and its service account.
 *
 * @internal
 */
export abstract class RoleJob extends SelectablePods {
  /** The Job object, for patches. */
  public readonly workload: ApiObject;
  /** The service account of the pod. */
  public readonly serviceAccount: kplus.IServiceAccount;

  protected constructor(
    scope: Construct, id: string, props: JobOptions & { readonly airflow: IAirflow }, role: Role,
    request: (job: Construct) => AirflowJobRequest,
  ) {
    super(scope, id, jobLabels(props.airflow, id));
    const { airflow } = props;
    const { template, serviceAccount, labels } = airflowJobTemplate(this, airflow, role, request(this), props);
    this.serviceAccount = serviceAccount;
    this.workload = hashedJob(this, airflow, template, labels, props, airflow.maintenance && !RUNS_IN_MAINTENANCE.includes(role));
    enlist(airflow, this, { role, podLabels: this.podLabels, object: this.workload, serviceAccounts: () => [props.serviceAccount] });
  }
}
