/** Addresses from one to another, as numbers, both included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
  /** IPv6 only: the first five groups of every address. The numbers are the other 48 bits, which is plenty and exact in a number. */
  readonly ipv6Prefix?: readonly number[];
}

const LOW_BITS = 48;

/** Reads `a.b.c.d/n` or `x::y/n`. An IPv6 range of more than 48 free bits is cut to its first 2^48 addresses. Undefined: it is none. */
export function parseRange(cidr: string): AddressRange | undefined {
  return parseIpv4(cidr) ?? parseIpv6(cidr);
}

/** The text of an address, in the family of `range`. */
export function formatAddress({ ipv6Prefix }: Pick<AddressRange, 'ipv6Prefix'>, address: number): string {
  if (ipv6Prefix === undefined) return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  return compressed([...ipv6Prefix, ...[32, 16, 0].map((shift) => Math.floor(address / 2 ** shift) % 65_536)]);
}

function parseIpv4(cidr: string): AddressRange | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const bits = Number(match?.[5]);
  const parts = match?.slice(1, 5).map(Number) ?? [];
  if (match === null || bits > 32 || parts.some((part) => part > 255)) return undefined;
  return around(toNumber(parts, 256), 32 - bits);
}

function parseIpv6(cidr: string): AddressRange | undefined {
  const [, address, length] = /^([0-9a-f:]+)\/(\d{1,3})$/i.exec(cidr) ?? [];
  const groups = address === undefined ? undefined : expand(address);
  if (groups === undefined || Number(length) > 128) return undefined;
  return { ...around(toNumber(groups.slice(5), 65_536), Math.min(LOW_BITS, 128 - Number(length))), ipv6Prefix: groups.slice(0, 5) };
}

function around(address: number, freeBits: number): AddressRange {
  const size = 2 ** freeBits;
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

/** The eight groups of an address. Undefined: it is none. */
function expand(address: string): readonly number[] | undefined {
  const [before = '', after, more] = address.split('::');
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const [head, tail] = [groups(before), groups(after)];
  const missing = 8 - head.length - tail.length;
  if (more !== undefined || (after === undefined ? missing !== 0 : missing < 1)) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return all.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? all.map((group) => Number.parseInt(group, 16)) : undefined;
}

function toNumber(parts: readonly number[], base: number): number {
  return parts.reduce((sum, part) => sum * base + part, 0);
}

/** The usual short form: the first longest run of two or more zero groups becomes `::`. Source: RFC 5952. */
function compressed(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(':');
  const [longest = ''] = (text.match(/\b0(?::0)+\b/g) ?? []).sort((a, b) => b.length - a.length);
  return longest === '' ? text : text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}
