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
    return Object.fromEntries(Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]));
  }
  return value;
}
