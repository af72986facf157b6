import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJob, jobLabels, JobOptions } from './job';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { SecretKey } from '../kubernetes/secret-key';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { failure } from '../kubernetes/validate';

/**
 * Properties of `CreateUser`.
 */
export interface CreateUserProps extends JobOptions {
  /** The Airflow that gets the user. */
  readonly airflow: IAirflow;

  /** The user name for the login. */
  readonly username: string;

  /** The password. */
  readonly password: SecretKey;

  /**
   * The name of the user's role in the FAB auth manager (Flask AppBuilder).
   *
   * @default 'Admin'
   */
  readonly role?: string;

  /**
   * The e-mail address. It must be unique among the users.
   *
   * @default - `<username>@example.com`
   */
  readonly email?: string;

  /**
   * The first name.
   *
   * @default - the username
   */
  readonly firstName?: string;

  /**
   * The last name.
   *
   * @default 'User'
   */
  readonly lastName?: string;
}

/**
 * A Job that creates a user of the FAB auth manager. It does nothing if a user with that name exists.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-fab/stable/cli-ref.html
 */
export class CreateUser extends SelectablePods {
  /** The Job object, for patches. */
  public readonly workload: ApiObject;
  /** The service account of the pod. */
  public readonly serviceAccount: kplus.IServiceAccount;

  /**
   * @throws when a text is empty or contains `$(`, or when the auth manager stores no users
   */
  constructor(scope: Construct, id: string, props: CreateUserProps) {
    checkMembers('CreateUserProps', props, scope, id);
    super(scope, id, jobLabels(props.airflow, id));
    this.check(props);
    const { workload, serviceAccount } = airflowJob(this, props.airflow, Role.CREATE_USER, {
      // The shell reads the password from a variable, so that it is not among the arguments in the YAML.
      args: ['bash', '-c', 'exec airflow users create --username "$1" --role "$2" --email "$3" --firstname "$4" --lastname "$5" --password "$USER_PASSWORD"', '--',
        props.username, props.role ?? 'Admin', props.email ?? `${props.username}@example.com`, props.firstName ?? props.username, props.lastName ?? 'User'],
      env: [props.password._variable('USER_PASSWORD')],
      waitFor: 'migration',
    }, props);
    this.workload = workload;
    this.serviceAccount = serviceAccount;
  }

  private check({ airflow, username, role, email, firstName, lastName }: CreateUserProps): void {
    if (!airflow._instance.auth.keepsUsers) {
      throw failure(this, "'airflow' has an auth manager that keeps no users, so that the Job would fail for ever; use Auth.fab()");
    }
    for (const [prop, text] of Object.entries({ username, role, email, firstName, lastName })) {
      // Kubernetes would replace $(NAME) with the value of a variable.
      const needed = ['username', 'role', 'email'].includes(prop);
      if (text !== undefined && ((needed && text.trim() === '') || text.includes('$('))) {
        throw failure(this, `'${prop}' must be a text ${needed ? 'that is not empty and' : 'that'} has no '$(' in it, got '${text}'`);
      }
    }
  }
}
