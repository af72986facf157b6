import { holdsPassword, isCredential, looksSecret } from '../../src/core/secret-names';

describe('a name is one of a secret to Airflow', () => {
  // `access_token` has `token` in it, so that it would be one without its own word.
  const words = [
    'access_key', 'access_token', 'api_key', 'apikey', 'auth_header', 'authorization', 'bearer', 'connection_string', 'dsn', 'keyfile_dict', 'passphrase',
    'passwd', 'password', 'private_key', 'proxies', 'proxy', 'secret', 'service_account', 'service_key', 'token', 'webhook_url',
  ];

  test.each(words.flatMap(word => [word, `my_${word}s`, word.toUpperCase()]))('with %s', name => {
    expect(looksSecret(name)).toBe(true);
  });

  test.each([
    '', 'host', 'login', 'schema', 'port', 'region_name', 'key', 'key_file', 'access', 'accesskey', 'api', 'api_url', 'auth', 'author', 'header', 'bear', 'connection',
    'conn_string', 'string', 'ds', 'keyfile', 'key_dict', 'pass', 'phrase', 'passw', 'word', 'private', 'public_key', 'prox', 'secre', 'service', 'account', 'serviceaccount',
    'toke', 'webhook', 'webhookurl', 'url',
  ])('unlike %j', name => {
    expect(looksSecret(name)).toBe(false);
  });
});

describe('an option is one of a credential', () => {
  const names = [
    'apikey', 'api_key', 'access_key', 'private_key', 'secret_key', 'service_key', 'token', 'password', 'passwd', 'passphrase', 'secret', 'dsn', 'http_auth', 'basic_auth',
    'authorization',
  ];

  test.each(names.flatMap(name => [name, `sts_${name}`, name.toUpperCase()]))('as %s', name => {
    expect(isCredential(name)).toBe(true);
  });

  test.each([
    ...names.flatMap(name => [`x${name}`, `${name}x`, `${name}_url`]), '', 'key', 'public_key', '_key', 'api__key', 'auth', 'digest_auth', '_auth', 'api', 'access', 'pass',
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
