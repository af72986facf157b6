import { createHash } from 'crypto';

/** A short hash of plain data. The order of the keys does not change the hash. */
export function checksum(data: unknown): string {
  return createHash('sha256').update(text(data)).digest('hex').slice(0, 10);
}

/** Plain data as JSON. The order of the keys does not change the text. */
export function text(data: unknown): string {
  return JSON.stringify(canonical(data));
}

/** Plain data with sorted keys and without undefined values. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) { return value.map(canonical); }
  if (value !== null && typeof value === 'object') {
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(value).sort()) {
      const inner = (value as { [key: string]: unknown })[key];
      if (inner !== undefined) { entries.push([key, canonical(inner)]); }
    }
    return Object.fromEntries(entries);
  }
  return value;
}
