import { knowsLegacyNames } from './legacy-names';
import { Signal } from './metrics-config';
import { OtlpOptions, OtlpProtocol } from './otlp-options';
import { AirflowVersion } from '../core/airflow-version';
import { ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Endpoint, endpointAt } from '../core/endpoints';
import { EnvVar } from '../kubernetes/pod';
import { Problems } from '../kubernetes/problems';
import { isUrl, withoutLogin } from '../kubernetes/validate';

/** The settings of one signal. */
export interface Otlp {
  readonly options: ConfigOption[];
  readonly env: EnvVar[];
  readonly endpoint: Endpoint;
}

/**
 * A process at its end waits this long for each message to an endpoint that does not answer, and so does a task pod. With OpenTelemetry's
 * own limit, the end of a task took 30 seconds.
 */
const TIMEOUT_SECONDS = 5;
const OLD_OPTIONS = ['otel_host', 'otel_port', 'otel_ssl_active'];

/** Whether the version takes the standard variables of OpenTelemetry. Older ones have options for a host and a port. */
export function hasOtelVariables(version: AirflowVersion): boolean {
  return knowsLegacyNames(version);
}

/** Adds the mistakes in the options of an endpoint. */
export function checkOtlp(problems: Problems, prop: string, { endpoint, protocol }: OtlpOptions, version: AirflowVersion): void {
  const known = isUrl(endpoint) && /^[^?#]*$/.test(endpoint);
  if (!known) {
    problems.add(`'${prop}.endpoint' must be like http://collector.monitoring.svc:4318, without a login or a query, `
      + `got '${withoutLogin(endpoint)}'`);
  }
  const path = known ? new URL(endpoint).pathname : '/';
  const grpc = protocol === OtlpProtocol.GRPC;
  const got = `but the version is ${version.release}`;
  if (path !== '/' && !hasOtelVariables(version)) {
    problems.add(`'${prop}.endpoint' can have a path from Airflow 3.2 on, ${got}, got '${endpoint}'; leave '${path}' out`);
  } else if (path !== '/' && grpc) {
    problems.add(`'${prop}.endpoint' must have no path for gRPC, got '${endpoint}'; leave '${path}' out`);
  } else if (/\/v1\/(metrics|traces)\/?$/.test(path)) {
    problems.add(`'${prop}.endpoint' must not end with the path of a signal, which is added, got '${endpoint}'; leave it out`);
  }
  if (grpc && !hasOtelVariables(version)) {
    problems.add(
      `'${prop}.protocol' can be gRPC from Airflow 3.2 on, ${got}; use OtlpProtocol.HTTP and the port of OTLP over HTTP, usually 4318`,
    );
  }
}

/** The settings by which Airflow sends a signal. What turns it on is in the environment of the pods that send. */
export function bindOtlp(context: BindContext, signal: Signal, options: OtlpOptions): Otlp {
  const { endpoint, headers } = options;
  const prop = `'telemetry.${signal}'`;
  const url = new URL(endpoint);
  const { version } = context;
  const before = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_`;
  return {
    options: [
      own(signal, 'otel_on', undefined, prop),
      ...hasOtelVariables(version) ? OLD_OPTIONS.map(option => own(signal, option, undefined, prop)) : [
        own(signal, 'otel_host', url.hostname, prop),
        own(signal, 'otel_port', `${portOf(url)}`, prop),
        own(signal, 'otel_ssl_active', url.protocol === 'https:' ? 'True' : 'False', prop),
      ],
    ],
    env: [
      { name: `AIRFLOW__${signal.toUpperCase()}__OTEL_ON`, value: 'True' },
      ...hasOtelVariables(version) ? variables(signal, before, options) : [],
      ...headers === undefined ? [] : [headers._variable(`${before}HEADERS`)],
      { name: `${before}TIMEOUT`, value: `${TIMEOUT_SECONDS}` },
    ],
    endpoint: { ...endpointAt('otlp', 'OTLP', endpoint), port: portOf(url) },
  };
}

function variables(signal: Signal, before: string, { endpoint, protocol = OtlpProtocol.HTTP }: OtlpOptions): EnvVar[] {
  const http = protocol === OtlpProtocol.HTTP;
  return [
    { name: `${before}ENDPOINT`, value: http ? `${endpoint.replace(/\/+$/, '')}/v1/${signal}` : endpoint },
    { name: `${before}PROTOCOL`, value: protocol },
    // `otlp` alone would be gRPC.
    ...signal === 'traces' ? [{ name: 'OTEL_TRACES_EXPORTER', value: http ? 'otlp_proto_http' : 'otlp_proto_grpc' }] : [],
  ];
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') { return Number(port); }
  return protocol === 'https:' ? 443 : 80;
}
