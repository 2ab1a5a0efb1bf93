import type { SharedResource, XdsType } from './shared-resource.ts';
import { Subscription } from './subscription.ts';

/** Resources of one type by name. */
export type Resources = ReadonlyMap<string, SharedResource>;

/**
 * Why a name is due: `changed`: its content is not what the client holds; `asked`: the client asks for it, and is told
 * also where it does not exist.
 */
export type DueReason = 'changed' | 'asked';

/** The wait after a NACK doubles with each further one, up to this many times the first. */
const RETRY_CAP = 16;

/** What a stream knows of one type. The client holds the snapshot's content of every matching name that is neither due nor rejected nor in flight. */
export class TypeState {
  readonly type: XdsType;
  readonly subscription: Subscription;
  /** The client has asked for the type on this stream. */
  asked = false;
  /** The client waits for an answer even if there is nothing to say (a wildcard's first response). */
  mustAnswer = false;
  /** What is to be sent. */
  readonly due = new Map<string, DueReason>();
  /** The one unanswered response. */
  inFlight: { readonly nonce: string; readonly names: readonly string[] } | undefined;
  /** Nonce of the last response, answered or not; empty before the first. */
  lastNonce = '';
  /** Names whose present content the client refused. */
  readonly rejected = new Set<string>();
  /** SotW with wildcard: resources that have left the snapshot but that the client is still to keep. */
  readonly lingering = new Map<string, SharedResource>();
  /** SotW: endpoints of clusters that were sent again, and that one further request may ask for. */
  readonly rewarmed = new Set<string>();
  readonly #firstRetryMs: number;
  #retryMs: number;
  #retryPending = false;

  constructor(type: XdsType, retryMs: number) {
    this.type = type;
    this.#firstRetryMs = retryMs;
    this.#retryMs = retryMs;
    this.subscription = new Subscription(type);
  }

  /** Marks a name as due. Content that was refused is forgotten with it. */
  mark(name: string, reason: DueReason): void {
    this.rejected.delete(name);
    this.due.set(name, reason);
  }

  /** Marks every matching resource. */
  markAll(resources: Resources, reason: DueReason): void {
    for (const name of resources.keys()) if (this.subscription.matches(name)) this.mark(name, reason);
  }

  /** Forgets whatever the subscription no longer covers. */
  forgetUnmatched(): void {
    for (const name of this.due.keys()) if (!this.subscription.matches(name)) this.due.delete(name);
    for (const name of this.rejected) if (!this.subscription.matches(name)) this.rejected.delete(name);
    if (!this.subscription.wildcard) this.lingering.clear();
  }

  /** The client took the response in flight. */
  accept(): void {
    this.inFlight = undefined;
    this.#retryMs = this.#firstRetryMs;
  }

  /** The client refused the response in flight. Gives the wait before a retry, or undefined where one is waiting already. */
  refuse(): number | undefined {
    for (const name of this.inFlight?.names ?? []) if (!this.due.has(name) && this.subscription.matches(name)) this.rejected.add(name);
    this.inFlight = undefined;
    if (this.#retryPending) return undefined;
    this.#retryPending = true;
    const wait = this.#retryMs;
    this.#retryMs = Math.min(wait * 2, this.#firstRetryMs * RETRY_CAP);
    return wait;
  }

  /** The wait after a NACK is over: what was refused is due once more. */
  retry(): void {
    this.#retryPending = false;
    for (const name of [...this.rejected]) this.mark(name, 'changed');
  }
}

/**
 * Whether removals of the type go along with its updates. A Listener may take the address of one that goes, as when it
 * is renamed: Envoy refuses it while the other is there, and hands the socket over where both come together. Nothing
 * refers to a listener, so nothing is left hanging.
 */
export function makesRoom(state: TypeState): boolean {
  return state.type === 'lds';
}
