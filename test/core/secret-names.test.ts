import { hasSecret, holdsPassword, holdsSecret, isCredential } from '../../src/core/secret-names';

describe('an option is one of a credential', () => {
  const names = [
    'apikey', 'api_key', 'access_key', 'private_key', 'secret_key', 'service_key', 'token', 'password', 'passwd', 'passphrase', 'secret', 'dsn', 'http_auth', 'basic_auth',
    'authorization', 'secret_id', 'auth_header', 'bearer', 'keyfile_dict', 'connection_string', 'webhook_url',
  ];

  test.each(names.flatMap(name => [name, `sts_${name}`, `sts-${name}`, `sts.${name}`, name.toUpperCase()]))('as %s', name => {
    expect(isCredential(name)).toBe(true);
  });

  test.each(['apiKey', 'clientSecret', 'stsSessionToken'])('as %s', name => {
    expect(isCredential(name)).toBe(true);
  });

  test.each([
    ...names.flatMap(name => [`x${name}`, `${name}x`, `${name}_url`]), 'max_tokens', 'airflow_kpo_service_account', 'api_secret_name', 'proxies', '', 'key', 'public_key', '_key', 'api__key', 'auth', 'digest_auth', '_auth', 'api', 'access', 'pass',
  ])('unlike %j', name => {
    expect(isCredential(name)).toBe(false);
  });
});

describe('a text', () => {
  test.each([
    'postgresql://me:hunter2@host/db', 'redis://:hunter2@host', 'see amqp://me:h@host', 'a://me:h@', 'a://me:**h@host', 'a://me:h*@host', 'a://me:$h@host',
    'a://me:(h)@host', 'a://me:h$(X)@host', 'a://me:h:h@host', 'a://$(USER):h@host', 'a://me(x):h@host', 'a://me:undefined@host',
    '{"password": "hunter2"}', '{"password":"h"}', '{"password"  :  "h"}', '{"login": "me", "password"\n:\n"h"}', '{"password": "$h"}', '{"password": "(h"}',
    '{"password": "h$(X)"}',
  ])('has a password in it: %j', text => {
    expect(holdsPassword(text)).toBe(true);
  });

  test.each([
    undefined, '', 'hunter2', 'postgresql://host/db', 'postgresql://host:5432/db', 'postgresql://me@host/db', 'a:me:h@host', '//me:h@host', 'a:/me:h@host',
    // What Kubernetes puts in, and what was hidden before.
    'a://me:$(PASSWORD)@host', 'a://me:$(X)y@host', 'a://me:*@host', 'a://me:***@host',
    // An @ that comes after the host, or after what no URL may have.
    'a://host:80/x@y', 'a://host:80?x@y', 'a://host:80#x@y', 'a://host:80 x@y', 'a://host:80"x@y', "a://host:80'x@y", 'a://host/x:y@z', 'a://me@host:x@y', 'a://host x:y@z',
    'a://host"x:y@z', "a://host'x:y@z", 'a://host?x:y@z', 'a://host#x:y@z', 'a://me:@host', 'a://me:h',
    '{"password": ""}', '{"password": "$(PASSWORD)"}', '{"password": null}', '{"password": h}', '{"password": "h}', '{"password" "h"}', '{password: "h"}',
    '{"passwords": "h"}', '{"my_password": "h"}', '{"password"x: "h"}', '{"password": x"h"}',
  ])('has none: %j', text => {
    expect(holdsPassword(text)).toBe(false);
  });

  test('has none where its references are those of the caller', () => {
    const references = /\{[^{}]*\}/g;
    expect(holdsPassword('a://me:{password}@host and b://me:{password}@host', references)).toBe(false);
    expect(holdsPassword('{"password": "{password}"}', references)).toBe(false);
    expect(holdsPassword('a://me:{password}more@host', references)).toBe(false);
    expect(holdsPassword('a://me:{password}@host')).toBe(true);
    expect(holdsPassword('a://me:hunter2@{host}', references)).toBe(true);
  });
});

const REFERENCES = /\$\w+/g;

test.each<[string, boolean]>([
  ['{"token": "x"}', true], ['{"a": [{"clientSecret": "x"}]}', true], ['{"url": "http://me:h@host"}', true], ['{"token": ["x"]}', true],
  ['{"extra": "{\\"token\\": \\"x\\"}"}', true],
  ['{"token": ""}', false], ['{"token": "$(TOKEN)"}', false], ['{"token": true}', false], ['{"token": null}', false], ['{"token_url": "x"}', false],
  ['{"secret": {"name": "x"}}', false], ['{"token": "x"', false], ['token: "x"', false], ['[]', false],
])('JSON has a secret in it: %s is %s', (text, expected) => {
  expect(holdsSecret(text)).toBe(expected);
});

test('a member of JSON may refer to what the caller knows', () => {
  expect(holdsSecret('{"token": "$TOKEN"}', REFERENCES)).toBe(false);
  expect(holdsSecret('{"token": "$TOKEN"}')).toBe(true);
  expect(hasSecret('token', 'x$TOKEN', REFERENCES)).toBe(true);
});
