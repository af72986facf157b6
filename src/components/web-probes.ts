import { Duration } from 'cdk8s';
import { HUNG, Probes } from '../kubernetes/probe';

/**
 * The probes of a component that serves HTTP. On a node that is full of tasks, all servers answer late at once: a short timeout would take
 * the last one out of the Service. A restart does not help a server that has too much to do, so it comes last. The 150 seconds are longer
 * than the 120 after which gunicorn replaces a worker that hangs, and shorter than tasks try to reach the server.
 */
export function httpProbes(path: string, port: string, scheme: string): Probes {
  const check = { httpGet: { path, port, scheme } };
  return {
    startup: { check, timings: { period: Duration.seconds(2), timeout: Duration.seconds(5), failureThreshold: 150 } },
    readiness: { check, timings: { period: Duration.seconds(10), timeout: Duration.seconds(15), failureThreshold: 3 } },
    liveness: { check, timings: { period: Duration.seconds(15), timeout: Duration.seconds(15), failureThreshold: 10 }, more: HUNG },
  };
}
