import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { SecretKey } from '../../src/index';
import { secretFiles } from '../../src/kubernetes/secret-key';
import { env, main, synthAirflow } from '../util';

test('a key is named by texts, in no scope', () => {
  const { secretName, key } = SecretKey.of('data-base.example', 'ssh.key_1-A');
  expect([secretName, key]).toEqual(['data-base.example', 'ssh.key_1-A']);
});

test('a key is one of a Secret of cdk8s-plus', () => {
  const secret = new kplus.Secret(new Chart(new App(), 'mine'), 'secret', { metadata: { name: 'made-here' } });
  expect(SecretKey.fromSecret(secret, 'password')).toEqual(SecretKey.of('made-here', 'password'));
});

test('a key is the value of a variable', () => {
  const manifest = synthAirflow({ pods: { env: { SMTP: SecretKey.of('smtp', 'password').toEnvValue(), SMTP_USER: SecretKey.of('smtp', 'user').toEnvValue() } } });
  expect(env(main(manifest, 'scheduler'), 'SMTP')).toEqual({ name: 'SMTP', valueFrom: { secretKeyRef: { name: 'smtp', key: 'password' } } });
  expect(env(main(manifest, 'scheduler'), 'SMTP_USER')).toEqual({ name: 'SMTP_USER', valueFrom: { secretKeyRef: { name: 'smtp', key: 'user' } } });
});

test('keys of one Secret are files of one source', () => {
  expect(secretFiles([SecretKey.of('a', 'x'), 'one'], [SecretKey.of('b', 'x'), 'two'], [SecretKey.of('a', 'y'), 'three'])).toEqual([
    { secret: { name: 'a', items: [{ key: 'x', path: 'one' }, { key: 'y', path: 'three' }] } },
    { secret: { name: 'b', items: [{ key: 'x', path: 'two' }] } },
  ]);
  expect(secretFiles()).toEqual([]);
});

test.each(['', 'Database', 'data_base', '-a', 'a.', 'a..b', 'a b', 'a'.repeat(254)])("fails with the name '%s'", name => {
  expect(() => SecretKey.of(name, 'key')).toThrow(new Error(
    "'secretName' must be a name of a Secret, of at most 253 lowercase letters, digits, '-' and '.', beginning and ending with a letter or digit, "
    + `got '${name}'`));
});

test.each(['', '.', '..', '..a', 'a/b', 'a b', 'ä', 'a\n', 'a'.repeat(254)])("fails with the key '%s'", key => {
  expect(() => SecretKey.of('name', key)).toThrow(new Error(
    `'key' of the Secret 'name' must be at most 253 letters, digits, '-', '_' and '.', and must not begin with '..' or be '.', got '${key}'`));
});

test.each(['a'.repeat(253), '.a', '_', '-'])('takes a key that Kubernetes takes (%#)', key => {
  expect(SecretKey.of('a'.repeat(253), key).key).toBe(key);
});
