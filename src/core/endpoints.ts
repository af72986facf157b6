import { Construct } from 'constructs';
import { failure } from '../kubernetes/validate';

/** The port on which a component that runs tasks serves their logs. */
export const TASK_LOGS_PORT = 8793;

/** The port on which the triggerer serves the logs of deferred tasks. */
export const TRIGGER_LOGS_PORT = 8794;

/** The port of the Kubernetes API at its Service in the cluster. */
export const KUBERNETES_PORT = 443;

/** A server that pods talk to. */
export interface Endpoint {
  /** The id of its node in the network graph. */
  readonly id: string;
  readonly label: string;
  /** Undefined if only a Secret contains it. */
  readonly port?: number;
  /** `UDP` if the server does not take TCP. */
  readonly protocol?: string;
  /** The addresses as CIDR ranges, if a cloud fixes them. */
  readonly addresses?: string[];
}

type NamedEndpoint = [id: string, label: string];

/** A server that a pod talks to, and the purpose. */
export interface Peer extends Endpoint {
  readonly purpose: string;
}

export const KUBERNETES: Endpoint = { id: 'kubernetes', label: 'Kubernetes API', port: KUBERNETES_PORT };

/** Object stores that can keep DAGs and logs. */
export const S3: NamedEndpoint = ['s3', 'S3'];
export const GCS: NamedEndpoint = ['gcs', 'Cloud Storage'];

const BUCKETS: { readonly [store: string]: { readonly pattern: RegExp; readonly allowed: string } } = {
  s3: { pattern: /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/, allowed: '3 to 63 lowercase letters, digits, dots, dashes and _' },
  gcs: { pattern: /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, allowed: 'at least 3 lowercase letters, digits, dots, dashes and _' },
};

const PORTS: { readonly [protocol: string]: number } = {
  'https:': 443,
  'http:': 80,
  'ssh:': 22,
  'git:': 9418,
  'ldap:': 389,
  'ldaps:': 636,
};

/** The server that a URL names. */
export function endpointAt(id: string, label: string, url: string): Endpoint {
  const { hostname, port, protocol } = new URL(url);
  return { id: `${id}-${hostname}`, label: `${label} ${hostname}`, port: port === '' ? PORTS[protocol] : Number(port) };
}

/** A cloud service. With a connection, the service may be elsewhere. */
export function cloudEndpoint(id: string, label: string, connection?: object): Endpoint {
  return { id, label, port: connection === undefined ? PORTS['https:'] : undefined };
}

/** Throws unless the object store accepts this name for a bucket. */
export function checkBucket(scope: Construct, prop: string, [store]: NamedEndpoint, bucket: string): void {
  const { pattern, allowed } = BUCKETS[store];
  if (!pattern.test(bucket)) { throw failure(scope, `'${prop}' must be the name of a bucket, of ${allowed}, got '${bucket}'`); }
}

/** Throws unless the text can be a folder in a bucket. */
export function checkPrefix(scope: Construct, prop: string, prefix: string | undefined): void {
  if (prefix !== undefined && !/^(?!.*\.\.)[\w.=-]+(\/[\w.=-]+)*$/.test(prefix)) {
    throw failure(scope, `'${prop}' must be a relative path of letters, digits and '._=-' without '..', got '${prefix}'`);
  }
}
