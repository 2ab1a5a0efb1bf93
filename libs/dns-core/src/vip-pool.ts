import { contentHash, err, ok, type Result } from '@weft/kernel';
import { formatAddress, parseRange, type AddressRange } from './address-range.ts';

/** A range of addresses to hand out: first and last usable one, as numbers. */
export interface VipPool extends AddressRange {
  /** As it was written, for messages. */
  readonly cidr: string;
  /** Ranges inside the pool that are not handed out, sorted, none inside another. */
  readonly reserved: readonly AddressRange[];
}

/**
 * Reads a range such as `240.0.0.0/4` or `fd00:fd00::/64`. Its first and last address (network, broadcast) are not handed
 * out, nor what `reserved` names: ranges or single addresses (`10.0.0.7/32`) of other uses. A reserved range that covers
 * the whole pool does not count: two pools may be one range. Never throws.
 */
export function parseVipPool(cidr: string, reserved: readonly string[] = []): Result<VipPool, string> {
  const range = parseRange(cidr);
  if (range === undefined || range.last - range.first < 3) return err(`"${cidr}" is no range with room for addresses, such as 240.0.0.0/4 or fd00:fd00::/64`);
  const kept: AddressRange[] = [];
  for (const text of reserved) {
    const other = parseRange(text);
    if (other === undefined) return err(`"${text}" is no range of addresses to keep free, such as 241.0.0.0/8 or 240.0.0.7/32`);
    if (isInside(other, range) && !isInside(range, other)) kept.push(other);
  }
  return ok({ ...range, first: range.first + 1, last: range.last - 1, cidr, reserved: outermost(kept) });
}

function isInside(inner: AddressRange, outer: AddressRange): boolean {
  return String(inner.ipv6Prefix) === String(outer.ipv6Prefix) && inner.first >= outer.first && inner.last <= outer.last;
}

/** Ranges of this kind lie apart from each other or one inside the other. */
function outermost(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const outer: AddressRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first || b.last - a.last)) {
    const before = outer.at(-1);
    if (before === undefined || !isInside(range, before)) outer.push(range);
  }
  return outer;
}

/** How many addresses a pool can hand out. */
export function poolSize({ first, last, reserved }: VipPool): number {
  return reserved.reduce((size, range) => size - Math.max(0, Math.min(range.last, last) - Math.max(range.first, first) + 1), last - first + 1);
}

/**
 * The address for a name: the one that its hash points at, or the next free one after it, so that the same names get
 * the same addresses in a new store. An error says that the pool is full.
 */
export function allocateVip(pool: VipPool, name: string, taken: Pick<ReadonlySet<string>, 'has' | 'size'>): Result<string, string> {
  const { first, last, reserved } = pool;
  const size = last - first + 1;
  const start = Number.parseInt(contentHash(name).slice(0, 12), 16) % size;
  // One more try than there are taken addresses always meets a free one, if there is any.
  for (let step = 0, tries = 0; step < size && tries <= taken.size; step += 1) {
    const number = first + ((start + step) % size);
    const kept = reserved.find((range) => range.first <= number && number <= range.last);
    if (kept !== undefined) {
      step += Math.min(kept.last, last) - number;
      continue;
    }
    tries += 1;
    const address = formatAddress(pool, number);
    if (!taken.has(address)) return ok(address);
  }
  return err(`the pool ${pool.cidr} is full: all of its ${poolSize(pool)} addresses are in use`);
}
