import { LoginConfig } from './login-config';
import { endpointAt } from '../core/endpoints';
import { tlsFiles } from '../core/tls-files';
import { checkMembers } from '../kubernetes/members';
import { gather, Problems } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority } from '../kubernetes/tls';
import { withoutLogin } from '../kubernetes/validate';

const DN = /^\s*[\w.-]+\s*=([^,\\]|\\.)+(,\s*[\w.-]+\s*=([^,\\]|\\.)+)*$/;
const ATTRIBUTE = /^[A-Za-z][\w-]*$/;
/** Hosts that only the cluster or the machine itself resolves. */
const PRIVATE_HOST = /^(localhost|127\.0\.0\.1|[^.]+|.+\.(svc|svc\.cluster\.local))$/;

/**
 * Options of a login with LDAP.
 */
export interface LdapOptions {
  /** The URL of the server: `ldaps://ldap.example.com`, or `ldap://ldap.example.com` with `startTls`. */
  readonly url: string;

  /** The DN of the account that searches for users. */
  readonly bindDn: string;

  /** The password of the account that searches for users. */
  readonly bindPassword: SecretKey;

  /** The DN below which the users are. */
  readonly userBase: string;

  /**
   * A filter that users must match, for example `(objectClass=person)`.
   *
   * @default - every entry with the user name
   */
  readonly userFilter?: string;

  /**
   * The attribute that holds the user name. `sAMAccountName` in Active Directory.
   *
   * @default 'uid'
   */
  readonly usernameAttribute?: string;

  /**
   * The roles of each group by its DN, for example `{ 'cn=data,ou=groups,dc=example,dc=com': ['Op'] }`. A user gets the roles of all
   * groups. Each login decides them anew.
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

  /**
   * The attribute of a user that holds the DNs of the groups. Excludes `groupBase`.
   *
   * @default 'memberOf'
   */
  readonly groupAttribute?: string;

  /**
   * The DN below which the groups are, for a server that does not write the groups of a user into the user's entry. Groups of the classes
   * `groupOfNames`, `groupOfUniqueNames` and `posixGroup` are found.
   *
   * @default - the attribute `groupAttribute` tells the groups
   */
  readonly groupBase?: string;

  /**
   * Whether a user also has the groups in which the user's groups are. Only Active Directory can do so. Requires `groupBase`.
   *
   * @default false
   */
  readonly nestedGroups?: boolean;

  /**
   * Whether a connection to an `ldap://` URL begins TLS (StartTLS).
   *
   * @default false
   */
  readonly startTls?: boolean;

  /**
   * The authority that signed the server's certificate.
   *
   * @default - the public authorities that the image trusts
   */
  readonly ca?: CertificateAuthority;
}

/**
 * A login with users and passwords of an LDAP server, for example OpenLDAP or Active Directory.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-fab/stable/auth-manager/webserver-authentication.html
 */
export class Ldap {
  /**
   * An LDAP server that an account with a password searches.
   *
   * @throws when a URL, DN, filter or attribute is invalid, when nobody could log in, or when passwords would travel without TLS
   */
  public static of(options: LdapOptions): Ldap {
    checkMembers('LdapOptions', options);
    return new Ldap(options);
  }

  private constructor(private readonly options: LdapOptions) {
    gather(undefined, problems => {
      checkServer(problems, options);
      checkNames(problems, options);
    });
  }

  /**
   * @internal
   */
  public _bind(): LoginConfig {
    const { url, bindDn, bindPassword, userBase, userFilter, groups = {}, defaultRole, groupBase, nestedGroups, ca } = this.options;
    const { startTls = false, usernameAttribute = 'uid', groupAttribute = 'memberOf' } = this.options;
    const tls = startTls || url.startsWith('ldaps:');
    const files = tlsFiles('login-tls', { ca });
    const peer = { ...endpointAt('login', 'LDAP', url), purpose: 'login' };
    return {
      label: 'LDAP',
      groupRoles: { prop: 'groups', mapping: groups, defaultRole },
      settings: {
        type: 'ldap',
        url,
        startTls,
        tls,
        ...tls && { ca: files.ca },
        bindDn,
        userBase,
        userFilter,
        usernameAttribute,
        groupAttribute,
        groupBase,
        nestedGroups,
        groups,
        defaultRole,
      },
      parts: { ...files.parts, env: [bindPassword._variable('CDK8S_AIRFLOW_LDAP_PASSWORD')], peers: () => [peer] },
    };
  }
}

function checkServer(problems: Problems, { url, startTls, ca }: LdapOptions): void {
  const match = /^(ldaps?):\/\/([^\s/:@?#]+|\[[\da-f:]+\])(:\d+)?\/?$/i.exec(url);
  if (match === null) {
    problems.add(
      `'url' must be like ldaps://ldap.example.com or ldap://ldap.example.com:389, got '${withoutLogin(url)}'`,
    );
    return;
  }
  const plain = match[1] === 'ldap' && startTls !== true;
  if (plain && !PRIVATE_HOST.test(match[2])) {
    problems.add(`'url' must begin with ldaps://, or have 'startTls', because passwords could be read on their way, got '${url}'; `
      + 'only a host of the cluster may do without');
  }
  if (match[1] === 'ldaps' && startTls === true) {
    problems.add(`'startTls' is for ldap://, but 'url' is '${url}', which begins with TLS already; leave one of them out`);
  }
  if (plain && ca !== undefined) { problems.add(`'ca' is for TLS, but '${url}' has none; set 'startTls', or begin 'url' with ldaps://`); }
}

function checkNames(problems: Problems, options: LdapOptions): void {
  const { bindDn, userBase, groupBase, groups = {}, userFilter, usernameAttribute, groupAttribute, nestedGroups } = options;
  const dns: [string, string | undefined][] = [
    ['userBase', userBase],
    ['groupBase', groupBase],
    ...Object.keys(groups).map(name => ['groups', name] as [string, string]),
  ];
  for (const [prop, dn] of dns) {
    if (dn !== undefined && !DN.test(dn)) {
      problems.add(`'${prop}' must have DNs like cn=data,ou=groups,dc=example,dc=com, got '${dn}'`);
    }
  }
  // Active Directory also takes `user@example.com` and `DOMAIN\user`.
  if (!DN.test(bindDn) && !/^[^\s@]+@[^\s@]+$|^[^\s\\]+\\[^\s\\]+$/.test(bindDn)) {
    problems.add(
      `'bindDn' must be a DN like cn=airflow,dc=example,dc=com, or a user of Active Directory like airflow@example.com, got '${bindDn}'`,
    );
  }
  if (userFilter !== undefined && !isFilter(userFilter)) {
    problems.add(
      `'userFilter' must begin with '(', end with ')' and close every parenthesis, like (objectClass=person), got '${userFilter}'`,
    );
  }
  for (const [prop, attribute] of Object.entries({ usernameAttribute, groupAttribute })) {
    if (attribute !== undefined && !ATTRIBUTE.test(attribute)) {
      problems.add(`'${prop}' must be the name of an attribute, got '${attribute}'`);
    }
  }
  if (groupBase !== undefined && groupAttribute !== undefined) {
    problems.add(
      "'groupBase' excludes 'groupAttribute', because the groups are either found there or told by the user's entry; "
        + 'leave one of them out',
    );
  }
  if (nestedGroups === true && groupBase === undefined) {
    problems.add("'nestedGroups' needs 'groupBase', below which the groups are, got none; set it");
  }
}

function isFilter(text: string): boolean {
  let depth = 0;
  for (const letter of text.replace(/\\[\da-f]{2}/gi, '')) {
    if (letter === '(') { depth++; }
    if (letter === ')') { depth--; }
    if (depth < 0) { return false; }
  }
  return depth === 0 && text.startsWith('(') && text.endsWith(')');
}
