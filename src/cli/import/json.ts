/** A value of YAML. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The map, or an empty one for anything else. */
export function asObject(value: Json | undefined): JsonObject { return isObject(value) ? value : {}; }

/** Whether two values are the same, whatever the order of keys. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) { return `[${value.map(canonical).join()}]`; }
  if (isObject(value)) { return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`; }
  return JSON.stringify(value ?? null);
}
