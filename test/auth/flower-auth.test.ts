import { Executor, FlowerAuth, FlowerOAuthOptions, FlowerOAuthProvider, SecretKey } from '../../src/index';
import { building, Env, main, synthAirflow } from '../util';

const clientId = SecretKey.of('client', 'client-id');
const clientSecret = SecretKey.of('client', 'client-secret');
const google: FlowerOAuthOptions = {
  provider: FlowerOAuthProvider.GOOGLE,
  clientId,
  clientSecret,
  emails: ['ada@example.com', 'bob.b@example.com'],
};

/** The variables that tell Flower who may log in. */
function variables(auth?: FlowerAuth): Env[] {
  const { env = [] } = main(synthAirflow({ url: 'https://example.com', executor: Executor.celery({ flower: { auth } }) }), 'flower');
  return env.filter(({ name }) => name.startsWith('FLOWER_') || name === 'BASIC_AUTH_PASSWORD');
}

const fromSecret = (name: string, secret: string, key: string): Env => ({ name, valueFrom: { secretKeyRef: { name: secret, key } } });

describe('the login to Flower', () => {
  test.each([undefined, FlowerAuth.password()])('is by a password that the bootstrap makes', auth => {
    expect(variables(auth)).toEqual([
      fromSecret('BASIC_AUTH_PASSWORD', 'test-airflow-flower', 'password'), { name: 'FLOWER_BASIC_AUTH', value: 'admin:$(BASIC_AUTH_PASSWORD)' },
    ]);
  });

  test('has another name', () => {
    expect(variables(FlowerAuth.password({ username: 'ops' }))[1].value).toBe('ops:$(BASIC_AUTH_PASSWORD)');
  });

  test.each(['', 'a b', 'a:b', 'a,b', '$a'])("fails with the name '%s'", username => {
    expect(() => FlowerAuth.password({ username })).toThrow(
      new Error(`'username' must have no blank, ':', ',' and '$', by which Flower would tell users apart, got '${username}'; use another one`));
  });

  test('is by the users of a Secret', () => {
    expect(variables(FlowerAuth.fromSecret(SecretKey.of('client', 'users')))).toEqual([fromSecret('FLOWER_BASIC_AUTH', 'client', 'users')]);
  });

  test('is none when that is said', () => {
    expect(variables(FlowerAuth.none())).toEqual([]);
  });
});

describe('the login to Flower by OAuth', () => {
  test('is that of Google, for the users that are named, who stay logged in', () => {
    expect(variables(FlowerAuth.oauth(google))).toEqual([
      { name: 'FLOWER_AUTH', value: 'ada@example.com|bob.b@example.com' },
      { name: 'FLOWER_AUTH_PROVIDER', value: 'flower.views.auth.GoogleAuth2LoginHandler' },
      fromSecret('FLOWER_COOKIE_SECRET', 'test-airflow-flower', 'cookie-secret'),
      fromSecret('FLOWER_OAUTH2_KEY', 'client', 'client-id'),
      { name: 'FLOWER_OAUTH2_REDIRECT_URI', value: 'https://example.com/flower/login' },
      fromSecret('FLOWER_OAUTH2_SECRET', 'client', 'client-secret'),
    ]);
  });

  test('is for everyone of a domain', () => {
    const env = variables(FlowerAuth.oauth({ ...google, emails: undefined, emailDomain: 'example.com' }));
    expect(env).toEqual(expect.arrayContaining([{ name: 'FLOWER_AUTH', value: '.*@example.com' }]));
  });

  test.each<[FlowerOAuthProvider, string, Env]>([
    [FlowerOAuthProvider.GITHUB, 'https://git.example.com', { name: 'FLOWER_GITHUB_OAUTH_DOMAIN', value: 'git.example.com' }],
    [FlowerOAuthProvider.GITLAB, 'https://git.example.com:8443', { name: 'FLOWER_GITLAB_OAUTH_DOMAIN', value: 'git.example.com:8443' }],
    [FlowerOAuthProvider.OKTA, 'https://acme.okta.com/oauth2', { name: 'FLOWER_OAUTH2_OKTA_BASE_URL', value: 'https://acme.okta.com/oauth2' }],
  ])('is that of a %s elsewhere', (provider, url, variable) => {
    expect(variables(FlowerAuth.oauth({ ...google, provider, url }))).toEqual(expect.arrayContaining([
      { name: 'FLOWER_AUTH_PROVIDER', value: `flower.views.auth.${provider}` }, variable,
    ]));
  });

  test.each([{ emails: undefined }, { emails: [] }, { emailDomain: 'example.com' }])('fails unless it is said once who may log in: %j', more => {
    expect(() => FlowerAuth.oauth({ ...google, ...more })).toThrow(
      new Error("'emails' or 'emailDomain' must say who may log in to Flower, one of them and not both"));
  });

  test.each(['ada', 'ada+x@example.com', '.*@example.com', 'a@b|c@d'])('fails with the address %s', email => {
    expect(() => FlowerAuth.oauth({ ...google, emails: ['bob@example.com', email] })).toThrow(
      new Error(`'emails' must be addresses of letters, digits, '.', '_', '%' and '-', which is what Flower can compare, got '${email}'; use 'emailDomain'`));
  });

  test.each(['example', '*.example.com', '@example.com'])('fails with the domain %s', emailDomain => {
    expect(() => FlowerAuth.oauth({ ...google, emails: undefined, emailDomain })).toThrow(
      new Error(`'emailDomain' must be like example.com, got '${emailDomain}'`));
  });

  const behind = (url?: string) => building({ executor: Executor.celery({ flower: { auth: FlowerAuth.oauth(google), url } }) });

  test('fails without a public URL, to which users come back', () => {
    expect(behind()).toThrow(new Error("test/airflow: 'auth' FlowerAuth.oauth() needs the public URL of Flower, to which the provider sends users back; "
      + "set 'url' of Flower or of the Airflow"));
  });

  test('fails with a public URL without TLS, except on this machine', () => {
    expect(behind('http://flower.example.com')).toThrow(new Error("test/airflow: 'auth' FlowerAuth.oauth() needs an https URL, because providers send users back "
      + "by https alone, got 'http://flower.example.com'; correct 'url'"));
    for (const url of ['http://localhost:5555', 'http://127.0.0.1:5555/flower', 'http://[::1]:5555']) { expect(behind(url)).not.toThrow(); }
  });

  test('fails with a URL that is not one of the provider', () => {
    const { OKTA, GITHUB } = FlowerOAuthProvider;
    expect(() => FlowerAuth.oauth({ ...google, url: 'https://google.com' })).toThrow(
      new Error("'url' is for a GitHub, a GitLab or an Okta, but Google has one alone, got 'https://google.com'; leave it out"));
    expect(() => FlowerAuth.oauth({ ...google, provider: OKTA })).toThrow(
      new Error("'url' must be that of Okta's authorization server, like https://acme.okta.com/oauth2/default, got none; set it"));
    expect(() => FlowerAuth.oauth({ ...google, provider: OKTA, url: 'https://acme.okta.com/oauth2/' })).toThrow(
      new Error("'url' must be like https://acme.okta.com/oauth2/default, without a '/' at its end, got 'https://acme.okta.com/oauth2/'"));
    expect(() => FlowerAuth.oauth({ ...google, provider: GITHUB, url: 'https://example.com/git' })).toThrow(
      new Error("'url' must be like https://git.example.com, without a '/' at its end, got 'https://example.com/git'"));
    expect(() => FlowerAuth.oauth({ ...google, provider: GITHUB, url: 'https://[bad' })).toThrow(
      new Error("'url' must be like https://git.example.com, without a '/' at its end, got 'https://[bad'"));
  });
});
