import type { Draft, Phase, Protocol } from './protocol.ts';
import { TYPE_URLS, XDS_TYPES, type ChangedNames, type ProxySnapshot, type XdsType } from './shared-resource.ts';
import type { StreamEffect, StreamEvent } from './stream-event.ts';
import { TypeState, type Resources } from './type-state.ts';

/** Whatever refers to something goes before it. */
const REMOVAL_ORDER: readonly XdsType[] = ['lds', 'rds', 'cds', 'eds', 'sds'];

/** Types whose unanswered or unsent updates may still refer to what is to be removed. */
const REFERRING: readonly XdsType[] = ['cds', 'lds', 'rds'];

const TYPE_BY_URL: ReadonlyMap<string, XdsType> = new Map(XDS_TYPES.map((type) => [TYPE_URLS[type], type]));

/**
 * One ADS stream as a reducer: {@link AdsStream.step} takes an event in, changes the state in place, and gives the
 * effects; it does nothing else. The rules it keeps:
 * at most one unanswered response per type, behind which only the newest state waits; updates in the order CDS, EDS,
 * LDS, RDS, SDS, removals after them (of listeners: with them, as two cannot have one address); a Cluster that is sent is
 * followed by its ClusterLoadAssignment, without waiting for an ACK, while listeners and routes wait for it; a refused
 * resource is not sent again until it changes or the back-off is over.
 */
export class AdsStream<Request extends { readonly typeUrl: string }> {
  readonly #protocol: Protocol<Request>;
  readonly #types: Readonly<Record<XdsType, TypeState>>;
  readonly #optional: (secret: string) => boolean;
  #snapshot: ProxySnapshot | undefined;
  #open = true;
  #blocked = false;
  #nonce = 0;

  /**
   * `retryMs`: the first wait after a NACK before the same content is sent again; it doubles with each further one.
   * `optional`: names of secrets without which the client carries traffic just as well; default: none.
   */
  constructor(protocol: Protocol<Request>, { retryMs = 5_000, optional = () => false }: { readonly retryMs?: number; readonly optional?: (secret: string) => boolean } = {}) {
    this.#optional = optional;
    const state = (type: XdsType): TypeState => new TypeState(type, retryMs);
    this.#protocol = protocol;
    this.#types = { cds: state('cds'), eds: state('eds'), lds: state('lds'), rds: state('rds'), sds: state('sds') };
  }

  /** Takes one event in. Never throws. A request for a type that is not served gives no effects. */
  step(event: StreamEvent<Request>): readonly StreamEffect[] {
    const effects: StreamEffect[] = [];
    switch (event.kind) {
      case 'request': this.#receive(event.request, effects); break;
      case 'snapshot': this.#replace(event.snapshot, event.changed); break;
      case 'retry': this.#types[event.type].retry(); break;
      case 'blocked': this.#blocked = true; break;
      case 'drained': this.#blocked = false; break;
      case 'closed': this.#open = false; break;
    }
    this.#flush(effects);
    return effects;
  }

  /**
   * The client took (or refused) every listener, route and secret that it asked for and needs, so it serves what it will serve: Envoy asks
   * for the routes and secrets of a listener before it acknowledges it.
   */
  get settled(): boolean {
    const { lds, rds, sds } = this.#types;
    const answered = [lds, rds, sds].every(({ inFlight, due }) => inFlight === undefined && due.size === 0);
    return answered && lds.lastNonce !== '' && [...sds.subscription.names].every((name) => this.#snapshot?.sds.has(name) === true || this.#optional(name));
  }

  /** Whether the client refuses something of a type as it is now. */
  isRefusing(type: XdsType): boolean {
    return this.#types[type].rejected.size > 0;
  }

  #receive(request: Request, effects: StreamEffect[]): void {
    const type = TYPE_BY_URL.get(request.typeUrl);
    if (type === undefined) return;
    const state = this.#types[type];
    const answer = this.#protocol.answer(state, request);
    if (answer === 'stale') return;
    if (answer !== undefined) this.#settle(state, answer.kind === 'nack' ? answer.message : undefined, effects);
    const first = !state.asked;
    state.asked = true;
    const resources = this.#snapshot?.[type];
    this.#protocol.subscribe(state, request, { resources, first, answered: answer !== undefined });
    if (first && resources !== undefined) this.#protocol.begin(state, resources);
  }

  #settle(state: TypeState, refusal: string | undefined, effects: StreamEffect[]): void {
    const { type } = state;
    if (refusal === undefined) {
      state.accept();
      effects.push({ kind: 'ack', type });
      return;
    }
    effects.push({ kind: 'nack', type, message: refusal, names: state.inFlight?.names ?? [] });
    const delayMs = state.refuse();
    if (delayMs !== undefined) effects.push({ kind: 'retry-after', type, delayMs });
  }

  #replace(after: ProxySnapshot, changed: ChangedNames | undefined): void {
    const before = this.#snapshot;
    this.#snapshot = after;
    for (const type of XDS_TYPES) {
      const state = this.#types[type];
      if (!state.asked) continue;
      if (before === undefined) this.#protocol.begin(state, after[type]);
      else if (before[type] !== after[type]) this.#note(state, { before: before[type], after: after[type], names: changed === undefined ? undefined : changed[type] ?? [] });
    }
  }

  #note(state: TypeState, { before, after, names }: { before: Resources; after: Resources; names: Iterable<string> | undefined }): void {
    for (const name of names ?? union(before, after)) {
      const old = before.get(name);
      if (!state.subscription.matches(name) || old?.version === after.get(name)?.version) continue;
      state.mark(name, 'changed');
      if (!this.#protocol.fullState || !state.subscription.wildcard) continue;
      if (after.has(name)) state.lingering.delete(name);
      else if (old !== undefined) state.lingering.set(name, old);
    }
  }

  #flush(effects: StreamEffect[]): void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined || this.#blocked || !this.#open) return;
    for (const type of XDS_TYPES) if (!this.#waits(type)) this.#send(type, { snapshot, phase: 'updates', effects });
    if (REFERRING.some((type) => this.#types[type].inFlight !== undefined)) return;
    const kept = this.#types.lds.rejected.size > 0 || this.#types.rds.rejected.size > 0;
    for (const type of REMOVAL_ORDER) {
      // Where Envoy refused a listener or route, the older one that it kept may still need what is to go.
      if (!kept || type === 'lds' || type === 'rds') this.#send(type, { snapshot, phase: 'removals', effects });
    }
  }

  /**
   * A route may lead to a Cluster that is on its way, and requests would be refused until that is warm. Envoy asks for the
   * endpoints of a new Cluster before it acknowledges it, so they are on the way before what waited for the ACK.
   */
  #waits(type: XdsType): boolean {
    return (type === 'lds' || type === 'rds') && this.#types.cds.inFlight !== undefined;
  }

  #send(type: XdsType, { snapshot, phase, effects }: { snapshot: ProxySnapshot; phase: Phase; effects: StreamEffect[] }): void {
    const state = this.#types[type];
    if (!state.asked || state.inFlight !== undefined || (state.due.size === 0 && !state.mustAnswer)) return;
    const draft = this.#protocol.draft(state, snapshot[type], phase);
    if (draft === undefined) return;
    const nonce = String(++this.#nonce);
    for (const name of draft.names) state.due.delete(name);
    state.mustAnswer = false;
    state.lastNonce = nonce;
    state.inFlight = { nonce, names: draft.names };
    if (type === 'cds') this.#followWithEndpoints(draft, snapshot.eds);
    const { resources, removed, version } = draft;
    effects.push({ kind: 'send', type, nonce, message: this.#protocol.encode({ type, nonce, resources, removed, version }), resources, removed });
  }

  /** Envoy warms a Cluster that it is given again, and would wait for endpoints that it already has until a timeout. */
  #followWithEndpoints(clusters: Draft, endpoints: Resources): void {
    const state = this.#types.eds;
    if (!state.asked) return;
    for (const name of clusters.names) {
      if (!endpoints.has(name) || !state.subscription.matches(name)) continue;
      state.mark(name, state.due.get(name) ?? 'changed');
      state.rewarmed.add(name);
    }
  }
}

function* union(before: Resources, after: Resources): Iterable<string> {
  yield* before.keys();
  for (const name of after.keys()) if (!before.has(name)) yield name;
}
