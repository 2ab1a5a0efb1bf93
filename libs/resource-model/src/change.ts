import type { Resource, ResourceKey } from './resource.ts';

/**
 * Position of a committed write: `n` counts up by one within an epoch. Another epoch (a restore, a fresh store, a
 * failover that may have lost a tail) makes every consumer start again from a snapshot. Decision: design §3.
 */
export interface Revision {
  readonly epoch: string;
  readonly n: number;
}

/**
 * One committed write as consumers see it. `put` carries the whole resource. `envelope` is all that the feed says of
 * a secret: that it exists in this version, and a keyed digest that tells a change of content from a rewrite.
 */
export type Change =
  | { readonly op: 'put'; readonly resource: Resource }
  | { readonly op: 'delete'; readonly key: ResourceKey }
  | { readonly op: 'envelope'; readonly key: ResourceKey; readonly version: number; readonly digest: string };

/** A change with its position. */
export interface ChangeRecord {
  readonly revision: Revision;
  readonly change: Change;
}
