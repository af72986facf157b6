import { Duration } from 'cdk8s';
import { httpProbes } from './web-probes';
import { PodParts } from '../core/answer';
import { partNamed } from '../core/names';
import { Role } from '../core/needs';
import { run } from '../core/scripts';
import { ServerTls, ServerTlsConfig, serverParts } from '../exposure/server-tls';
import { IAirflow } from '../instance/i-airflow';
import { Json } from '../kubernetes/pod';
import { Probe, Probes } from '../kubernetes/probe';

/** The script of the probes of a server that asks every client for a certificate. */
export const HTTPS_PROBE = 'https_probe.py';

/** The certificate of a component that has one. */
export interface ComponentTls extends ServerTlsConfig {
  readonly mutual: boolean;
}

/** Binds the certificate of a component before the component exists. */
export function componentTls(airflow: IAirflow, id: string, role: Role, tls: ServerTls | undefined): ComponentTls | undefined {
  const config = tls?._bind(airflow, { prop: 'tls', part: partNamed(id, role) });
  return config && { ...config, mutual: config.sources.clients !== undefined };
}

/**
 * What the pods of the server get: its files and, to check a new certificate, the host that clients use. The name of the Service is known
 * when the pod is rendered for the YAML, after the component exists.
 */
export function componentTlsParts(
  airflow: IAirflow, tls: ComponentTls | undefined, host: () => string, own?: PodParts,
): PodParts | undefined {
  if (tls === undefined) { return own; }
  const parts = { ...own, ...serverParts(airflow, tls) };
  // A spread of the result would read the host too early.
  return { ...parts, get env() { return [...parts.env!, { name: 'CDK8S_AIRFLOW_TLS_HOST', value: host() }]; } };
}

/**
 * The probes of a server, each at its path. kubelet has no certificate to present, so a script in the pod asks a server that demands one.
 */
export function serverProbes(path: string, scheme: string, port: number, tls: ComponentTls | undefined): Probes {
  const probes = httpProbes(path, 'http', scheme.toUpperCase());
  if (!tls?.mutual) { return probes; }
  const check: Json = { exec: { command: run(HTTPS_PROBE, `${port}`, path) } };
  // On a busy node the script itself takes seconds to start.
  const scripted = ({ timings, ...probe }: Probe): Probe => ({ ...probe, check, timings: { ...timings, timeout: Duration.seconds(20) } });
  return Object.fromEntries(Object.entries(probes).map(([kind, probe]: [string, Probe]) => [kind, scripted(probe)]));
}

/** Adds the check that the pods of tasks get their files. It runs at synthesis, because task pods may be added until then. */
export function checkTlsNamespaces(airflow: IAirflow, prop: string, { onlyHere }: ServerTlsConfig): void {
  if (!onlyHere) { return; }
  const elsewhere = () => airflow._registry.workloads.filter(({ role, namespaces }) => role === Role.TASK && namespaces.length > 1);
  airflow.node.addValidation({
    validate: () => elsewhere().map(({ namespaces: [here, other] }) =>
      `'${prop}' has its files in Secrets that cert-manager makes in the namespace '${here}', but task pods are in '${other}' as well; `
        + "give a 'ca' that is in both, and leave 'mutual' out, or use ServerTls.fromSecret"),
  });
}
