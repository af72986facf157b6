import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { LifecycleOptions } from '../../src';
import { renderProbe } from '../../src/kubernetes/probe';
import { renderSize } from '../../src/kubernetes/quantity';
import { renderLifecycle, renderResources, unwrap } from '../../src/kubernetes/render';

test.each([
  [Size.gibibytes(2), '2Gi'], [Size.mebibytes(2048), '2Gi'], [Size.mebibytes(1500), '1500Mi'], [Size.kibibytes(7), '7Ki'], [Size.kibibytes(2048), '2Mi'],
  [Size.tebibytes(1), '1024Gi'],
])('a size is written in the largest unit that divides it (%#)', (size, text) => {
  expect(renderSize(size)).toBe(text);
});

test('what wraps a value is unwrapped, at any depth', () => {
  const { Quantity, IntOrString } = kplus.k8s;
  expect(unwrap({ a: [{ b: Quantity.fromString('1Gi') }], c: IntOrString.fromNumber(3), d: IntOrString.fromString('25%'), e: null, f: 'x' })).toEqual(
    { a: [{ b: '1Gi' }], c: 3, d: '25%', e: null, f: 'x' });
});

test('resources have only what is set', () => {
  expect(renderResources({})).toEqual({});
  expect(renderResources({ cpu: { limit: kplus.Cpu.units(1) } })).toEqual({ limits: { cpu: '1' } });
  expect(renderResources({ memory: { request: Size.mebibytes(0) } })).toEqual({ requests: { memory: '0Gi' } });
});

describe('a probe', () => {
  const check = { httpGet: { path: '/', port: 1 } };

  test('has the timings of the component where none are given', () => {
    expect(renderProbe(check, undefined, { failureThreshold: 4 })).toEqual({ ...check, failureThreshold: 4 });
  });

  test('has a threshold that is given', () => {
    expect(renderProbe(check, { failureThreshold: 1 }, { failureThreshold: 4 })).toEqual({ ...check, failureThreshold: 1 });
  });

  test('is absent when it is disabled', () => {
    expect(renderProbe(check, { enabled: false }, {})).toBeUndefined();
  });
});

describe('a lifecycle hook', () => {
  test('is a command, a request, or a sleep', () => {
    const all: Required<Omit<LifecycleOptions, 'preStop' | 'preStopSleep' | 'postStart'>> = {
      postStartHttp: { path: '/warm', port: 8080 }, preStopHttp: { path: '/drain', port: 8443, https: true, headers: { 'X-Reason': 'end' } },
    };
    expect(renderLifecycle(all)).toEqual({
      postStart: { httpGet: { path: '/warm', port: 8080, scheme: 'HTTP' } },
      preStop: { httpGet: { path: '/drain', port: 8443, scheme: 'HTTPS', httpHeaders: [{ name: 'X-Reason', value: 'end' }] } },
    });
    expect(renderLifecycle({ postStart: ['up'], preStopSleep: Duration.seconds(7) })).toEqual(
      { postStart: { exec: { command: ['up'] } }, preStop: { sleep: { seconds: 7 } } });
    expect(renderLifecycle({ preStop: ['down'] })).toEqual({ preStop: { exec: { command: ['down'] } } });
  });
});
