import { Convert, plain, Undecided } from './conversion';
import { asObject, isObject, Json, JsonObject } from './json';
import { call, dict, Expr, list, lit, Maybe, name, someStruct, struct } from './program';

export const text: Convert = value => lit(String(value));
export const number: Convert = value => lit(whole(value));
export const flag: Convert = value => lit(value === true || value === 'true' || value === 'True');
export const texts: Convert = value => (Array.isArray(value) ? list(value.map(item => lit(String(item)))) : list([lit(String(value))]));

/** A map of texts: labels, annotations, node selectors. */
export const textMap: Convert = value => {
  if (!isObject(value)) { throw new Undecided(`the value must be a map, got '${String(value)}'`); }
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return entries.length === 0
    ? undefined
    : dict(
      Object.fromEntries(entries.map(([key, inner]) => [key, lit(typeof inner === 'object' ? JSON.stringify(inner) : String(inner))])),
    );
};

export const seconds: Convert = value => duration(whole(value));
export const minutes: Convert = value => duration(whole(value) * 60);
export const days: Convert = value => duration(whole(value) * 86_400);
export const asIs: Convert = value => plain(value);

/** The shortest way to say a number of seconds. */
export function duration(amount: number): Expr {
  const units = [['days', 86_400], ['hours', 3600], ['minutes', 60]] as const;
  const unit = amount === 0 ? undefined : units.find(([, size]) => amount % size === 0 && amount / size >= (size === 3600 ? 2 : 1));
  return unit === undefined ? call('Duration.seconds', lit(amount)) : call(`Duration.${unit[0]}`, lit(amount / unit[1]));
}

/** A duration of Go, as git-sync takes it: `60s`, `1m30s`. */
export const goDuration: Convert = value => {
  const parts = [...String(value).matchAll(/(\d+)(h|m|s)/g)];
  if (typeof value === 'number') { return duration(value); }
  if (parts.length === 0) { throw new Undecided(`the value must be a duration such as '60s', got '${String(value)}'`); }
  return duration(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * { h: 3600, m: 60, s: 1 }[unit as 'h' | 'm' | 's'], 0));
};

/** A size of a volume. */
export const size: Convert = value => {
  const [, amount, unit] = /^(\d+)(Ki|Mi|Gi|Ti)$/.exec(String(value)) ?? [];
  const factory = { Ki: 'kibibytes', Mi: 'mebibytes', Gi: 'gibibytes', Ti: 'tebibytes' }[unit as 'Ki'];
  if (factory !== undefined) { return call(`Size.${factory}`, lit(Number(amount))); }
  const decimal = /^(\d+)(k|M|G|T)?$/.exec(String(value));
  if (decimal === null) { throw new Undecided(`the value must be a size such as '10Gi', got '${String(value)}'`); }
  const bytes = Number(decimal[1]) * { k: 1e3, M: 1e6, G: 1e9, T: 1e12, none: 1 }[(decimal[2] ?? 'none') as 'k'];
  return call('Size.mebibytes', lit(Math.ceil(bytes / 2 ** 20)));
};

export const percentOrNumber: Convert = value => {
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined
    ? call('kplus.PercentOrAbsolute.absolute', lit(whole(value))) : call('kplus.PercentOrAbsolute.percent', lit(Number(percent)));
};

const QUANTITIES = { 'cpu': 'cpu', 'memory': 'memory', 'ephemeral-storage': 'ephemeralStorage' } as const;

/** CPU, memory and ephemeral storage. */
export const resources: Convert = value => {
  if (!isObject(value)) { throw new Undecided('the value must be a map'); }
  const side = (amounts: Json | undefined) =>
    someStruct(
      'ResourceQuantities',
      Object.fromEntries(
        Object.entries(asObject(amounts)).flatMap(([key, amount]) =>
          key in QUANTITIES && amount !== null ? [[QUANTITIES[key as 'cpu'], lit(String(amount))]] : [],
        ),
      ),
    );
  const both = someStruct('ResourcesOptions', { requests: side(value.requests), limits: side(value.limits) });
  return both && call('Resources.of', both);
};

/** Resources beside CPU and memory, such as GPUs. */
export function extendedResources(value: Json): Maybe<Expr> {
  const amounts = isObject(value)
    ? { ...asObject(value.requests), ...asObject(value.limits) }
    : {};
  const others = Object.entries(amounts).filter(([key]) => !(key in QUANTITIES));
  return others.length === 0 ? undefined : dict(Object.fromEntries(others.map(([key, amount]) => [key, lit(String(amount))])));
}

export const pullPolicy: Convert = value =>
  enumValue('kplus.ImagePullPolicy', { Always: 'ALWAYS', IfNotPresent: 'IF_NOT_PRESENT', Never: 'NEVER' }, value);

export function enumValue(type: string, names: { readonly [value: string]: string }, value: Json): Expr {
  const member = names[String(value)];
  if (member === undefined) { throw new Undecided(`the value must be one of ${Object.keys(names).join(', ')}, got '${String(value)}'`); }
  return name(`${type}.${member}`);
}

export function whole(value: Json): number {
  const found = typeof value === 'boolean' || value === null || value === '' ? NaN : Number(value);
  if (Number.isNaN(found)) { throw new Undecided(`the value must be a number, got '${String(value)}'`); }
  return found;
}

/** A schedule of cron. */
export const cron: Convert = value => {
  const fields = String(value).trim().split(/\s+/);
  if (fields.length !== 5) { throw new Undecided(`the schedule must have five fields, got '${String(value)}'`); }
  const [minute, hour, day, month, weekDay] = fields.map(field => (field === '*' ? undefined : lit(field)));
  return call('Cron.schedule', struct('CronOptions', { minute, hour, day, month, weekDay }));
};

/** The items of a list that are maps. */
export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
