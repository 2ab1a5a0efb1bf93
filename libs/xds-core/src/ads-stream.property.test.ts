import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdsStream } from './ads-stream.ts';
import { deltaProtocol } from './delta-protocol.ts';
import { parseDeltaRequest, parseSotwRequest, type DeltaRequest, type SotwRequest } from './discovery-request.ts';
import { XDS_TYPES, type ProxySnapshot, type XdsType } from './shared-resource.ts';
import { sotwProtocol } from './sotw-protocol.ts';
import type { StreamEffect, StreamEvent } from './stream-event.ts';
import { sampleSnapshot, SimulatedEnvoy, type SampleVersions, type Variant } from './testing.ts';

const SECRETS = ['identity', 'ca'];

type Action =
  | { readonly kind: 'snapshot'; readonly versions: SampleVersions }
  | { readonly kind: 'to-client'; readonly refuse: boolean }
  | { readonly kind: 'to-server' | 'retry' | 'reconnect' | 'blocked' | 'drained' };

const versionMap = (names: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'), { noNullPrototype: true });

/** Endpoints exist for clusters, and routes for listeners, as in a snapshot that was checked. */
const snapshots: fc.Arbitrary<SampleVersions> = fc
  .record({ cds: versionMap(['a', 'b', 'c']), eds: versionMap(['a', 'b', 'c']), lds: versionMap(['l', 'm']), rds: versionMap(['l', 'm']), sds: versionMap(SECRETS) })
  .map(({ cds, eds, lds, rds, sds }) => ({ cds, eds: within(eds, cds), lds, rds: within(rds, lds), sds }));

function within(names: Record<string, string>, owners: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter(([name]) => name in owners));
}

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('snapshot' as const), versions: snapshots }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('to-client' as const), refuse: fc.boolean() }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('to-server' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('retry' as const, 'reconnect' as const, 'blocked' as const, 'drained' as const) }) },
  ),
  { maxLength: 60 },
);

/** A stream and an Envoy with a wire between them; every effect is checked against the rules of a stream. */
class Wire {
  readonly envoy: SimulatedEnvoy;
  toClient: Uint8Array[] = [];
  retries = new Set<XdsType>();
  resent = 0;
  #stream: AdsStream<DeltaRequest> | AdsStream<SotwRequest>;
  #unanswered = new Map<XdsType, number>();
  snapshot: ProxySnapshot | undefined;

  constructor(variant: Variant) {
    this.envoy = new SimulatedEnvoy(variant, SECRETS);
    this.#stream = this.reconnect();
  }

  reconnect(): AdsStream<DeltaRequest> | AdsStream<SotwRequest> {
    this.#stream = this.envoy.variant === 'delta' ? new AdsStream(deltaProtocol()) : new AdsStream(sotwProtocol());
    this.#unanswered = new Map();
    this.toClient = [];
    this.retries.clear();
    this.envoy.connect();
    if (this.snapshot !== undefined) this.step({ kind: 'snapshot', snapshot: this.snapshot });
    return this.#stream;
  }

  step(event: StreamEvent<never>): void {
    this.#take((this.#stream as AdsStream<never>).step(event));
  }

  request(bytes: Uint8Array): void {
    const parsed = this.envoy.variant === 'delta' ? parseDeltaRequest(bytes) : parseSotwRequest(bytes);
    if (!parsed.ok) throw new Error(parsed.error);
    this.step({ kind: 'request', request: parsed.value as never });
  }

  act(action: Action): void {
    if (action.kind === 'snapshot') {
      this.snapshot = sampleSnapshot(action.versions);
      this.step({ kind: 'snapshot', snapshot: this.snapshot });
    } else if (action.kind === 'to-client') {
      const bytes = this.toClient.shift();
      if (bytes !== undefined) this.envoy.receive(bytes, action.refuse);
    } else if (action.kind === 'to-server') {
      const bytes = this.envoy.outbox.shift();
      if (bytes !== undefined) this.request(bytes);
    } else if (action.kind === 'retry') {
      for (const type of [...this.retries]) this.retry(type);
    } else if (action.kind === 'reconnect') {
      this.reconnect();
    } else {
      this.step({ kind: action.kind });
    }
  }

  /** Delivers whatever is under way until nothing is, refusing nothing any more. */
  settle(): void {
    this.step({ kind: 'drained' });
    for (let round = 0; round < 200; round++) {
      if (this.toClient.length + this.envoy.outbox.length + this.retries.size === 0) return;
      for (const bytes of this.toClient.splice(0)) this.envoy.receive(bytes);
      for (const bytes of this.envoy.outbox.splice(0)) this.request(bytes);
      for (const type of [...this.retries]) this.retry(type);
    }
    throw new Error('the stream never comes to rest');
  }

  retry(type: XdsType): void {
    this.retries.delete(type);
    this.step({ kind: 'retry', type });
  }

  #take(effects: readonly StreamEffect[]): void {
    let last = -1;
    for (const effect of effects) {
      if (effect.kind === 'retry-after') this.retries.add(effect.type);
      if (effect.kind === 'ack' || effect.kind === 'nack') this.#unanswered.set(effect.type, (this.#unanswered.get(effect.type) ?? 0) - 1);
      if (effect.kind !== 'send') continue;
      const open = (this.#unanswered.get(effect.type) ?? 0) + 1;
      expect(open, `unanswered responses of ${effect.type}`).toBe(1);
      this.#unanswered.set(effect.type, open);
      if (effect.resources.length > 0 && effect.removed.length === 0 && this.envoy.variant === 'delta') {
        expect(XDS_TYPES.indexOf(effect.type), 'order of updates').toBeGreaterThan(last);
        last = XDS_TYPES.indexOf(effect.type);
      }
      this.resent += effect.resources.length;
      this.toClient.push(effect.message);
    }
  }
}

function versionsOf(snapshot: ProxySnapshot, type: XdsType): Record<string, string> {
  return Object.fromEntries([...snapshot[type]].map(([name, resource]) => [name, resource.version] as [string, string]).sort());
}

describe.each(['delta', 'sotw'] as const)('an ADS stream (%s)', (variant) => {
  it('converges after any sequence of snapshots, ACKs, NACKs, retries and reconnects', () => {
    fc.assert(fc.property(actions, snapshots, (sequence, final) => {
      const wire = new Wire(variant);
      for (const action of sequence) wire.act(action);
      wire.act({ kind: 'snapshot', versions: final });
      wire.settle();
      for (const type of ['cds', 'lds'] as const) expect(wire.envoy.held(type), type).toEqual(versionsOf(sampleSnapshot(final), type));
      for (const type of ['eds', 'rds'] as const) {
        const expected = versionsOf(sampleSnapshot(final), type);
        // State of the world cannot say that a named resource has gone while its owner stays.
        if (variant === 'delta') expect(wire.envoy.held(type), type).toEqual(expected);
        else expect(wire.envoy.held(type), type).toMatchObject(expected);
      }
      expect(wire.envoy.held('sds')).toMatchObject(versionsOf(sampleSnapshot(final), 'sds'));
      for (const name of Object.keys(final.eds ?? {})) expect([...wire.envoy.warming], 'clusters that wait for endpoints').not.toContain(name);
    }), { numRuns: 400 });
  });

  it('resends nothing to a client that reconnects with what it was given', () => {
    fc.assert(fc.property(snapshots, (versions) => {
      const wire = new Wire(variant);
      wire.act({ kind: 'snapshot', versions });
      wire.settle();
      wire.resent = 0;
      wire.reconnect();
      wire.settle();
      expect(wire.resent).toBe(0);
    }));
  });
});

describe('request parsers', () => {
  it('never throw on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof parseDeltaRequest(bytes).ok).toBe('boolean');
      expect(typeof parseSotwRequest(bytes).ok).toBe('boolean');
    }), { numRuns: 2000 });
  });
});
