import type { ResponseParts } from './discovery-response.ts';
import type { SharedResource } from './shared-resource.ts';
import type { Resources, TypeState } from './type-state.ts';

/** First what is new or changed, of all types; then what has gone. */
export type Phase = 'updates' | 'removals';

/** The content of one response. */
export interface Draft {
  readonly resources: readonly SharedResource[];
  readonly removed: readonly string[];
  /** The due names that the response settles. */
  readonly names: readonly string[];
  /** SotW: version of the whole. */
  readonly version: string;
}

/** How a request answered the response in flight. */
export type Answer = { readonly kind: 'ack' } | { readonly kind: 'nack'; readonly message: string } | undefined;

/** What the stream knows of a request. */
export interface RequestContext {
  /** The snapshot's resources of the type; undefined while there is no snapshot. */
  readonly resources: Resources | undefined;
  /** It is the type's first request on the stream. */
  readonly first: boolean;
  /** It was the ACK or NACK of the response in flight. */
  readonly answered: boolean;
}

/** Where the two variants of xDS differ. Everything else is in the stream. */
export interface Protocol<Request> {
  /** True where a response shows all of a wildcard type, so that removed resources must be carried along for a while. */
  readonly fullState: boolean;
  /** How the request answers the response in flight; `stale` where it must be ignored altogether. */
  answer(state: TypeState, request: Request): Answer | 'stale';
  /** Takes the names of a request. */
  subscribe(state: TypeState, request: Request, context: RequestContext): void;
  /** Both the first request and the first snapshot are there: marks what the client does not hold yet. */
  begin(state: TypeState, resources: Resources): void;
  /** The next response of a type, or undefined where there is nothing to say. Settles due names that need no words. */
  draft(state: TypeState, resources: Resources, phase: Phase): Draft | undefined;
  encode(parts: ResponseParts): Uint8Array;
}
