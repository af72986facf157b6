import { Duration } from 'cdk8s';
import { HUNG, Probes } from '../kubernetes/probe';

/** The probes of a component that serves HTTP. */
export function httpProbes(path: string, port: string, scheme: string): Probes {
  const check = { httpGet: { path, port, scheme } };
  return {
    startup: { check, timings: { period: Duration.seconds(2), timeout: Duration.seconds(5), failureThreshold: 150 } },
    readiness: { check, timings: { period: Duration.seconds(10), timeout: Duration.seconds(5), failureThreshold: 3 } },
    liveness: { check, timings: { period: Duration.seconds(15), timeout: Duration.seconds(15), failureThreshold: 3 }, more: HUNG },
  };
}
