import { LoginConfig } from './login-config';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';

/**
 * Options of a login by a proxy.
 */
export interface RemoteUserOptions {
  /**
   * A text that only the proxy and Airflow know. The proxy sends it in `secretHeader`. Without it, a request counts as a stranger's,
   * whatever user it names.
   */
  readonly secret: SecretKey;

  /**
   * The header with the secret.
   *
   * @default 'X-Airflow-Proxy-Secret'
   */
  readonly secretHeader?: string;

  /**
   * The header with the user name.
   *
   * @default 'X-Forwarded-User'
   */
  readonly userHeader?: string;

  /**
   * The header with the groups, with commas between them.
   *
   * @default 'X-Forwarded-Groups'
   */
  readonly groupsHeader?: string;

  /**
   * The header with the email address.
   *
   * @default 'X-Forwarded-Email'
   */
  readonly emailHeader?: string;

  /**
   * The roles of each group, for example `{ 'data-team': ['Op'] }`. A user gets the roles of all groups. Each login decides them anew.
   *
   * @default - no group has a role; `defaultRole` is required
   */
  readonly groups?: { readonly [group: string]: string[] };

  /**
   * The role of users who have no other role.
   *
   * @default - none: a user without a role may not log in
   */
  readonly defaultRole?: string;
}

/**
 * A login by a proxy in front of Airflow that authenticates users itself, for example oauth2-proxy.
 */
export class RemoteUser {
  /**
   * A proxy that sends the user and the groups in headers, and proves by a secret that it is the proxy.
   *
   * @throws when a header is invalid or has two purposes, or when nobody could log in
   */
  public static of(options: RemoteUserOptions): RemoteUser {
    checkMembers('RemoteUserOptions', options);
    return new RemoteUser(options);
  }

  private readonly headers: { readonly [prop: string]: string };

  private constructor(private readonly options: RemoteUserOptions) {
    this.headers = {
      secretHeader: options.secretHeader ?? 'X-Airflow-Proxy-Secret',
      userHeader: options.userHeader ?? 'X-Forwarded-User',
      groupsHeader: options.groupsHeader ?? 'X-Forwarded-Groups',
      emailHeader: options.emailHeader ?? 'X-Forwarded-Email',
    };
    gather(undefined, problems => {
      const seen = new Map<string, string>();
      for (const [prop, header] of Object.entries(this.headers)) {
        // A header with '_' could not be told from one with '-'.
        if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(header)) {
          problems.add(`'${prop}' must be the name of a header, of letters, digits and '-', got '${header}'`);
        }
        const other = seen.get(header.toLowerCase());
        // The address may serve as the user name.
        if (other !== undefined && !(other === 'userHeader' && prop === 'emailHeader')) {
          problems.add(`'${prop}' must be another header than '${other}', got '${header}' for both`);
        }
        seen.set(header.toLowerCase(), prop);
      }
    });
  }

  /**
   * @internal
   */
  public _bind(): LoginConfig {
    const { secret, groups = {}, defaultRole } = this.options;
    return {
      label: 'the proxy',
      groupRoles: { prop: 'groups', mapping: groups, defaultRole },
      settings: { type: 'remoteUser', ...this.headers, groups, defaultRole },
      parts: { env: [secret._variable('CDK8S_AIRFLOW_PROXY_SECRET')] },
    };
  }
}
