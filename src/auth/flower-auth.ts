import { Construct } from 'constructs';
import { BaseUrl } from '../core/base-url';
import { BindContext } from '../core/bind-context';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

const PASSWORD = 'BASIC_AUTH_PASSWORD';
/** Hosts for which providers accept http. */
const LOCAL = ['localhost', '127.0.0.1', '::1'];

/** The login of Flower, as environment variables that Flower reads. */
export interface FlowerAuthConfig {
  readonly env: EnvVar[];
  /** Whether everyone may see everything. */
  readonly isOpen?: boolean;
  /** The user whose password the bootstrap Job generates. */
  readonly login?: { readonly username: string; readonly password: SecretKey };
}

/**
 * Options of `FlowerAuth.password`.
 */
export interface FlowerPasswordOptions {
  /**
   * The user name.
   *
   * @default 'admin'
   */
  readonly username?: string;
}

/**
 * The OAuth provider that confirms the email address of a user.
 */
export enum FlowerOAuthProvider {
  /** Google. */
  GOOGLE = 'GoogleAuth2LoginHandler',
  /** GitHub, or the GitHub Enterprise Server at `url`. */
  GITHUB = 'GithubLoginHandler',
  /** GitLab, or the self-managed GitLab at `url`. */
  GITLAB = 'GitLabLoginHandler',
  /** Okta, with the `url` of its authorization server. */
  OKTA = 'OktaLoginHandler',
}

/**
 * Options of `FlowerAuth.oauth`.
 */
export interface FlowerOAuthOptions {
  /** The OAuth provider that confirms the email address of a user. */
  readonly provider: FlowerOAuthProvider;

  /** The client ID that the provider issued for this Flower. */
  readonly clientId: SecretKey;

  /** The client secret that the provider issued for this Flower. */
  readonly clientSecret: SecretKey;

  /**
   * The email addresses that may log in. Exactly one of `emails` and `emailDomain` is required.
   *
   * @default - all addresses of `emailDomain`
   */
  readonly emails?: string[];

  /**
   * The domain whose email addresses may log in, for example `example.com`.
   *
   * @default - only the addresses in `emails`
   */
  readonly emailDomain?: string;

  /**
   * The URL of the provider, for example `https://github.example.com` for GitHub Enterprise. Okta requires one, for example
   * `https://acme.okta.com/oauth2/default`.
   *
   * @default - the public service of the provider
   */
  readonly url?: string;
}

/**
 * The login of Flower. Flower shows the arguments of tasks and can stop workers.
 *
 * @see https://flower.readthedocs.io/en/latest/auth.html
 */
export abstract class FlowerAuth {
  /**
   * One user, whose password the bootstrap Job generates. `airflow.notes` tells how to read it.
   *
   * @throws when `username` is empty or contains whitespace, `:`, `,` or `$`
   */
  public static password(options: FlowerPasswordOptions = {}): FlowerAuth {
    checkMembers('FlowerPasswordOptions', options);
    return new Password(options.username ?? 'admin');
  }

  /**
   * Users and passwords from a Secret.
   *
   * @param users the key that holds `user:password`, or several such pairs with commas between them
   */
  public static fromSecret(users: SecretKey): FlowerAuth {
    return new Fixed([users._variable('FLOWER_BASIC_AUTH')]);
  }

  /**
   * A login with the email address of a Google, GitHub, GitLab or Okta user. It needs the public URL of Flower. Register this URL,
   * followed by `/login`, as the redirect URL at the provider.
   *
   * @throws when not exactly one of `emails` and `emailDomain` is set, an address or URL is invalid, or `url` does not fit
   * the provider
   */
  public static oauth(options: FlowerOAuthOptions): FlowerAuth {
    checkMembers('FlowerOAuthOptions', options);
    return new OAuth(options);
  }

  /**
   * No login, for a Flower behind a proxy that has one. Everyone who reaches the Service sees the arguments of tasks. In
   * Airflow 3 they include the token with which a task calls the API server. Flower still refuses changes, unless
   * `FLOWER_UNAUTHENTICATED_API` is set.
   */
  public static none(): FlowerAuth {
    return new Fixed([]);
  }

  /**
   * @internal
   */
  public abstract _bind(scope: Construct, airflow: BindContext, url: BaseUrl | undefined): FlowerAuthConfig;
}

class Password extends FlowerAuth {
  constructor(private readonly username: string) {
    super();
    if (!/^[^\s:,$]+$/.test(username)) {
      throw new Error(
        `'username' must have no blank, ':', ',' and '$', by which Flower would tell users apart, got '${username}'; use another one`,
      );
    }
  }

  public _bind(scope: Construct, airflow: BindContext): FlowerAuthConfig {
    const { username } = this;
    const password = airflow._generated.request(scope, 'flower', 'password', 'password');
    return {
      login: { username, password },
      env: [password._variable(PASSWORD), { name: 'FLOWER_BASIC_AUTH', value: `${username}:$(${PASSWORD})` }],
    };
  }
}

class Fixed extends FlowerAuth {
  constructor(private readonly env: EnvVar[]) {
    super();
  }

  public _bind(): FlowerAuthConfig {
    return { env: this.env, isOpen: this.env.length === 0 };
  }
}

/** The URL to which the provider sends users back. */
function redirectUrl(scope: Construct, url: BaseUrl | undefined): string {
  if (url === undefined) {
    throw failure(scope, "'auth' FlowerAuth.oauth() needs the public URL of Flower, to which the provider sends users back; "
      + "set 'url' of Flower or of the Airflow");
  }
  if (url.scheme === 'http' && !LOCAL.includes(url.hostname)) {
    throw failure(
      scope,
      `'auth' FlowerAuth.oauth() needs an https URL, because providers send users back by https alone, got '${url.text}'; correct 'url'`,
    );
  }
  return `${url.text}/login`;
}

/** The variables that set the URL of a provider. */
const ELSEWHERE: { readonly [provider in FlowerOAuthProvider]?: string } = {
  [FlowerOAuthProvider.GITHUB]: 'FLOWER_GITHUB_OAUTH_DOMAIN',
  [FlowerOAuthProvider.GITLAB]: 'FLOWER_GITLAB_OAUTH_DOMAIN',
  [FlowerOAuthProvider.OKTA]: 'FLOWER_OAUTH2_OKTA_BASE_URL',
};

class OAuth extends FlowerAuth {
  constructor(private readonly options: FlowerOAuthOptions) {
    super();
    const { emails, emailDomain } = options;
    if ((emails === undefined) === (emailDomain === undefined) || emails?.length === 0) {
      throw new Error("'emails' or 'emailDomain' must say who may log in to Flower, one of them and not both");
    }
    // Flower compares addresses as texts and as regular expressions, so an address must match itself.
    const wrong = emails?.find(email => !/^[\w.%-]+@[\w.-]+$/.test(email));
    if (wrong !== undefined) {
      throw new Error("'emails' must be addresses of letters, digits, '.', '_', '%' and '-', which is what Flower can compare, "
        + `got '${wrong}'; use 'emailDomain'`);
    }
    if (emailDomain !== undefined && !/^[\w-]+(\.[\w-]+)+$/.test(emailDomain)) {
      throw new Error(`'emailDomain' must be like example.com, got '${emailDomain}'`);
    }
    this.checkUrl();
  }

  public _bind(scope: Construct, airflow: BindContext, publicUrl: BaseUrl | undefined): FlowerAuthConfig {
    const { provider, clientId, clientSecret, emails, emailDomain, url } = this.options;
    return {
      env: [
        { name: 'FLOWER_AUTH_PROVIDER', value: `flower.views.auth.${provider}` },
        { name: 'FLOWER_AUTH', value: emails?.join('|') ?? `.*@${emailDomain}` },
        { name: 'FLOWER_OAUTH2_REDIRECT_URI', value: redirectUrl(scope, publicUrl) },
        clientId._variable('FLOWER_OAUTH2_KEY'),
        clientSecret._variable('FLOWER_OAUTH2_SECRET'),
        // Without a fixed secret, every start of Flower would log all users out.
        airflow._generated.request(scope, 'flower', 'cookie-secret', 'token')._variable('FLOWER_COOKIE_SECRET'),
        ...(url === undefined
          ? []
          : [{ name: ELSEWHERE[provider]!, value: provider === FlowerOAuthProvider.OKTA ? url : new URL(url).host }]),
      ],
    };
  }

  private checkUrl(): void {
    const { provider, url } = this.options;
    const okta = provider === FlowerOAuthProvider.OKTA;
    if (url === undefined) {
      if (okta) {
        throw new Error("'url' must be that of Okta's authorization server, like https://acme.okta.com/oauth2/default, got none; set it");
      }
    } else if (ELSEWHERE[provider] === undefined) {
      throw new Error(`'url' is for a GitHub, a GitLab or an Okta, but Google has one alone, got '${url}'; leave it out`);
    } else if (!URL.canParse(url) || !(okta ? /^https:\/\/[^\s/]+(\/\S*)?[^\s/]$/ : /^https:\/\/[^\s/]+$/).test(url)) {
      throw new Error(`'url' must be like ${okta ? 'https://acme.okta.com/oauth2/default' : 'https://git.example.com'}, `
        + `without a '/' at its end, got '${url}'`);
    }
  }
}
