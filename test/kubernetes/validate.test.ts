import { App, Chart, Duration } from 'cdk8s';
import {
  checkAbsolutePath, checkAnnotations, checkAtLeast, checkDnsLabel, checkEnvName, checkLabels, checkPort, checkSeconds, checkSubPath,
  checkUrl, failure,
} from '../../src/kubernetes/validate';

const scope = new Chart(new App(), 'chart');

test('an error names the construct', () => {
  expect(failure(scope, 'is wrong')).toEqual(new Error('chart: is wrong'));
});

describe('a number', () => {
  test.each([0, 1, 100, undefined])('may be %s', value => expect(() => checkAtLeast(scope, 'p', value, 0)).not.toThrow());

  test.each([-1, 0.5, NaN, Infinity])('fails when it is %s', value => {
    expect(() => checkAtLeast(scope, 'p', value, 0)).toThrow(new Error(`chart: 'p' must be a whole number of at least 0, got ${value}`));
  });
});

describe('a duration', () => {
  test.each([undefined, Duration.seconds(2), Duration.millis(3000)])('may be %s', value => expect(() => checkSeconds(scope, 'p', value, 2)).not.toThrow());

  test.each([[Duration.seconds(1), 1], [Duration.millis(2500), 2.5]])('fails when it is %s', (value, seconds) => {
    expect(() => checkSeconds(scope, 'p', value, 2)).toThrow(new Error(`chart: 'p' must be a whole number of seconds of at least 2, got ${seconds}`));
  });
});

describe('a port', () => {
  test.each([1, 65535, undefined])('may be %s', value => expect(() => checkPort(scope, 'p', value)).not.toThrow());

  test.each([0, 65536, -1, 1.5])('fails when it is %s', value => {
    expect(() => checkPort(scope, 'p', value)).toThrow(new Error(`chart: 'p' must be a whole number from 1 to 65535, got ${value}`));
  });
});

describe('a name', () => {
  test.each(['a', '0', 'a-b', 'x'.repeat(63)])('may be %s', value => expect(() => checkDnsLabel(scope, 'p', value)).not.toThrow());

  test.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'x'.repeat(64)])('fails when it is %j', value => {
    expect(() => checkDnsLabel(scope, 'p', value)).toThrow(new Error("chart: 'p' must be at most 63 lowercase letters, digits and dashes, "
      + `beginning and ending with a letter or digit, got '${value}' (${value.length} characters)`));
  });

  test('fails beyond a limit of its own', () => {
    expect(() => checkDnsLabel(scope, 'p', 'x'.repeat(16), 15)).toThrow(/'p' must be at most 15 lowercase letters, .* \(16 characters\)$/);
  });
});

describe('labels', () => {
  test.each(['', 'a', 'A.b_c-1', 'x'.repeat(63)])('may have the value %j', value => expect(() => checkLabels(scope, 'p', { k: value })).not.toThrow());

  test.each(['-a', 'a b', 'a/b', 'ü', 'x'.repeat(64)])('fail with the value %j', value => {
    expect(() => checkLabels(scope, 'p', { k: value })).toThrow(
      new Error(`chart: 'p' must have values of at most 63 letters, digits, '-', '_' and '.', got '${value}' (${value.length} characters) for 'k'`));
  });

  test.each(['app.kubernetes.io/component', 'mine'])('fail with %s, which the library sets', name => {
    expect(() => checkLabels(scope, 'p', { [name]: 'x' }, { 'mine': 'y', 'app.kubernetes.io/component': 'z' })).toThrow(
      new Error(`chart: 'p' cannot set '${name}', which the library sets itself, got 'x'; leave it out`));
  });
});

describe('names of labels and annotations', () => {
  const NAMES = "names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/'";

  test.each(['a', 'A.b_c-1', 'acme.com/a', `${'x'.repeat(253)}/${'x'.repeat(63)}`])('may be %j', name => {
    expect(() => checkLabels(scope, 'p', { [name]: '' })).not.toThrow();
    expect(() => checkAnnotations(scope, 'p', { [name]: 'any thing' })).not.toThrow();
  });

  test.each(['', '-a', 'a b', 'a b/c/d', 'a/b/c', '/a', 'a/', 'A_b/c', 'x'.repeat(64), `${'x'.repeat(254)}/a`])('fail when they are %j', name => {
    expect(() => checkLabels(scope, 'p', { [name]: '' })).toThrow(new Error(`chart: 'p' must have ${NAMES}, got '${name}'`));
    expect(() => checkAnnotations(scope, 'p', { [name]: '' })).toThrow(new Error(`chart: 'p' must have ${NAMES}, got '${name}'`));
  });

  test('may have capitals before the slash in annotations alone', () => {
    expect(() => checkAnnotations(scope, 'p', { 'Acme.com/a': '' })).not.toThrow();
    expect(() => checkLabels(scope, 'p', { 'Acme.com/a': '' })).toThrow(new Error(`chart: 'p' must have ${NAMES}, got 'Acme.com/a'`));
  });
});

test('annotations fail with a name that the library sets', () => {
  expect(() => checkAnnotations(scope, 'p', { mine: 'x' }, { mine: 'y' })).toThrow(new Error("chart: 'p' cannot set 'mine', which the library sets itself, got 'x'; leave it out"));
  expect(() => checkAnnotations(scope, 'p', { mine: 'x' }, { mine: 'y' }, "say it by 'q'")).toThrow(
    new Error("chart: 'p' cannot set 'mine', which the library sets itself, got 'x'; say it by 'q'"));
});

describe('a variable', () => {
  test.each(['A', '_a1', 'AIRFLOW__CORE__X'])('may be %s', value => expect(() => checkEnvName(scope, 'p', value)).not.toThrow());

  test.each(['', '1A', 'A-B', 'A B', 'A='])('fails when it is %j', value => {
    expect(() => checkEnvName(scope, 'p', value)).toThrow(
      new Error(`chart: 'p' must have names of letters, digits and '_' that do not begin with a digit, got '${value}'`));
  });
});

describe('a URL', () => {
  const like = 'https://host/path, without a login';

  test.each([undefined, 'http://a', 'https://a.b:8080/c/{d}?e=@f#g', 'https://[::1]:1/x'])('may be %s', value => {
    expect(() => checkUrl(scope, 'p', value, like)).not.toThrow();
  });

  test.each(['', 'a', 'ftp://a', 'https://', 'https:///x', 'https://a:99999', 'https://a:b', 'https://a b', 'https://a/b c', 'https://a\nb', 'https://a\\b', '//a'])(
    'fails when it is %j', value => {
      expect(() => checkUrl(scope, 'p', value, like)).toThrow(new Error(`chart: 'p' must be like https://host/path, without a login, got '${value}'`));
    });

  test.each(['https://me:hunter2@a/b', 'https://hunter2@a/b', 'ftp://me:hunter@2@a/b'])('fails with a login, without repeating it (%#)', value => {
    expect(() => checkUrl(scope, 'p', value, like)).toThrow(
      new Error(`chart: 'p' must be like https://host/path, without a login, got '${value.split(':')[0]}://...@a/b'`));
  });

  test('fails when it is of another pattern, and where there is no construct', () => {
    expect(() => checkUrl(undefined, 'p', 'https://a/b', 'https://a/', /\/$/)).toThrow(new Error("'p' must be like https://a/, got 'https://a/b'"));
    expect(() => checkUrl(undefined, 'p', 'https://a/', 'https://a/', /\/$/)).not.toThrow();
  });
});

describe('a path', () => {
  test.each(['/', '/a', '/a/b..c', '/a b'])('may be %s', value => expect(() => checkAbsolutePath(scope, 'p', value)).not.toThrow());

  test.each(['', 'a', './a', '/a/../b', '/..', '/a:b'])('fails when it is %j', value => {
    expect(() => checkAbsolutePath(scope, 'p', value)).toThrow(new Error(`chart: 'p' must be an absolute path without '..' and ':', got '${value}'`));
  });
});

test.each(['/a\nb = c', '/a\tb', '/a\x7f', '/a\r'])('a path of either kind fails when it is %j', value => {
  const message = (text: string) => new Error(`chart: 'p' must have no line break or other control character in it, got ${JSON.stringify(text)}`);
  expect(() => checkAbsolutePath(scope, 'p', value)).toThrow(message(value));
  expect(() => checkSubPath(scope, 'p', value.slice(1))).toThrow(message(value.slice(1)));
});

describe('a sub-path', () => {
  test.each([undefined, 'a', 'a/b', 'a..b', './a'])('may be %s', value => expect(() => checkSubPath(scope, 'p', value)).not.toThrow());

  test.each(['', '/a', '..', 'a/../b'])('fails when it is %j', value => {
    expect(() => checkSubPath(scope, 'p', value)).toThrow(
      new Error(`chart: 'p' must be a relative path without '..', got '${value}'; leave it out for the root`));
  });
});
