import { sends } from './metrics-config';
import { bindOtlp, checkOtlp } from './otlp';
import { OtlpOptions } from './otlp-options';
import { Answer, byDefault, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';

/**
 * Options of `Traces.openTelemetry`.
 */
export interface OpenTelemetryTracesOptions extends OtlpOptions {
  /**
   * The share of DAG runs that have a trace, from 0 to 1 (from Airflow 3.3 on).
   *
   * @default 1
   */
  readonly sampleRatio?: number;

  /**
   * Whether the loops of the components have spans, too (from Airflow 3.1 on). They are for the developers of Airflow.
   *
   * @default false
   */
  readonly debug?: boolean;
}

/**
 * Where Airflow sends the traces of DAG runs and tasks.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/logging-monitoring/traces.html
 */
export abstract class Traces {
  /**
   * By OpenTelemetry to an endpoint that takes OTLP: a collector, Jaeger, Tempo, or a service.
   */
  public static openTelemetry(options: OpenTelemetryTracesOptions): Traces {
    checkMembers('OpenTelemetryTracesOptions', options);
    return new OpenTelemetryTraces(options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): Required<Pick<Answer, 'options' | 'parts'>>;
}

const PROP = "'telemetry.traces'";

class OpenTelemetryTraces extends Traces {
  constructor(private readonly options: OpenTelemetryTracesOptions) { super(); }

  public _bind(context: BindContext): Required<Pick<Answer, 'options' | 'parts'>> {
    const { sampleRatio, debug = false } = this.options;
    const { version } = context;
    gather(context, problems => {
      checkOtlp(problems, 'telemetry.traces', this.options, version);
      if (sampleRatio !== undefined && !(sampleRatio >= 0 && sampleRatio <= 1)) {
        problems.add(`'telemetry.traces.sampleRatio' must be a number from 0 to 1, got ${sampleRatio}`);
      }
      if (sampleRatio !== undefined && !version._isFrom(3, 3)) {
        problems.add(
          `'telemetry.traces.sampleRatio' exists from Airflow 3.3 on, but the version is ${version.release}; `
            + 'leave it out, or let a collector sample',
        );
      }
      if (debug && !version._isFrom(3, 1)) {
        problems.add(`'telemetry.traces.debug' exists from Airflow 3.1 on, but the version is ${version.release}; leave it out`);
      }
    });
    const { options, env, endpoint } = bindOtlp(context, 'traces', this.options);
    return {
      options: [
        ...options,
        ...version._isFrom(3, 1) ? [own('traces', 'otel_debug_traces_on', debug ? 'True' : 'False', PROP)] : [],
        // A task waits this long at its end for an endpoint that does not answer.
        ...version._isFrom(3, 2) ? [byDefault('traces', 'task_runner_flush_timeout_milliseconds', '5000')] : [],
      ],
      parts: sends('traces', [...env, ...sampler(sampleRatio)], endpoint),
    };
  }
}

/** Airflow decides once for a DAG run, and its tasks follow. */
function sampler(ratio: number | undefined): EnvVar[] {
  return ratio === undefined ? [] : [
    { name: 'OTEL_TRACES_SAMPLER', value: 'parentbased_traceidratio' },
    { name: 'OTEL_TRACES_SAMPLER_ARG', value: `${ratio}` },
  ];
}
