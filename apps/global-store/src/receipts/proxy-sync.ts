/** Where a proxy stands with one xDS type, as xds-servers report it. Times are RFC 3339, revisions `<epoch>.<n>`. */
export interface TypeReceipt {
  readonly state: 'SYNCED' | 'STALE' | 'NACK';
  readonly since: string;
  /** Of the feed, when the last response was sent. */
  readonly revision?: string;
  /** Envoy's words, of a refusal. */
  readonly message?: string;
}

/** Where one proxy stands. `types` is by xDS type (`cds`, `eds`, `lds`, `rds`, `sds`); a type that it was never sent is absent. */
export interface ProxySync {
  readonly mesh: string;
  readonly name: string;
  /** At a global control plane: the zone that says so. */
  readonly zone?: string;
  readonly state: 'SYNCED' | 'STALE' | 'NACK' | 'OFFLINE';
  readonly types: Readonly<Record<string, TypeReceipt>>;
}

/** A proxy's state from those of its types: a refusal counts most, then an answer still awaited. */
export function proxySync(key: Pick<ProxySync, 'mesh' | 'name' | 'zone'>, connected: boolean, types: Readonly<Record<string, TypeReceipt>>): ProxySync {
  const states = Object.values(types).map(({ state }) => state);
  const known = states.length === 0 || states.includes('STALE') ? 'STALE' : 'SYNCED';
  const state = !connected ? 'OFFLINE' : states.includes('NACK') ? 'NACK' : known;
  return { ...key, state, types };
}
