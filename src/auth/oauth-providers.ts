import { GroupRoles } from './group-roles';
import { LoginConfig } from './login-config';
import {
  EntraOAuthOptions,
  GithubOAuthOptions,
  GoogleOAuthOptions,
  KeycloakOAuthOptions,
  OAuthOptions,
  OidcClaimOptions,
  OidcOAuthOptions,
  OktaOAuthOptions,
  PrivateOidcOptions,
} from './oauth-options';
import { Peer, endpointAt } from '../core/endpoints';
import { tlsFiles } from '../core/tls-files';
import { gather, Problems } from '../kubernetes/problems';
import { CertificateAuthority } from '../kubernetes/tls';
import { isUrl, withoutLogin } from '../kubernetes/validate';

const SCOPES = ['openid', 'profile', 'email'];
const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i;
/** Hosts that only the cluster or the machine itself resolves. */
const PRIVATE_HOST = /^(localhost|127\.0\.0\.1|\[::1\]|[^.]+|.+\.(svc|svc\.cluster\.local|local|internal))$/;

/** What the providers differ in. */
interface ProviderFacts {
  readonly kind: string;
  readonly name?: string;
  readonly label: string;
  readonly icon: string;
  readonly scopes: readonly string[];
  /** The URLs for Authlib. */
  readonly client: { readonly [name: string]: string };
  /** The servers that the pods talk to, if the client's URLs do not name them. */
  readonly servers?: readonly string[];
  readonly ca?: CertificateAuthority;
  readonly groupRoles: GroupRoles;
  readonly more?: object;
}

function login({ clientId, clientSecret, defaultRole }: OAuthOptions, facts: ProviderFacts): LoginConfig {
  const { kind, name = kind, label, icon, scopes, client, servers = Object.values(client), ca, groupRoles, more } = facts;
  const tls = ca && tlsFiles('login-tls', { ca });
  const peers: Peer[] = [
    ...new Map(
      servers.map(url => endpointAt('login', label, url)).map(endpoint => [endpoint.id, { ...endpoint, purpose: 'login' }]),
    ).values(),
  ];
  return {
    label,
    redirectName: name,
    groupRoles,
    settings: {
      type: 'oauth',
      kind,
      name,
      icon,
      scope: scopes.join(' '),
      client,
      groups: groupRoles.mapping,
      defaultRole,
      ...tls && { ca: tls.ca },
      ...more,
    },
    parts: {
      ...tls?.parts,
      env: [clientId._variable('CDK8S_AIRFLOW_OAUTH_CLIENT_ID'), clientSecret._variable('CDK8S_AIRFLOW_OAUTH_CLIENT_SECRET')],
      peers: () => peers,
    },
  };
}

/** Google accounts. */
export function googleLogin(options: GoogleOAuthOptions): LoginConfig {
  const { users = {}, defaultRole, allowedDomains } = options;
  gather(undefined, problems => {
    checkDomains(problems, allowedDomains);
    if (defaultRole !== undefined && allowedDomains === undefined) {
      problems.add(`'defaultRole' would give everyone with a Google account the role '${defaultRole}'; set 'allowedDomains'`);
    }
    for (const email of Object.keys(users).filter(address => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address))) {
      problems.add(`'users' must have email addresses, got '${email}'; Google tells no groups`);
    }
  });
  return login(options, {
    kind: 'google',
    label: 'Google',
    icon: 'fa-google',
    scopes: SCOPES,
    client: { server_metadata_url: 'https://accounts.google.com/.well-known/openid-configuration' },
    servers: ['https://accounts.google.com', 'https://oauth2.googleapis.com', 'https://www.googleapis.com'],
    groupRoles: { prop: 'users', mapping: users, defaultRole },
    more: { ignoresCase: true, asksUserinfo: false, allowedDomains },
  });
}

/** GitHub. */
export function githubLogin(options: GithubOAuthOptions): LoginConfig {
  const { organizations, groups = {}, defaultRole, ca } = options;
  const url = (options.url ?? 'https://github.com').replace(/\/$/, '');
  gather(undefined, problems => {
    checkProviderUrl(problems, 'url', url, 'https://github.example.com', /^https?:\/\/[^/]+$/);
    if (organizations.length === 0) {
      problems.add("'organizations' must name at least one organization, got none, so nobody could log in");
    }
    for (const name of organizations.filter(organization => !isGithubName(organization))) {
      problems.add(`'organizations' must have names of organizations, of letters, digits and single dashes, got '${name}'`);
    }
    const known = organizations.map(organization => organization.toLowerCase());
    for (const group of Object.keys(groups).filter(
      name => !known.includes(name.split('/')[0].toLowerCase()) || !/^[^/]+(\/[\w.-]+)?$/.test(name),
    )) {
      problems.add(
        `'groups' must have an organization of 'organizations', or one of its teams, like '${organizations[0] ?? 'acme'}/data-team', `
          + `got '${group}'`,
      );
    }
    if (ca !== undefined && options.url === undefined) {
      problems.add("'ca' is for the server at 'url', but that is not set; leave one of them out, or set both");
    }
  });
  const api = url === 'https://github.com' ? 'https://api.github.com/' : `${url}/api/v3/`;
  return login(options, {
    kind: 'github',
    label: 'GitHub',
    icon: 'fa-github',
    // The teams of an organization, and the email addresses if they are private.
    scopes: ['read:user', 'user:email', 'read:org'],
    client: { api_base_url: api, access_token_url: `${url}/login/oauth/access_token`, authorize_url: `${url}/login/oauth/authorize` },
    ca,
    groupRoles: { prop: 'groups', mapping: groups, defaultRole },
    more: { ignoresCase: true, organizations },
  });
}

function isGithubName(name: string): boolean {
  return /^[a-z\d](-?[a-z\d_])*$/i.test(name) && name.length <= 39;
}

/** Microsoft Entra ID. */
export function entraLogin(options: EntraOAuthOptions): LoginConfig {
  const { tenant, groups = {}, defaultRole } = options;
  const url = (options.url ?? 'https://login.microsoftonline.com').replace(/\/$/, '');
  gather(undefined, problems => {
    checkProviderUrl(problems, 'url', url, 'https://login.microsoftonline.us', /^https:\/\/[^/]+$/);
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(tenant) && !DOMAIN.test(tenant)) {
      problems.add("'tenant' must be the ID of one tenant or one of its domains, like acme.onmicrosoft.com, "
        + `got '${tenant}'${['common', 'organizations', 'consumers'].includes(tenant) ? ', which lets users of other tenants in' : ''}`);
    }
  });
  return login(options, {
    kind: 'entra',
    label: 'Entra ID',
    icon: 'fa-windows',
    scopes: SCOPES,
    client: { server_metadata_url: `${url}/${tenant}/v2.0/.well-known/openid-configuration` },
    groupRoles: { prop: 'groups', mapping: groups, defaultRole },
    more: { tenant, asksUserinfo: false },
  });
}

/** Okta. */
export function oktaLogin(options: OktaOAuthOptions): LoginConfig {
  const url = options.url.replace(/\/$/, '');
  gather(undefined, problems => {
    checkProviderUrl(
      problems,
      'url',
      url,
      'https://acme.okta.com or https://acme.okta.com/oauth2/default',
      /^https:\/\/[^/]+(\/oauth2\/[^/]+)?$/,
    );
    checkClaims(problems, options);
  });
  // An authorization server of its own refuses scopes that it does not define. `groups` is only among those of Okta itself.
  const scopes = /\/oauth2\//.test(url) ? SCOPES : [...SCOPES, 'groups'];
  return claimLogin(options, { kind: 'okta', label: 'Okta', icon: 'fa-circle-o', issuer: url, scopes });
}

/** A realm of Keycloak. */
export function keycloakLogin(options: KeycloakOAuthOptions): LoginConfig {
  const url = options.url.replace(/\/$/, '');
  gather(undefined, problems => {
    checkProviderUrl(problems, 'url', url, "https://keycloak.example.com, without '/realms'", /^(?!.*\/realms(\/|$))/);
    if (options.realm.trim() === '' || /[/?#]/.test(options.realm)) {
      problems.add(`'realm' must be the name of a realm, got '${options.realm}'`);
    }
    checkPrivate(problems, options);
    checkClaims(problems, options);
  });
  return claimLogin(options, {
    kind: 'keycloak',
    label: 'Keycloak',
    icon: 'fa-key',
    issuer: `${url}/realms/${encodeURIComponent(options.realm)}`,
    ...options,
  });
}

/** Any provider of OpenID Connect. */
export function oidcLogin(options: OidcOAuthOptions): LoginConfig {
  const { name = 'oidc', issuer } = options;
  gather(undefined, problems => {
    checkProviderUrl(problems, 'issuer', issuer, "https://login.example.com, without '/.well-known'", /^(?!.*\/\.well-known)/);
    if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
      problems.add(
        `'name' must be at most 32 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got '${name}'`,
      );
    }
    checkPrivate(problems, options);
    checkClaims(problems, options);
  });
  return claimLogin(options, { kind: 'oidc', label: name, icon: 'fa-key', ...options, name, issuer: issuer.replace(/\/$/, '') });
}

interface ClaimFacts extends Pick<PrivateOidcOptions, 'metadataUrl' | 'ca' | 'scopes'> {
  readonly kind: string;
  readonly name?: string;
  readonly label: string;
  readonly icon: string;
  readonly issuer: string;
}

function claimLogin(options: OidcClaimOptions, { kind, name, label, icon, issuer, metadataUrl, ca, scopes }: ClaimFacts): LoginConfig {
  const { groups = {}, defaultRole, allowedDomains, groupsClaim, usernameClaim } = options;
  const metadata = metadataUrl ?? `${issuer}/.well-known/openid-configuration`;
  return login(options, {
    kind,
    name,
    label,
    icon,
    scopes: options.scopes ?? scopes ?? SCOPES,
    client: { server_metadata_url: metadata },
    servers: [metadata, issuer],
    ca,
    groupRoles: { prop: 'groups', mapping: groups, defaultRole },
    // Some providers leave claims out of the ID token that the userinfo endpoint tells.
    more: { asksUserinfo: true, allowedDomains, groupsClaim, usernameClaim },
  });
}

function checkClaims(problems: Problems, { scopes, allowedDomains, groupsClaim, usernameClaim }: OidcClaimOptions): void {
  checkDomains(problems, allowedDomains);
  if (scopes !== undefined && !scopes.includes('openid')) {
    problems.add(`'scopes' must contain 'openid', without which the provider sends no signed claims, got '${scopes.join(' ')}'`);
  }
  for (const [prop, claim] of Object.entries({ groupsClaim, usernameClaim })) {
    if (claim?.trim() === '') { problems.add(`'${prop}' must be the name of a claim, got '${claim}'; leave it out for the default`); }
  }
}

function checkPrivate(problems: Problems, { metadataUrl }: PrivateOidcOptions): void {
  if (metadataUrl !== undefined) {
    checkProviderUrl(problems, 'metadataUrl', metadataUrl, 'https://keycloak.example.com/realms/main/.well-known/openid-configuration');
  }
}

function checkDomains(problems: Problems, domains: readonly string[] | undefined): void {
  if (domains?.length === 0) { problems.add("'allowedDomains' must name at least one domain, got none; leave it out for all domains"); }
  for (const domain of (domains ?? []).filter(name => !DOMAIN.test(name))) {
    problems.add(`'allowedDomains' must have domains like example.com, got '${domain}'`);
  }
}

/** Adds a mistake unless the URL is one of `https`. A host that only the cluster knows may have `http`. */
function checkProviderUrl(problems: Problems, prop: string, url: string, like: string, pattern = /^/): void {
  if (!isUrl(url) || !pattern.test(url) || /[?#]/.test(url)) {
    problems.add(`'${prop}' must be like ${like}, got '${withoutLogin(url)}'`);
  } else if (url.startsWith('http:') && !PRIVATE_HOST.test(new URL(url).hostname)) {
    problems.add(`'${prop}' must begin with https://, because a login over http can be read on its way, got '${url}'; `
      + 'only a host of the cluster may have http');
  }
}
