import { Duration } from 'cdk8s';
import { TaintEffect, Toleration } from '../../src/index';

const { NO_EXECUTE, NO_SCHEDULE } = TaintEffect;
const NAMES = "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/'";

test.each<[Toleration, object]>([
  [Toleration.exists('nvidia.com/gpu'), { key: 'nvidia.com/gpu', operator: 'Exists' }],
  [Toleration.equal('pool', '', { effect: NO_SCHEDULE }), { key: 'pool', operator: 'Equal', value: '', effect: 'NoSchedule' }],
  [Toleration.any({ effect: NO_EXECUTE, evictAfter: Duration.seconds(0) }), { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }],
])('a toleration is what Kubernetes takes (%#)', (toleration, expected) => {
  expect(toleration._toKube()).toEqual(expected);
});

describe('a toleration fails', () => {
  test.each(['', 'a b', 'a/b/c'])('with the key %j', key => {
    const message = new Error(`'key' must be ${NAMES}, got '${key}'`);
    expect(() => Toleration.exists(key)).toThrow(message);
    expect(() => Toleration.equal(key, 'v')).toThrow(message);
  });

  test('with a value that no taint has', () => {
    expect(() => Toleration.equal('a', 'b c')).toThrow(
      new Error("'value' must be at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, got 'b c'"));
  });

  test('with a part of a second', () => {
    expect(() => Toleration.any({ effect: NO_EXECUTE, evictAfter: Duration.millis(1500) })).toThrow(
      new Error("'evictAfter' must be a whole number of seconds, got 1.5"));
  });

  test.each([[NO_SCHEDULE, 'NoSchedule'], [TaintEffect.PREFER_NO_SCHEDULE, 'PreferNoSchedule'], [undefined, 'every effect']])('with seconds for %s', (effect, got) => {
    expect(() => Toleration.exists('a', { effect, evictAfter: Duration.minutes(1) })).toThrow(
      new Error(`'evictAfter' needs 'effect' to be NO_EXECUTE, got 60 seconds with ${got}`));
  });
});
