import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority } from '../kubernetes/tls';

/**
 * Options of every login with OAuth.
 */
export interface OAuthOptions {
  /** The client ID that the provider issued for this Airflow. */
  readonly clientId: SecretKey;

  /** The client secret that the provider issued for this Airflow. */
  readonly clientSecret: SecretKey;

  /**
   * The role of users who have no other role.
   *
   * @default - none: a user without a role may not log in
   */
  readonly defaultRole?: string;
}

/**
 * Options of a login with OAuth whose provider tells the groups of a user.
 */
export interface GroupOAuthOptions extends OAuthOptions {
  /**
   * The roles of each group, for example `{ 'data-team': ['Op'] }`. A user gets the roles of all groups. Each login decides them anew.
   *
   * @default - no group has a role; `defaultRole` is required
   */
  readonly groups?: { readonly [group: string]: string[] };
}

/**
 * Options of `OAuth.google`.
 */
export interface GoogleOAuthOptions extends OAuthOptions {
  /**
   * The roles of users by their email addresses, for example `{ 'jane@example.com': ['Admin'] }`. Google tells no groups.
   *
   * @default - no user has a role of their own; `defaultRole` is required
   */
  readonly users?: { readonly [email: string]: string[] };

  /**
   * The Google Workspace domains whose accounts may log in, for example `['example.com']`. Required with `defaultRole`.
   *
   * @default - every account in `users`
   */
  readonly allowedDomains?: string[];
}

/**
 * Options of `OAuth.github`.
 */
export interface GithubOAuthOptions extends GroupOAuthOptions {
  /** The organizations whose members may log in. `groups` names one of them, or a team: `acme` or `acme/data-team`. */
  readonly organizations: string[];

  /**
   * The URL of a GitHub Enterprise Server.
   *
   * @default 'https://github.com'
   */
  readonly url?: string;

  /**
   * The authority that signed the certificate of the server at `url`.
   *
   * @default - the public authorities
   */
  readonly ca?: CertificateAuthority;
}

/**
 * Options of `OAuth.entra`.
 */
export interface EntraOAuthOptions extends GroupOAuthOptions {
  /** The ID of the tenant, or one of its domains. The common endpoints of all tenants are not allowed. */
  readonly tenant: string;

  /**
   * The URL of the authority, for a national cloud.
   *
   * @default 'https://login.microsoftonline.com'
   */
  readonly url?: string;
}

/**
 * Options of a login with OpenID Connect.
 */
export interface OidcClaimOptions extends GroupOAuthOptions {
  /**
   * The domains of email addresses that may log in. The provider must have verified the address.
   *
   * @default - all domains
   */
  readonly allowedDomains?: string[];

  /**
   * The claim with the groups. Dots lead into a claim: `realm_access.roles`.
   *
   * @default 'groups'
   */
  readonly groupsClaim?: string;

  /**
   * The claim with the user name.
   *
   * @default 'preferred_username'
   */
  readonly usernameClaim?: string;

  /**
   * The scopes that the login asks for.
   *
   * @default - `openid`, `profile` and `email`; for an Okta without an authorization server of its own also `groups`
   */
  readonly scopes?: string[];
}

/**
 * Options of `OAuth.okta`.
 */
export interface OktaOAuthOptions extends OidcClaimOptions {
  /** The URL of the authorization server: `https://acme.okta.com`, or `https://acme.okta.com/oauth2/default`. */
  readonly url: string;
}

/**
 * Options of a provider that you run yourself.
 */
export interface PrivateOidcOptions extends OidcClaimOptions {
  /**
   * The URL at which pods read the metadata of the provider, if they can't reach the public one. It may be an `http` URL in the cluster.
   *
   * @default - the well-known path of the provider
   */
  readonly metadataUrl?: string;

  /**
   * The authority that signed the provider's certificate.
   *
   * @default - the public authorities
   */
  readonly ca?: CertificateAuthority;
}

/**
 * Options of `OAuth.keycloak`.
 */
export interface KeycloakOAuthOptions extends PrivateOidcOptions {
  /** The URL of Keycloak, for example `https://keycloak.example.com`, without `/realms`. */
  readonly url: string;

  /** The name of the realm. */
  readonly realm: string;
}

/**
 * Options of `OAuth.oidc`.
 */
export interface OidcOAuthOptions extends PrivateOidcOptions {
  /** The issuer: the URL below which `/.well-known/openid-configuration` is. */
  readonly issuer: string;

  /**
   * The name of the provider on the login page and in the redirect URI: lowercase letters, digits and dashes.
   *
   * @default 'oidc'
   */
  readonly name?: string;
}
