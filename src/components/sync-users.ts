import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { Accounts, UserAccount } from '../auth/fab-users';
import { PodParts } from '../core/answer';
import { Role } from '../core/needs';
import { SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';
import { canonical } from '../kubernetes/checksum';
import { secretFiles, SecretKey } from '../kubernetes/secret-key';

const PASSWORDS_PATH = '/etc/cdk8s-airflow-passwords';

/**
 * Options of the Job that keeps roles and users as they are declared.
 */
export interface SyncUsersOptions extends JobOptions {
  /**
   * A text of your choice, whose change runs the Job again. Change it after the value in a Secret has changed, so that the Job sets the
   * new password.
   *
   * @default '1'
   */
  readonly revision?: string;
}

/** Properties of `SyncUsers`. */
interface SyncUsersProps extends SyncUsersOptions {
  readonly airflow: IAirflow;
  readonly accounts: Accounts;
}

/**
 * A Job that keeps the roles and users of the FAB auth manager as `auth` declares them. It runs again when a role, a user or its pod
 * changes.
 *
 * The Job waits for the migration and for the permissions that the migration writes. It does nothing where everything is as declared. If
 * you go back to earlier roles and users, the earlier Job must have been pruned or deleted, because the new Job has the same name and
 * would not run.
 */
export class SyncUsers extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: SyncUsersProps): SyncUsers {
    return new SyncUsers(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: SyncUsersProps) {
    const { accounts: { mark, roles, users }, revision } = props;
    super(scope, id, props, Role.SYNC_USERS, () => ({
      args: ['python', `${SCRIPTS_PATH}/sync_users.py`, mark, ...roles.map(argument), ...users.map(user => argument(declared(user)))],
      env: [{ name: 'CDK8S_AIRFLOW_REVISION', value: revision ?? '1' }],
      parts: passwordFiles(users.flatMap(({ password }) => password ?? [])),
      waitFor: 'migration',
    }));
  }
}

/** A role or a user as JSON. */
function argument(of: object): string {
  // The escaped dollar sign keeps Kubernetes from replacing $(NAME) in an argument.
  return JSON.stringify(canonical(of)).replace(/\$/g, '\\u0024');
}

function declared({ username: user, roles, email, firstName, lastName, active, password }: UserAccount): object {
  return { user, roles, email, firstName, lastName, active, ...password && { password: `${PASSWORDS_PATH}/${fileOf(password)}` } };
}

function fileOf({ secretName, key }: SecretKey): string {
  return `${secretName}/${key}`;
}

/** The passwords as files. The pod starts without a Secret that is missing, because one user must not keep the others waiting. */
function passwordFiles(passwords: SecretKey[]): PodParts {
  if (passwords.length === 0) { return {}; }
  const files = new Map(passwords.map(password => [fileOf(password), password]));
  const sources = secretFiles(...[...files].map(([file, password]) => [password, file] as const));
  return {
    volumes: [
      { name: 'passwords', projected: { sources: sources.map(({ secret }) => ({ secret: { ...(secret as object), optional: true } })) } },
    ],
    mounts: [{ name: 'passwords', mountPath: PASSWORDS_PATH, readOnly: true }],
  };
}
