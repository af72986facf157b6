import { Duration } from 'cdk8s';
import { ProbeTimings } from './container-options';
import { Json } from './pod';

/** A probe from its own timings, else the component's, else Kubernetes'. */
export function renderProbe(check: Json, timings: ProbeTimings | undefined, defaults: ProbeTimings, more: Json = {}): Json | undefined {
  if (timings?.enabled === false) { return undefined; }
  const seconds = (own?: Duration, other?: Duration) => (own ?? other)?.toSeconds();
  return {
    ...(timings?.command === undefined ? check : { exec: { command: timings.command } }),
    initialDelaySeconds: seconds(timings?.initialDelay, defaults.initialDelay),
    periodSeconds: seconds(timings?.period, defaults.period),
    timeoutSeconds: seconds(timings?.timeout, defaults.timeout),
    failureThreshold: timings?.failureThreshold ?? defaults.failureThreshold,
    ...more,
  };
}

/** A check and its usual timings. */
export interface Probe {
  readonly check: Json;
  readonly timings: ProbeTimings;
  readonly more?: Json;
}
/** The checks of a component by their kind. */
export type Probes = { readonly [kind in 'startup' | 'readiness' | 'liveness']?: Probe };

/** What hangs does not react to SIGTERM: no need to wait for it as long as for tasks that end. */
export const HUNG = { terminationGracePeriodSeconds: 10 };
