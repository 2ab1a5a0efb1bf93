import type { SyncItem, SyncNode, SyncRequest, SyncResponse } from './sync-message.ts';

/** Settings of the receiving side of a stream. */
export interface SyncReceiverOptions {
  /** Types to ask for. */
  readonly types: readonly string[];
  /** Types of Weft's own, which only a peer that has them is asked for. */
  readonly weftTypes?: readonly string[];
  readonly node: SyncNode;
  /** Whether the peer has `weft-sync`. `ask`: not known yet; its first response tells. */
  readonly peer: 'weft' | 'stock' | 'ask';
  /**
   * Wire name to version of all that is held from this peer, the empty version where it is not known any more; read when a type
   * is asked for, and when its whole state has come.
   */
  held(type: string): ReadonlyMap<string, string>;
}

/** What happens to the receiving side. */
export type ReceiverEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'response'; readonly response: SyncResponse }
  /** What `apply` asked for is done; `rejected` is why some of it could not be kept. */
  | { readonly kind: 'applied'; readonly type: string; readonly nonce: string; readonly rejected?: string };

/** What the receiving side wants done. */
export type ReceiverEffect =
  | { readonly kind: 'send'; readonly request: SyncRequest }
  /** Keep these, drop those, then answer with `applied`; one at a time for each type. `complete`: this type is in step now. */
  | { readonly kind: 'apply'; readonly type: string; readonly nonce: string; readonly items: readonly SyncItem[]; readonly removed: readonly string[]; readonly complete: boolean };

interface TypeState {
  /** Responses that wait for the one before them to be applied. */
  readonly queue: SyncResponse[];
  applying: string | undefined;
  /** A response was taken, so later ones are changes. */
  started: boolean;
  lastNonce: number;
}

const NOTHING: ReadonlyMap<string, string> = new Map();

/**
 * The receiving side of one stream (the zone on GlobalToZoneSync, the global control plane on ZoneToGlobalSync), as a
 * reducer: events in, effects out, no I/O.
 *
 * The first response of a stock peer is the whole state of its type: what is held and not in it goes. A Weft peer is told what is
 * held, and answers with the difference. Each response is answered after it was applied; a refused one with the reason.
 */
export class SyncReceiver {
  readonly #types: ReadonlyMap<string, TypeState>;
  readonly #options: SyncReceiverOptions;
  #peer: SyncReceiverOptions['peer'];
  #described = false;
  #asksAgain = false;

  constructor(options: SyncReceiverOptions) {
    this.#options = options;
    this.#peer = options.peer;
    this.#types = new Map([...options.types, ...(options.weftTypes ?? [])].map((type) => [type, { queue: [], applying: undefined, started: false, lastNonce: 0 }]));
  }

  /** The next step. */
  handle(event: ReceiverEvent): readonly ReceiverEffect[] {
    switch (event.kind) {
      case 'opened': return this.#subscribe(this.#peer === 'ask' ? this.#options.types.slice(0, 1) : this.#wanted());
      case 'response': return [...this.#learn(event.response), ...this.#receive(event.response)];
      case 'applied': return this.#applied(event);
    }
  }

  /** Types whose whole state has not come yet. */
  outstanding(): readonly string[] {
    return this.#wanted().filter((type) => this.#types.get(type)?.started === false);
  }

  /** Whether the peer is known not to be one of Weft. */
  isStockPeer(): boolean {
    return this.#peer === 'stock';
  }

  #wanted(): readonly string[] {
    return this.#peer === 'weft' ? [...this.#options.types, ...(this.#options.weftTypes ?? [])] : this.#options.types;
  }

  #subscribe(types: readonly string[]): readonly ReceiverEffect[] {
    return types.map((type) => this.#send({ type, subscribe: true, initialVersions: this.#peer === 'weft' ? this.#options.held(type) : NOTHING, nonce: '' }));
  }

  #send(request: SyncRequest): ReceiverEffect {
    const node = this.#described ? { id: this.#options.node.id } : this.#options.node;
    this.#described ||= request.subscribe;
    return { kind: 'send', request: { ...request, node } };
  }

  /** With its first answer the peer has shown what it is. One of Weft is asked again once that answer is applied, with what is held then. */
  #learn({ scope }: SyncResponse): readonly ReceiverEffect[] {
    if (this.#peer !== 'ask') return [];
    this.#peer = scope === 'stock' ? 'stock' : 'weft';
    if (this.#peer === 'stock') return this.#subscribe(this.#options.types.slice(1));
    this.#asksAgain = true;
    return [];
  }

  #receive(response: SyncResponse): readonly ReceiverEffect[] {
    const state = this.#types.get(response.type);
    if (state === undefined || isRepeated(state, response)) return [];
    state.queue.push(response);
    return this.#next(response.type, state);
  }

  #next(type: string, state: TypeState): readonly ReceiverEffect[] {
    const response = state.applying === undefined ? state.queue.shift() : undefined;
    if (response === undefined) return [];
    state.applying = response.nonce;
    const removed = new Set(response.removed);
    if (!state.started && response.scope === 'stock') for (const name of missing(this.#options.held(type), response)) removed.add(name);
    state.started = true;
    return [{ kind: 'apply', type, nonce: response.nonce, items: response.resources, removed: [...removed], complete: response.scope !== 'part' }];
  }

  /** In place of an answer: so nothing of this type comes between that would be held and not named here. */
  #askAgain(): readonly ReceiverEffect[] {
    this.#asksAgain = false;
    return this.#subscribe(this.#wanted());
  }

  #applied({ type, nonce, rejected }: Extract<ReceiverEvent, { kind: 'applied' }>): readonly ReceiverEffect[] {
    const state = this.#types.get(type);
    if (state?.applying !== nonce) return [];
    state.applying = undefined;
    if (this.#asksAgain) return this.#askAgain();
    const answer = this.#send({ type, subscribe: rejected !== undefined, initialVersions: NOTHING, nonce, ...(rejected !== undefined && { error: rejected }) });
    return [answer, ...this.#next(type, state)];
  }
}

/** Nonces of a peer that counts only grow; a smaller one is a response that was taken already. */
function isRepeated(state: TypeState, { nonce }: SyncResponse): boolean {
  const count = Number(nonce);
  if (!Number.isSafeInteger(count)) return false;
  const repeated = count <= state.lastNonce;
  state.lastNonce = Math.max(count, state.lastNonce);
  return repeated;
}

function missing(held: ReadonlyMap<string, string>, { resources }: SyncResponse): readonly string[] {
  const given = new Set(resources.map(({ name }) => name));
  return [...held.keys()].filter((name) => !given.has(name));
}
