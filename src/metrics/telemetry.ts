import { Metrics } from './metrics';
import { MetricsConfig, MetricsKind } from './metrics-config';
import { hasOtelVariables } from './otlp';
import { Traces } from './traces';
import { Answer, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Role } from '../core/needs';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { failure } from '../kubernetes/validate';

/**
 * What an Airflow tells about itself: metrics, traces and the form of its logs.
 */
export interface TelemetryOptions {
  /**
   * How Airflow sends its metrics.
   *
   * @default - it sends none
   */
  readonly metrics?: Metrics;

  /**
   * Where Airflow sends the traces of DAG runs and tasks.
   *
   * @default - it sends none
   */
  readonly traces?: Traces;

  /**
   * Attributes of all metrics and traces that Airflow sends by OpenTelemetry, for example
   * `{ 'deployment.environment.name': 'production' }`. The pod, its namespace, its node and the component come by themselves.
   *
   * @default - none
   */
  readonly resourceAttributes?: { readonly [name: string]: string };

  /**
   * Whether components write their logs to standard output as one JSON object a line (from Airflow 3.2 on). Logs of tasks in files
   * are JSON in every Airflow 3.
   *
   * @default false
   */
  readonly jsonLogs?: boolean;
}

/** What is known of the telemetry of an Airflow. */
export interface BoundTelemetry extends Pick<MetricsConfig, 'kind' | 'statsd' | 'collector'> {
  readonly answers: Answer[];
}

const ATTRIBUTES_PROP = "'telemetry'";

/** Binds the choices of `telemetry`. */
export function bindTelemetry(context: BindContext, telemetry: TelemetryOptions = {}): BoundTelemetry {
  checkMembers('TelemetryOptions', telemetry, context);
  const { metrics, traces, resourceAttributes = {}, jsonLogs = false } = telemetry;
  const { version } = context;
  gather(context, problems => {
    if (jsonLogs && !version._isFrom(3, 2)) {
      problems.add(
        `'telemetry.jsonLogs' exists from Airflow 3.2 on, but the version is ${version.release}; `
          + 'leave it out, and let the shipper parse the lines',
      );
    }
    for (const name of Object.keys(resourceAttributes)) {
      if (!/^[a-z][\w.-]*$/i.test(name)) {
        problems.add(
          `'telemetry.resourceAttributes' must have names of letters, digits, '_', '-' and '.', beginning with a letter, got '${name}'`,
        );
      } else if (OWN.has(name)) {
        problems.add(`'telemetry.resourceAttributes' cannot set '${name}', which the library sets itself; leave it out`);
      }
    }
  });
  const bound = metrics?._bind(context);
  const traced = traces?._bind(context);
  const signals = [
    ...bound?.kind === MetricsKind.OPEN_TELEMETRY ? ['metrics'] : [],
    ...traced === undefined ? [] : ['traces'],
  ];
  if (Object.keys(resourceAttributes).length > 0 && signals.length === 0) {
    throw failure(
      context,
      "'telemetry.resourceAttributes' are attributes of OpenTelemetry, but neither 'metrics' nor 'traces' use it; leave them out",
    );
  }
  return {
    kind: bound?.kind ?? MetricsKind.NONE,
    statsd: bound?.statsd,
    collector: bound?.collector,
    answers: [
      ...bound === undefined ? [] : [bound],
      ...traced === undefined ? [] : [traced],
      ...signals.length === 0 ? [] : [identity(context, signals, resourceAttributes)],
      ...jsonLogs ? [{ options: [own('logging', 'json_logs', 'True', "'telemetry.jsonLogs'")] }] : [],
    ],
  };
}

const POD: { readonly [attribute: string]: { readonly variable: string; readonly fieldPath: string } } = {
  'k8s.namespace.name': { variable: 'OTEL_POD_NAMESPACE', fieldPath: 'metadata.namespace' },
  'k8s.pod.name': { variable: 'OTEL_POD_NAME', fieldPath: 'metadata.name' },
  'k8s.pod.uid': { variable: 'OTEL_POD_UID', fieldPath: 'metadata.uid' },
  'k8s.node.name': { variable: 'OTEL_NODE_NAME', fieldPath: 'spec.nodeName' },
};
const OWN = new Set([...Object.keys(POD), 'airflow.component', 'service.name']);

/** The attributes by which a backend joins the telemetry with the pods that sent it. */
function identity(context: BindContext, signals: string[], more: { readonly [name: string]: string }): Answer {
  const { version, _names: { instance } } = context;
  const oldTags = !version.isAirflow3 && signals.includes('traces');
  const named: ConfigOption[] = hasOtelVariables(version)
    ? []
    : signals.map(signal => own(signal, 'otel_service', instance, ATTRIBUTES_PROP));
  return {
    options: [...named, ...oldTags ? [own('traces', 'tags', undefined, ATTRIBUTES_PROP, "'resourceAttributes' are the tags")] : []],
    parts: (role, needs) => (needs.telemetry ? { env: identityEnv(instance, role, more, oldTags) } : {}),
  };
}

function identityEnv(instance: string, role: Role, more: { readonly [name: string]: string }, oldTags: boolean): EnvVar[] {
  const attributes = [
    ...Object.entries(POD).map(([name, { variable }]) => `${name}=$(${variable})`),
    `airflow.component=${role}`,
    ...Object.entries(more).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
  ].join(',');
  return [
    ...Object.values(POD).map(({ variable, fieldPath }) => ({ name: variable, valueFrom: { fieldRef: { fieldPath } } })),
    { name: 'OTEL_SERVICE_NAME', value: instance },
    { name: 'OTEL_RESOURCE_ATTRIBUTES', value: attributes },
    // Airflow 2 gives its spans these tags, and no other attributes.
    ...oldTags ? [{ name: 'AIRFLOW__TRACES__TAGS', value: attributes }] : [],
  ];
}
