import { isIP } from 'net';

/** Whether the text is a range of IPv4 or IPv6 addresses, like 10.0.0.0/8. */
export function isCidr(range: string): boolean {
  const [, address, length] = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(range) ?? [];
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address ?? '')]!;
  return Number(length) <= longest;
}
