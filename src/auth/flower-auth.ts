import { Construct } from 'constructs';
import { BindContext } from '../core/bind-context';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';

const PASSWORD = 'BASIC_AUTH_PASSWORD';

/** Who logs in to Flower, as variables that it reads by itself. */
export interface FlowerAuthConfig {
  readonly env: EnvVar[];
  /** Whom the bootstrap has made a password for. */
  readonly login?: { readonly username: string; readonly password: SecretKey };
}

/**
 * Options of the password that the bootstrap makes for Flower.
 */
export interface FlowerPasswordOptions {
  /**
   * The name to log in with.
   *
   * @default 'admin'
   */
  readonly username?: string;
}

/**
 * Who tells Flower the e-mail address of a user.
 */
export enum FlowerOAuthProvider {
  /** Google. */
  GOOGLE = 'GoogleAuth2LoginHandler',
  /** GitHub, or a GitHub Enterprise at `url`. */
  GITHUB = 'GithubLoginHandler',
  /** GitLab, or one of your own at `url`. */
  GITLAB = 'GitLabLoginHandler',
  /** Okta, by the `url` of its authorization server. */
  OKTA = 'OktaLoginHandler',
}

/**
 * Options of the login to Flower by OAuth.
 */
export interface FlowerOAuthOptions {
  /** Who tells the e-mail address of a user. */
  readonly provider: FlowerOAuthProvider;

  /** The client ID that the provider gave for this Flower. */
  readonly clientId: SecretKey;

  /** The client secret that the provider gave for this Flower. */
  readonly clientSecret: SecretKey;

  /** Where the provider sends users back to: the public URL of Flower and `/login`, as it is registered there. */
  readonly redirectUrl: string;

  /**
   * The e-mail addresses of those who may log in; either these or `emailDomain`.
   *
   * @default - whoever has an address of `emailDomain`
   */
  readonly emails?: string[];

  /**
   * The domain whose addresses may log in, for example `example.com`.
   *
   * @default - those of `emails`
   */
  readonly emailDomain?: string;

  /**
   * The provider: `https://github.example.com` for a GitHub Enterprise, `https://acme.okta.com/oauth2/default` for Okta, which needs it.
   *
   * @default - that of everyone
   */
  readonly url?: string;
}

/**
 * Who may use Flower, which can stop workers and shows what tasks are called with.
 *
 * @see https://flower.readthedocs.io/en/latest/auth.html
 */
export abstract class FlowerAuth {
  /**
   * One user, whose password the bootstrap makes; `airflow.notes` says how to read it.
   *
   * @throws when `username` is empty or has a blank, `:`, `,` or `$`
   */
  public static password(options: FlowerPasswordOptions = {}): FlowerAuth {
    checkMembers('FlowerPasswordOptions', options);
    return new Password(options.username ?? 'admin');
  }

  /**
   * Users and passwords from a Secret.
   *
   * @param users the key that holds `user:password`, or several of them separated by commas
   */
  public static fromSecret(users: SecretKey): FlowerAuth {
    return new Fixed([users._variable('FLOWER_BASIC_AUTH')]);
  }

  /**
   * Users whose e-mail address Google, GitHub, GitLab or Okta tells.
   *
   * @throws when it is not said who may log in, or in a way that Flower would not understand, or when `url` does not fit the provider
   */
  public static oauth(options: FlowerOAuthOptions): FlowerAuth {
    checkMembers('FlowerOAuthOptions', options);
    return new OAuth(options);
  }

  /**
   * No login: for a proxy in front of it that has one. Whoever reaches the Service sees what tasks are called with, which
   * in Airflow 3 has the token by which a task calls the API server; what changes something stays refused, unless
   * `FLOWER_UNAUTHENTICATED_API` is set.
   */
  public static none(): FlowerAuth {
    return new Fixed([]);
  }

  /**
   * @internal
   */
  public abstract _bind(scope: Construct, airflow: BindContext): FlowerAuthConfig;
}

class Password extends FlowerAuth {
  constructor(private readonly username: string) {
    super();
    if (!/^[^\s:,$]+$/.test(username)) {
      throw new Error(`'username' must have no blank, ':', ',' and '$', by which Flower would tell users apart, got '${username}'; use another one`);
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
    return { env: this.env };
  }
}

/** The variables of the providers that can be elsewhere. */
const ELSEWHERE: { readonly [provider in FlowerOAuthProvider]?: string } = {
  [FlowerOAuthProvider.GITHUB]: 'FLOWER_GITHUB_OAUTH_DOMAIN',
  [FlowerOAuthProvider.GITLAB]: 'FLOWER_GITLAB_OAUTH_DOMAIN',
  [FlowerOAuthProvider.OKTA]: 'FLOWER_OAUTH2_OKTA_BASE_URL',
};

class OAuth extends FlowerAuth {
  constructor(private readonly options: FlowerOAuthOptions) {
    super();
    const { emails, emailDomain, redirectUrl } = options;
    if ((emails === undefined) === (emailDomain === undefined) || emails?.length === 0) {
      throw new Error("'emails' or 'emailDomain' must say who may log in to Flower, one of them and not both");
    }
    // Flower compares them as texts, and then again as regular expressions.
    const wrong = emails?.find(email => !/^[\w.%-]+@[\w.-]+$/.test(email));
    if (wrong !== undefined) {
      throw new Error(`'emails' must be addresses of letters, digits, '.', '_', '%' and '-', which is what Flower can compare, got '${wrong}'; use 'emailDomain'`);
    }
    if (emailDomain !== undefined && !/^[\w-]+(\.[\w-]+)+$/.test(emailDomain)) {
      throw new Error(`'emailDomain' must be like example.com, got '${emailDomain}'`);
    }
    if (!/^https?:\/\/[^\s/]+(\/\S*)?\/login$/.test(redirectUrl)) {
      throw new Error(`'redirectUrl' must be the public URL of Flower and '/login', like https://example.com/flower/login, got '${redirectUrl}'`);
    }
    this.checkUrl();
  }

  public _bind(scope: Construct, airflow: BindContext): FlowerAuthConfig {
    const { provider, clientId, clientSecret, redirectUrl, emails, emailDomain, url } = this.options;
    return {
      env: [
        { name: 'FLOWER_AUTH_PROVIDER', value: `flower.views.auth.${provider}` },
        { name: 'FLOWER_AUTH', value: emails?.join('|') ?? `.*@${emailDomain}` },
        { name: 'FLOWER_OAUTH2_REDIRECT_URI', value: redirectUrl },
        clientId._variable('FLOWER_OAUTH2_KEY'),
        clientSecret._variable('FLOWER_OAUTH2_SECRET'),
        // Without one of its own, each start of Flower would forget who has logged in.
        airflow._generated.request(scope, 'flower', 'cookie-secret', 'token')._variable('FLOWER_COOKIE_SECRET'),
        ...(url === undefined ? [] : [{ name: ELSEWHERE[provider]!, value: provider === FlowerOAuthProvider.OKTA ? url : new URL(url).host }]),
      ],
    };
  }

  private checkUrl(): void {
    const { provider, url } = this.options;
    const okta = provider === FlowerOAuthProvider.OKTA;
    if (url === undefined) {
      if (okta) { throw new Error("'url' must be that of Okta's authorization server, like https://acme.okta.com/oauth2/default, got none; set it"); }
    } else if (ELSEWHERE[provider] === undefined) {
      throw new Error(`'url' is for a GitHub, a GitLab or an Okta, but Google has one alone, got '${url}'; leave it out`);
    } else if (!URL.canParse(url) || !(okta ? /^https:\/\/[^\s/]+(\/\S*)?[^\s/]$/ : /^https:\/\/[^\s/]+$/).test(url)) {
      throw new Error(`'url' must be like ${okta ? 'https://acme.okta.com/oauth2/default' : 'https://git.example.com'}, without a '/' at its end, got '${url}'`);
    }
  }
}
