import { isCredential, holdsSecret } from '../core/secret-names';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { checkAtLeast } from '../kubernetes/validate';

/**
 * Options of `KedaTrigger.cron`.
 */
export interface KedaCronOptions {
  /** The time zone, for example `Europe/Berlin`. */
  readonly timezone: string;

  /** The cron expression of the start, for example `0 6 * * 1-5`. */
  readonly start: string;

  /** The cron expression of the end. */
  readonly end: string;

  /** The number of pods between the start and the end. */
  readonly replicas: number;
}

/**
 * Options of `KedaTrigger.of`.
 */
export interface KedaTriggerOptions {
  /** The parameters of the scaler, as KEDA calls them. They hold no password. */
  readonly metadata: { readonly [parameter: string]: string };

  /**
   * The parameters of the scaler that are in Secrets. A TriggerAuthentication passes them to KEDA.
   *
   * @default - none
   */
  readonly authentication?: { readonly [parameter: string]: SecretKey };

  /**
   * What KEDA compares with the target: the value of each pod, the value, or the utilization in percent.
   *
   * @default - KEDA's default for the scaler (`AverageValue`)
   */
  readonly metricType?: KedaMetricType;
}

/**
 * What KEDA compares with the target of a trigger.
 */
export enum KedaMetricType {
  /** The value divided by the number of pods. */
  AVERAGE_VALUE = 'AverageValue',
  /** The value. */
  VALUE = 'Value',
  /** The utilization in percent of the requests, for CPU and memory. */
  UTILIZATION = 'Utilization',
}

/** A trigger of a ScaledObject, and its secret parameters. */
export interface KedaTriggerConfig {
  readonly trigger: Json;
  readonly secrets: [parameter: string, key: SecretKey][];
}

/**
 * A trigger by which KEDA decides how many pods run.
 *
 * @see https://keda.sh/docs/latest/scalers/
 */
export class KedaTrigger {
  /**
   * A number of pods at certain times. Outside of these times, the other triggers decide. A trigger that KEDA cannot read keeps the
   * last pod.
   *
   * @throws when KEDA does not read an expression, when start and end are the same, or when `replicas` is less than 1
   * @see https://keda.sh/docs/latest/scalers/cron/
   */
  public static cron(options: KedaCronOptions): KedaTrigger {
    checkMembers('KedaCronOptions', options);
    const { timezone, start, end, replicas } = options;
    gather(undefined, problems => {
      for (const [prop, expression] of Object.entries({ start, end })) {
        if (!isCron(expression)) {
          problems.add(`'${prop}' must be a cron expression of five fields, like '0 6 * * 1-5', with Sunday as 0, got '${expression}'`);
        }
      }
      if (start === end) { problems.add(`'start' and 'end' must be different times, got '${start}' for both`); }
      if (!isTimeZone(timezone)) { problems.add(`'timezone' must be the name of a time zone, like Europe/Berlin, got '${timezone}'`); }
      problems.check(() => checkAtLeast(undefined, 'replicas', replicas, 1));
    });
    return new KedaTrigger({ trigger: { type: 'cron', metadata: { timezone, start, end, desiredReplicas: `${replicas}` } }, secrets: [] });
  }

  /**
   * Any other scaler of KEDA.
   *
   * @param type the name of the scaler, for example `rabbitmq` or `prometheus`
   * @throws when a parameter holds a password, or is both in `metadata` and in `authentication`
   */
  public static of(type: string, options: KedaTriggerOptions): KedaTrigger {
    checkMembers('KedaTriggerOptions', options);
    const { metadata, authentication = {}, metricType } = options;
    gather(undefined, problems => {
      if (!/^[a-z][a-z0-9-]*$/.test(type)) { problems.add(`'type' must be the name of a scaler of KEDA, like rabbitmq, got '${type}'`); }
      for (const [name, value] of Object.entries(metadata)) {
        if (typeof value !== 'string') {
          problems.add(`'metadata' must have a text for '${name}', got ${JSON.stringify(value)}; put it into quotes`);
        }
        if (isCredential(name) || holdsSecret(`${value}`)) {
          problems.add(`'metadata' must not have a password in '${name}', since everyone who reads the YAML would have it; `
            + "give it in 'authentication'");
        }
        if (authentication[name] !== undefined) {
          problems.add(`'${name}' is both in 'metadata' and in 'authentication'; leave one of them out`);
        }
      }
    });
    return new KedaTrigger({ trigger: { type, metadata, ...metricType && { metricType } }, secrets: Object.entries(authentication) });
  }

  private constructor(private readonly config: KedaTriggerConfig) {}

  /**
   * @internal
   */
  public _bind(): KedaTriggerConfig {
    return this.config;
  }
}

/** A field of a cron expression. */
interface CronField {
  readonly least: number;
  readonly most: number;
  readonly names?: string[];
}

const CRON_FIELDS: CronField[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] },
  { least: 0, most: 6, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
];

/** Whether KEDA reads the expression. Unlike the cron of Linux, KEDA does not know 7 as Sunday. */
function isCron(expression: string): boolean {
  const texts = expression.trim().split(/\s+/);
  return texts.length === CRON_FIELDS.length
    && texts.every((text, index) => text.split(',').every(part => isCronPart(part, CRON_FIELDS[index])));
}

/** Whether a part of a field is a value, a range or a wildcard, with or without a step. */
function isCronPart(part: string, field: CronField): boolean {
  const [, range, , step] = /^([^/]*)(\/(.*))?$/.exec(part)!;
  if (step !== undefined && !/^[1-9]\d*$/.test(step)) { return false; }
  const values = range.split('-');
  return ['*', '?'].includes(range) || (values.length <= 2 && values.every(value => isCronValue(value, field)));
}

function isCronValue(text: string, { least, most, names = [] }: CronField): boolean {
  return names.includes(text.toUpperCase()) || (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most);
}

/** KEDA would fail at an unknown time zone in the cluster, and never stop the last pod. */
function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
