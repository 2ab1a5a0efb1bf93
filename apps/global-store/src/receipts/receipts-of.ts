import { hasReached, parseRevision, type Revision } from '@weft/resource-model';
import type { ProxySync, TypeReceipt } from './proxy-sync.ts';

/** What became of a write at one proxy that it concerned. */
export interface Receipt {
  readonly mesh: string;
  readonly name: string;
  readonly result: 'ACKED' | 'NACKED' | 'PENDING';
  /** RFC 3339: since when it is so. */
  readonly at: string;
  /** Envoy's words. */
  readonly messages: readonly string[];
}

/** What became of a write. */
export interface Receipts {
  /** Every living xds-server has come to the revision, and no proxy's answer is awaited. */
  readonly complete: boolean;
  /** Proxies that are connected. */
  readonly connected: number;
  readonly proxies: readonly Receipt[];
}

/** What is observed, as far as receipts need it. */
export interface Observed {
  readonly proxies: readonly ProxySync[];
  /** Up to where each living xds-server has handed configs out; undefined before its first. */
  readonly positions: readonly (Revision | undefined)[];
}

/**
 * What became of the write at `revision`. A proxy was concerned if anything was sent to it since: that is exact for a
 * write that nothing else follows, and names a few too many where other writes come at the same time. Of several writes
 * that are asked for as one, `since` is the first and `revision` the last.
 */
export function receiptsOf(revision: Revision, { proxies, positions }: Observed, since: Revision = revision): Receipts {
  const online = proxies.filter(({ state }) => state !== 'OFFLINE');
  const reached = positions.length > 0 && positions.every((position) => position !== undefined && hasReached(position, revision));
  const awaited = online.some(({ types }) => Object.values(types).some(({ state }) => state === 'STALE'));
  const concerned = online.flatMap((proxy): readonly Receipt[] => {
    const types = Object.values(proxy.types).filter((type) => isSince(type, since));
    return types.length === 0 ? [] : [{ mesh: proxy.mesh, name: proxy.name, ...outcome(types) }];
  });
  return { complete: reached && !awaited, connected: online.length, proxies: concerned };
}

function isSince({ revision }: TypeReceipt, wanted: Revision): boolean {
  const sent = revision === undefined ? undefined : parseRevision(revision);
  return sent !== undefined && sent.epoch === wanted.epoch && sent.n >= wanted.n;
}

function outcome(types: readonly TypeReceipt[]): Omit<Receipt, 'mesh' | 'name'> {
  const refused = types.filter(({ state }) => state === 'NACK');
  const pending = types.some(({ state }) => state === 'STALE');
  const at = types.map(({ since }) => since).sort().at(-1) ?? '';
  return { result: refused.length > 0 ? 'NACKED' : pending ? 'PENDING' : 'ACKED', at, messages: refused.map(({ message = '' }) => message) };
}
