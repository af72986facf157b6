import { LoginConfig } from './login-config';
import {
  EntraOAuthOptions,
  GithubOAuthOptions,
  GoogleOAuthOptions,
  KeycloakOAuthOptions,
  OidcOAuthOptions,
  OktaOAuthOptions,
} from './oauth-options';
import { entraLogin, githubLogin, googleLogin, keycloakLogin, oidcLogin, oktaLogin } from './oauth-providers';
import { checkMembers } from '../kubernetes/members';

/**
 * An identity provider that logs users in by OAuth 2 or OpenID Connect. Register the redirect URI of `airflow.notes` there.
 */
export abstract class OAuth {
  /**
   * Google accounts. The user name is the email address.
   *
   * @throws when nobody could log in, when everyone with a Google account could, or when a domain is invalid
   * @see https://console.cloud.google.com/auth/clients
   */
  public static google(options: GoogleOAuthOptions): OAuth {
    checkMembers('GoogleOAuthOptions', options);
    return new Provider(googleLogin(options));
  }

  /**
   * GitHub, or a GitHub Enterprise Server. Organizations and teams are the groups.
   *
   * @throws when nobody could log in, or when an organization, a group or the URL is invalid
   * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app
   */
  public static github(options: GithubOAuthOptions): OAuth {
    checkMembers('GithubOAuthOptions', options);
    return new Provider(githubLogin(options));
  }

  /**
   * Microsoft Entra ID. App roles, and the IDs of groups, are the groups.
   *
   * @throws when nobody could log in, or when the tenant or the URL is invalid
   * @see https://learn.microsoft.com/en-us/entra/identity-platform/quickstart-register-app
   */
  public static entra(options: EntraOAuthOptions): OAuth {
    checkMembers('EntraOAuthOptions', options);
    return new Provider(entraLogin(options));
  }

  /**
   * Okta. The claim `groups` has the groups.
   *
   * @throws when nobody could log in, or when the URL, a domain or the scopes are invalid
   * @see https://developer.okta.com/docs/guides/customize-tokens-groups-claim/main/
   */
  public static okta(options: OktaOAuthOptions): OAuth {
    checkMembers('OktaOAuthOptions', options);
    return new Provider(oktaLogin(options));
  }

  /**
   * A realm of Keycloak. The client needs a mapper of the type "Group Membership" with the claim `groups`.
   *
   * @throws when nobody could log in, or when the URL, the realm, a domain or the scopes are invalid
   * @see https://www.keycloak.org/docs/latest/server_admin/#_oidc_clients
   */
  public static keycloak(options: KeycloakOAuthOptions): OAuth {
    checkMembers('KeycloakOAuthOptions', options);
    return new Provider(keycloakLogin(options));
  }

  /**
   * Any other provider of OpenID Connect, for example Auth0, Authentik, Dex, GitLab or Zitadel.
   *
   * @throws when nobody could log in, or when the issuer, the name, a domain or the scopes are invalid
   * @see https://openid.net/specs/openid-connect-discovery-1_0.html
   */
  public static oidc(options: OidcOAuthOptions): OAuth {
    checkMembers('OidcOAuthOptions', options);
    return new Provider(oidcLogin(options));
  }

  /**
   * @internal
   */
  public abstract _bind(): LoginConfig;
}

class Provider extends OAuth {
  constructor(private readonly login: LoginConfig) {
    super();
  }

  public _bind(): LoginConfig {
    return this.login;
  }
}
