import { Duration } from 'cdk8s';
import { HUNG, renderProbe } from '../../src/kubernetes/probe';

const CHECK = { httpGet: { path: '/health', port: 8080 } };
const DEFAULTS = { initialDelay: Duration.seconds(1), period: Duration.seconds(2), timeout: Duration.seconds(3), failureThreshold: 4 };
const RENDERED = { ...CHECK, initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 4 };

test.each([[undefined], [{}], [{ enabled: true }]])('a probe has the timings of its component where it has none (%j)', timings => {
  expect(renderProbe(CHECK, timings, DEFAULTS)).toEqual(RENDERED);
});

test('a probe without any timings leaves them to Kubernetes', () => {
  expect(renderProbe(CHECK, undefined, {})).toEqual(CHECK);
});

test('its own timings come first, and one of zero is one', () => {
  expect(renderProbe(CHECK, { initialDelay: Duration.seconds(0), timeout: Duration.minutes(1), failureThreshold: 9 }, DEFAULTS)).toEqual(
    { ...RENDERED, initialDelaySeconds: 0, timeoutSeconds: 60, failureThreshold: 9 });
  expect(renderProbe(CHECK, { period: Duration.seconds(7) }, DEFAULTS)).toEqual({ ...RENDERED, periodSeconds: 7 });
});

test('its own command takes the place of the check', () => {
  const { httpGet, ...timings } = RENDERED;
  expect(renderProbe(CHECK, { command: ['true'] }, DEFAULTS)).toEqual({ ...timings, exec: { command: ['true'] } });
});

test('there is none where it is not enabled', () => {
  expect(renderProbe(CHECK, { enabled: false, command: ['true'] }, DEFAULTS)).toBeUndefined();
});

test('what hangs is killed after ten seconds', () => {
  expect(renderProbe(CHECK, undefined, DEFAULTS, HUNG)).toEqual({ ...RENDERED, terminationGracePeriodSeconds: 10 });
});
