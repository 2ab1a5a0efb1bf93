/** One resource on its way: what it is called, what it contains (by content, opaque to the receiver), and its bytes. */
export interface SyncItem {
  /** `<name>.<mesh>`. */
  readonly name: string;
  readonly version: string;
  /** An encoded KumaResource. */
  readonly body: Uint8Array;
}

/** What the receiver says of itself with its first request; later ones leave it out. */
export interface SyncNode {
  /** Name of the zone, in both directions. */
  readonly id: string;
  /** `version`, `config`, `control-plane-id`, `features`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A `DeltaDiscoveryRequest`, as far as KDS uses it. */
export interface SyncRequest {
  readonly type: string;
  readonly node?: SyncNode;
  /** Whether all resources of the type are asked for (`*`). */
  readonly subscribe: boolean;
  /** Wire name to version of what the receiver holds already; only between Weft peers. */
  readonly initialVersions: ReadonlyMap<string, string>;
  /** Nonce of the response that is answered; empty where none is. */
  readonly nonce: string;
  /** The reason where that response was refused (NACK). */
  readonly error?: string;
}

/**
 * How a response relates to the whole state of its type. `stock`: the first response of a stream is the whole, later ones
 * are changes. `part` and `last` come from Weft: changes against the versions that the receiver named, `part` with more to follow.
 */
export type SyncScope = 'stock' | 'part' | 'last';

/** A `DeltaDiscoveryResponse`, as far as KDS uses it. */
export interface SyncResponse {
  readonly type: string;
  readonly nonce: string;
  /** `global`, or the name of the zone that sends. */
  readonly sender: string;
  readonly scope: SyncScope;
  readonly resources: readonly SyncItem[];
  /** Wire names. */
  readonly removed: readonly string[];
}
