import { SenderType, type NackedVersions } from './sender-type.ts';
import type { SyncItem, SyncRequest, SyncResponse } from './sync-message.ts';

/** The newest state that one peer shall have: mapped and filtered for it. Read when a response is built, never kept. */
export interface SyncSource {
  /** Wire names of all resources of a type; undefined for a type that is unknown here. */
  names(type: string): Iterable<string> | undefined;
  /** One resource; undefined where the peer shall not have it (any more). */
  item(type: string, name: string): SyncItem | undefined;
}

/** Settings of the sending side of a stream. */
export interface SyncSenderOptions {
  /** `global`, or the name of the zone. */
  readonly sender: string;
  /** How long a type rests after a NACK, in milliseconds (`kds.nackBackoff`). */
  readonly nackBackoffMs: number;
  /** How large the resources of one response may be, in bytes; the rest follows in further ones where the peer can take them. */
  readonly maxResponseBytes: number;
  /** Whether the peer has feature `weft-sync`. */
  readonly weftPeer: boolean;
}

/** What happens to the sending side. */
export type SenderEvent =
  | { readonly kind: 'request'; readonly request: SyncRequest }
  /** Resources of a type were written or removed; what they are now is read from the source. */
  | { readonly kind: 'changed'; readonly type: string; readonly names: readonly string[] }
  /** The rest that `wake` asked for is over. */
  | { readonly kind: 'woken'; readonly type: string };

/** What the sending side wants done. */
export type SenderEffect =
  | { readonly kind: 'send'; readonly response: SyncResponse }
  | { readonly kind: 'wake'; readonly type: string; readonly afterMs: number }
  /** The peer refused a response, for all that is known any of these versions; they are not sent again until they change. */
  | { readonly kind: 'rejected'; readonly type: string; readonly versions: NackedVersions; readonly message: string }
  /** The whole state of a type does not fit into one response, and the peer takes no parts: nothing of it is sent. */
  | { readonly kind: 'too-large'; readonly type: string; readonly bytes: number };

/**
 * The sending side of one stream (the global control plane on GlobalToZoneSync, the zone on ZoneToGlobalSync), as a
 * reducer: events in, effects out, no I/O.
 *
 * The first request of a type is answered at once, even if there is nothing. Of each type at most one response waits
 * for its answer; what changes meanwhile goes out with the next, as it is then. A type that is unknown here gets one empty answer.
 */
export class SyncSender {
  readonly #types = new Map<string, SenderType>();
  readonly #source: SyncSource;
  readonly #options: SyncSenderOptions;
  #nonce = 0;

  constructor(source: SyncSource, options: SyncSenderOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** The next step. */
  handle(event: SenderEvent): readonly SenderEffect[] {
    switch (event.kind) {
      case 'request': return this.#request(event.request);
      case 'changed': {
        const type = this.#types.get(event.type);
        type?.changed(event.names);
        return this.#flush(type);
      }
      case 'woken': {
        const type = this.#types.get(event.type);
        type?.wake();
        return this.#flush(type);
      }
    }
  }

  /** The types of which a response waits for its answer: what a watch for streams that have stopped moving looks at. */
  unanswered(): readonly string[] {
    return [...this.#types.values()].filter((type) => type.isWaiting()).map(({ name }) => name);
  }

  #request(request: SyncRequest): readonly SenderEffect[] {
    const known = this.#types.get(request.type);
    if (request.nonce !== '') return known === undefined ? [] : this.#answer(known, request);
    if (!request.subscribe) return [];
    const type = new SenderType(request.type, this.#source, { ...this.#options, initialVersions: request.initialVersions });
    this.#types.set(request.type, type);
    return this.#flush(type);
  }

  #answer(type: SenderType, { nonce, error }: SyncRequest): readonly SenderEffect[] {
    const answered = type.answered(nonce, error);
    if (answered === undefined) return [];
    if (error === undefined) return this.#flush(type);
    return [
      { kind: 'rejected', type: type.name, versions: answered, message: error },
      { kind: 'wake', type: type.name, afterMs: this.#options.nackBackoffMs },
    ];
  }

  #flush(type: SenderType | undefined): readonly SenderEffect[] {
    const next = type?.next(() => String((this.#nonce += 1)));
    if (next === undefined) return [];
    return [next.kind === 'send' ? { kind: 'send', response: { ...next.response, sender: this.#options.sender } } : next];
  }
}
