import type { ChangedNames, ProxySnapshot, SharedResource, XdsType } from './shared-resource.ts';

/** What can happen to a stream. */
export type StreamEvent<Request> =
  | { readonly kind: 'request'; readonly request: Request }
  /** What the proxy is to have now. `changed` may be left out: then the two snapshots are compared. */
  | { readonly kind: 'snapshot'; readonly snapshot: ProxySnapshot; readonly changed?: ChangedNames }
  /** The wait asked for by `retry-after` is over. */
  | { readonly kind: 'retry'; readonly type: XdsType }
  /** The transport's buffer is full, and empty again. In between only state is kept. */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'closed' };

/** What the shell around a stream is to do, in this order. */
export type StreamEffect =
  | {
      readonly kind: 'send';
      readonly type: XdsType;
      readonly nonce: string;
      /** The encoded response. */
      readonly message: Uint8Array;
      readonly resources: readonly SharedResource[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'ack'; readonly type: XdsType }
  | { readonly kind: 'nack'; readonly type: XdsType; readonly message: string; readonly names: readonly string[] }
  /** Send a `retry` event for the type after this time. */
  | { readonly kind: 'retry-after'; readonly type: XdsType; readonly delayMs: number };
