import { Duration } from 'cdk8s';
import { ProbeTimings } from './container-options';
import { Json } from './pod';

/** Renders a probe. The user's timings come first, then those of the component, then those of Kubernetes. */
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

/** A check with the default timings of the component. */
export interface Probe {
  readonly check: Json;
  readonly timings: ProbeTimings;
  readonly more?: Json;
}
/** The probes of a component, by kind. */
export type Probes = { readonly [kind in 'startup' | 'readiness' | 'liveness']?: Probe };

/** A process that hangs does not react to SIGTERM, so the kill comes sooner than for a process with running tasks. */
export const HUNG = { terminationGracePeriodSeconds: 10 };
