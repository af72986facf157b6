import { createHash } from 'crypto';

/** A short hash of plain data, the same whatever the order of its keys. */
export function checksum(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(sorted(data))).digest('hex').slice(0, 10);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) { return value.map(sorted); }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
  }
  return value;
}
