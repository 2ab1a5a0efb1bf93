import { contentHash, err, ok, type Result } from '@weft/kernel';

/** A range of IPv4 addresses to hand out: first and last usable one, as numbers. */
export interface VipPool {
  readonly first: number;
  readonly last: number;
}

/** Reads a range such as `240.0.0.0/4`. Its first and last address (network, broadcast) are not handed out. Never throws. */
export function parseVipPool(cidr: string): Result<VipPool, string> {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const bits = Number(match?.[5]);
  const parts = match?.slice(1, 5).map(Number) ?? [];
  if (match === null || bits > 30 || parts.some((part) => part > 255)) return err(`"${cidr}" is no IPv4 range with room for addresses, such as 240.0.0.0/4`);
  const size = 2 ** (32 - bits);
  const base = Math.floor(toNumber(parts) / size) * size;
  return ok({ first: base + 1, last: base + size - 2 });
}

/**
 * The address for a name: the one that its hash points at, or the next free one after it, so that the same names get
 * the same addresses in a new store. Undefined where the pool is full.
 */
export function allocateVip(pool: VipPool, name: string, taken: ReadonlySet<string>): string | undefined {
  const size = pool.last - pool.first + 1;
  const start = Number.parseInt(contentHash(name).slice(0, 12), 16) % size;
  // One more try than there are taken addresses always meets a free one, if there is any.
  for (let step = 0; step < Math.min(size, taken.size + 1); step++) {
    const address = toText(pool.first + ((start + step) % size));
    if (!taken.has(address)) return address;
  }
  return undefined;
}

function toNumber(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
