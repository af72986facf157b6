import { createHash } from 'crypto';

/** A short hash of plain data, the same whatever the order of its keys. */
export function checksum(data: unknown): string {
  return createHash('sha256').update(text(data)).digest('hex').slice(0, 10);
}

/** Plain data as text, the same whatever the order of its keys. */
export function text(data: unknown): string {
  return JSON.stringify(canonical(data));
}

/** Plain data with its keys in order and without those that are undefined. */
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
