import { contentHash, err, ok, type Result } from '@weft/kernel';

/** A range of addresses to hand out: first and last usable one, as numbers. */
export interface VipPool {
  readonly first: number;
  readonly last: number;
  /** IPv6 only: the first five groups of every address. The numbers are the other 48 bits, which is plenty and exact in a number. */
  readonly ipv6Prefix?: readonly number[];
}

const LOW_BITS = 48;

/** Reads a range such as `240.0.0.0/4` or `fd00:fd00::/64`. Its first and last address (network, broadcast) are not handed out. Never throws. */
export function parseVipPool(cidr: string): Result<VipPool, string> {
  return parseIpv4(cidr) ?? parseIpv6(cidr) ?? err(`"${cidr}" is no range with room for addresses, such as 240.0.0.0/4 or fd00:fd00::/64`);
}

function parseIpv4(cidr: string): Result<VipPool, string> | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const bits = Number(match?.[5]);
  const parts = match?.slice(1, 5).map(Number) ?? [];
  if (match === null || bits > 30 || parts.some((part) => part > 255)) return undefined;
  return ok(range(toNumber(parts, 256), 32 - bits));
}

function parseIpv6(cidr: string): Result<VipPool, string> | undefined {
  const [, address, length] = /^([0-9a-f:]+)\/(\d{1,3})$/i.exec(cidr) ?? [];
  const groups = address === undefined ? undefined : expand(address);
  if (groups === undefined || Number(length) > 126) return undefined;
  return ok({ ...range(toNumber(groups.slice(5), 65_536), Math.min(LOW_BITS, 128 - Number(length))), ipv6Prefix: groups.slice(0, 5) });
}

function range(address: number, freeBits: number): { readonly first: number; readonly last: number } {
  const size = 2 ** freeBits;
  const base = Math.floor(address / size) * size;
  return { first: base + 1, last: base + size - 2 };
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

/**
 * The address for a name: the one that its hash points at, or the next free one after it, so that the same names get
 * the same addresses in a new store. Undefined where the pool is full.
 */
export function allocateVip(pool: VipPool, name: string, taken: Pick<ReadonlySet<string>, 'has' | 'size'>): string | undefined {
  const size = pool.last - pool.first + 1;
  const start = Number.parseInt(contentHash(name).slice(0, 12), 16) % size;
  // One more try than there are taken addresses always meets a free one, if there is any.
  for (let step = 0; step < Math.min(size, taken.size + 1); step++) {
    const address = toText(pool, pool.first + ((start + step) % size));
    if (!taken.has(address)) return address;
  }
  return undefined;
}

function toNumber(parts: readonly number[], base: number): number {
  return parts.reduce((sum, part) => sum * base + part, 0);
}

function toText({ ipv6Prefix }: VipPool, address: number): string {
  if (ipv6Prefix === undefined) return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  return compressed([...ipv6Prefix, ...[32, 16, 0].map((shift) => Math.floor(address / 2 ** shift) % 65_536)]);
}

/** The usual short form: the first longest run of two or more zero groups becomes `::`. Source: RFC 5952. */
function compressed(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(':');
  const [longest = ''] = (text.match(/\b0(?::0)+\b/g) ?? []).sort((a, b) => b.length - a.length);
  return longest === '' ? text : text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}
