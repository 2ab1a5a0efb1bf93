import type { Violation } from '@weft/kernel';

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
const DNS_NAME = /^[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?$/;
const UNSPECIFIED = new Set(['0.0.0.0', '::']);

/** Whether text is an IPv4 address in dotted form. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether text is an IPv6 address (with `::` and an IPv4 tail where used, without zone). */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return false;
  const [left = [], right] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...left, ...(right ?? [])];
  const tail = groups.at(-1) ?? '';
  const embedded = isIpv4(tail);
  const plain = embedded ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  const size = plain.length + (embedded ? 2 : 0);
  return right === undefined ? size === 8 : size < 8;
}

/** Whether text is an IP address of either family. */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** What is wrong with the address of a proxy: it is an IP address or a DNS name, and not the unspecified address. */
export function addressViolations(path: string, address: string): readonly Violation[] {
  if (address === '') return [{ path, message: "address can't be empty" }];
  if (UNSPECIFIED.has(address)) return [{ path, message: 'must not be 0.0.0.0 or ::' }];
  return isIp(address) || (address.length <= 253 && DNS_NAME.test(address)) ? [] : [{ path, message: 'address has to be valid IP address or domain name' }];
}
