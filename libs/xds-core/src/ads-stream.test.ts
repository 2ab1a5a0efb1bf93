import { fromBinary } from '@bufbuild/protobuf';
import { DeltaDiscoveryResponseSchema, DiscoveryResponseSchema } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { describe, expect, it } from 'vitest';
import { AdsStream } from './ads-stream.ts';
import { deltaProtocol } from './delta-protocol.ts';
import type { DeltaRequest, SotwRequest } from './discovery-request.ts';
import { TYPE_URLS, type XdsType } from './shared-resource.ts';
import { sotwProtocol } from './sotw-protocol.ts';
import type { StreamEffect } from './stream-event.ts';
import { sampleSnapshot } from './testing.ts';

const ask = (type: XdsType, fields: Partial<DeltaRequest> = {}): { kind: 'request'; request: DeltaRequest } => ({
  kind: 'request',
  request: { node: undefined, typeUrl: TYPE_URLS[type], nonce: '', error: undefined, subscribe: [], unsubscribe: [], initialVersions: new Map(), ...fields },
});

const askSotw = (type: XdsType, fields: Partial<SotwRequest> = {}): { kind: 'request'; request: SotwRequest } => ({
  kind: 'request',
  request: { node: undefined, typeUrl: TYPE_URLS[type], nonce: '', error: undefined, version: '', names: [], ...fields },
});

/** `type +name@version -name` for each response sent. */
const sends = (effects: readonly StreamEffect[]): string[] =>
  effects.flatMap((effect) => effect.kind === 'send'
    ? [[effect.type, ...effect.resources.map((resource) => `+${resource.name}@${resource.version}`), ...effect.removed.map((name) => `-${name}`)].join(' ')]
    : []);

const nonceOf = (effects: readonly StreamEffect[], type: XdsType): string =>
  effects.flatMap((effect) => (effect.kind === 'send' && effect.type === type ? [effect.nonce] : []))[0] ?? '';

describe('a delta stream', () => {
  it('sends a changed Cluster with its unchanged endpoints behind it, without waiting for the ACK', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { web: '1' }, eds: { web: '1' } }) });
    const cds = stream.step(ask('cds'));
    const eds = stream.step(ask('eds', { subscribe: ['web'] }));
    expect([...sends(cds), ...sends(eds)]).toEqual(['cds +web@1', 'eds +web@1']);
    stream.step(ask('cds', { nonce: nonceOf(cds, 'cds') }));
    stream.step(ask('eds', { nonce: nonceOf(eds, 'eds') }));
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { web: '2' }, eds: { web: '1' } }) }))).toEqual(['cds +web@2', 'eds +web@1']);
  });

  it('holds the newest state only behind an unanswered response', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { web: '1' } }) });
    const first = stream.step(ask('cds'));
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { web: '2' } }) }))).toEqual([]);
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { web: '3' } }) }))).toEqual([]);
    expect(sends(stream.step(ask('cds', { nonce: nonceOf(first, 'cds') })))).toEqual(['cds +web@3']);
  });

  it('removes last, when nothing that may refer to it is unanswered', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { old: '1' }, lds: { l: '1' } }) });
    for (const type of ['cds', 'lds'] as const) stream.step(ask(type, { nonce: nonceOf(stream.step(ask(type)), type) }));
    const update = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { new: '1' }, lds: { l: '2' } }) });
    expect(sends(update)).toEqual(['cds +new@1']);
    const listeners = stream.step(ask('cds', { nonce: nonceOf(update, 'cds') }));
    expect(sends(listeners)).toEqual(['lds +l@2']);
    expect(sends(stream.step(ask('lds', { nonce: nonceOf(listeners, 'lds') })))).toEqual(['cds -old']);
  });

  it('has routes wait until the clusters that they may lead to are taken, and their endpoints asked for', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '1' }, eds: { a: '1' }, rds: { r: '1' } }) });
    const first = { cds: stream.step(ask('cds')), eds: stream.step(ask('eds', { subscribe: ['a'] })) };
    for (const type of ['cds', 'eds'] as const) stream.step(ask(type, { nonce: nonceOf(first[type], type) }));
    stream.step(ask('rds', { nonce: nonceOf(stream.step(ask('rds', { subscribe: ['r'] })), 'rds') }));
    const update = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '1', b: '1' }, eds: { a: '1', b: '1' }, rds: { r: '2' } }) });
    expect(sends(update)).toEqual(['cds +b@1']);
    expect(sends(stream.step(ask('eds', { subscribe: ['b'] })))).toEqual(['eds +b@1']);
    expect(sends(stream.step(ask('cds', { nonce: nonceOf(update, 'cds') })))).toEqual(['rds +r@2']);
  });

  it('renames a listener in one response: two cannot have one address', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { old: '1', other: '1' } }) });
    stream.step(ask('lds', { nonce: nonceOf(stream.step(ask('lds')), 'lds') }));
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { new: '1', other: '1' } }) }))).toEqual(['lds +new@1 -old']);
  });

  it('does not send again what was refused, until it changes or the back-off is over', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { bad: '1' } }) });
    const refusal = stream.step(ask('lds', { nonce: nonceOf(stream.step(ask('lds')), 'lds'), error: 'cannot bind' }));
    expect(refusal).toEqual([{ kind: 'nack', type: 'lds', message: 'cannot bind', names: ['bad'] }, { kind: 'retry-after', type: 'lds', delayMs: 5000 }]);
    const other = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { bad: '1', good: '1' } }) });
    expect(sends(other)).toEqual(['lds +good@1']);
    stream.step(ask('lds', { nonce: nonceOf(other, 'lds') }));
    expect(sends(stream.step({ kind: 'retry', type: 'lds' }))).toEqual(['lds +bad@1']);
  });

  it('keeps clusters that a refused listener may still need', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { old: '1' }, lds: { l: '1' } }) });
    for (const type of ['cds', 'lds'] as const) stream.step(ask(type, { nonce: nonceOf(stream.step(ask(type)), type) }));
    const update = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { l: '2' } }) });
    expect(sends(stream.step(ask('lds', { nonce: nonceOf(update, 'lds'), error: 'no' })))).toEqual([]);
    const again = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { l: '3' } }) });
    expect(sends(stream.step(ask('lds', { nonce: nonceOf(again, 'lds') })))).toEqual(['cds -old']);
  });

  it('tells a client that asks for what does not exist, and stays silent about a secret on its way', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({}) });
    expect(sends(stream.step(ask('rds', { subscribe: ['ghost'] })))).toEqual(['rds -ghost']);
    expect(sends(stream.step(ask('sds', { subscribe: ['identity'] })))).toEqual([]);
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ sds: { identity: '1' } }) }))).toEqual(['sds +identity@1']);
  });

  it('sends again what a client subscribes to again', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ rds: { a: '1' } }) });
    stream.step(ask('rds', { nonce: nonceOf(stream.step(ask('rds', { subscribe: ['a'] })), 'rds') }));
    expect(sends(stream.step(ask('rds', { subscribe: ['a'] })))).toEqual(['rds +a@1']);
  });

  it('sends only the difference to a client that comes back with versions', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step(ask('cds', { initialVersions: new Map([['same', '1'], ['stale', '1'], ['gone', '1']]) }));
    const effects = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { same: '1', stale: '2' } }) });
    expect(sends(effects)).toEqual(['cds +stale@2']);
    expect(sends(stream.step(ask('cds', { nonce: nonceOf(effects, 'cds') })))).toEqual(['cds -gone']);
  });

  it('ignores unknown types and bad nonces, and waits for the first snapshot', () => {
    const stream = new AdsStream(deltaProtocol());
    expect(stream.step(ask('cds'))).toEqual([]);
    expect(stream.step(ask('cds', { typeUrl: 'type.googleapis.com/made.Up' }))).toEqual([]);
    expect(stream.step(ask('cds', { nonce: '99' }))).toEqual([]);
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({}) }))).toEqual(['cds']);
  });

  it('writes while the transport takes it only', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step(ask('cds'));
    stream.step({ kind: 'blocked' });
    expect(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '1' } }) })).toEqual([]);
    expect(sends(stream.step({ kind: 'drained' }))).toEqual(['cds +a@1']);
  });

  it('tells whether a name given up under a wildcard still exists', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '1' } }) });
    const first = stream.step(ask('cds', { subscribe: ['*', 'a'] }));
    stream.step(ask('cds', { nonce: nonceOf(first, 'cds') }));
    expect(sends(stream.step(ask('cds', { unsubscribe: ['a'] })))).toEqual(['cds +a@1']);
  });

  it('encodes what the generated messages read', () => {
    const stream = new AdsStream(deltaProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { 'wéb': '7' } }) });
    const [sent] = stream.step(ask('cds', { subscribe: ['*', 'ghost'] }));
    if (sent?.kind !== 'send') throw new Error('nothing was sent');
    const decoded = fromBinary(DeltaDiscoveryResponseSchema, sent.message);
    expect(decoded).toMatchObject({ typeUrl: TYPE_URLS.cds, nonce: '1', removedResources: ['ghost'], resources: [{ name: 'wéb', version: '7', resource: { typeUrl: TYPE_URLS.cds } }] });
    expect(new TextDecoder().decode(decoded.resources[0]?.resource?.value)).toBe('wéb@7');
  });
});

describe('a state-of-the-world stream', () => {
  it('shows all clusters, but only the endpoints that changed', () => {
    const stream = new AdsStream(sotwProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '1', b: '1' }, eds: { a: '1', b: '1' } }) });
    stream.step(askSotw('cds', { nonce: nonceOf(stream.step(askSotw('cds')), 'cds') }));
    stream.step(askSotw('eds', { names: ['a', 'b'], nonce: nonceOf(stream.step(askSotw('eds', { names: ['a', 'b'] })), 'eds') }));
    expect(sends(stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '2', b: '1' }, eds: { a: '1', b: '1' } }) }))).toEqual(['cds +a@2 +b@1', 'eds +a@1']);
  });

  it('keeps a removed cluster until listeners have changed', () => {
    const stream = new AdsStream(sotwProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { old: '1' }, lds: { l: '1' } }) });
    for (const type of ['cds', 'lds'] as const) stream.step(askSotw(type, { nonce: nonceOf(stream.step(askSotw(type)), type) }));
    const update = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { new: '1' }, lds: { l: '2' } }) });
    expect(sends(update)).toEqual(['cds +new@1 +old@1']);
    const listeners = stream.step(askSotw('cds', { nonce: nonceOf(update, 'cds') }));
    expect(sends(listeners)).toEqual(['lds +l@2']);
    expect(sends(stream.step(askSotw('lds', { nonce: nonceOf(listeners, 'lds') })))).toEqual(['cds +new@1']);
  });

  it('renames a listener in one response', () => {
    const stream = new AdsStream(sotwProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { old: '1', other: '1' } }) });
    stream.step(askSotw('lds', { nonce: nonceOf(stream.step(askSotw('lds')), 'lds') }));
    const update = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ lds: { new: '1', other: '1' } }) });
    expect(sends(update)).toEqual(['lds +new@1 +other@1']);
    expect(sends(stream.step(askSotw('lds', { nonce: nonceOf(update, 'lds') })))).toEqual([]);
  });

  it('answers a request for endpoints that is made while a cluster warms, once', () => {
    const stream = new AdsStream(sotwProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '1', b: '1' }, eds: { a: '1', b: '1' } }) });
    stream.step(askSotw('cds', { nonce: nonceOf(stream.step(askSotw('cds')), 'cds') }));
    stream.step(askSotw('eds', { names: ['a', 'b'], nonce: nonceOf(stream.step(askSotw('eds', { names: ['a', 'b'] })), 'eds') }));
    const update = stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ cds: { a: '2', b: '1' }, eds: { a: '1', b: '1' } }) });
    const nonce = nonceOf(update, 'eds');
    expect(sends(stream.step(askSotw('eds', { names: ['a', 'b'], nonce })))).toEqual([]);
    const answer = stream.step(askSotw('eds', { names: ['a', 'b'], nonce }));
    expect(sends(answer)).toEqual(['eds +a@1']);
    const last = nonceOf(answer, 'eds');
    stream.step(askSotw('eds', { names: ['a', 'b'], nonce: last }));
    expect(sends(stream.step(askSotw('eds', { names: ['a', 'b'], nonce: last })))).toEqual([]);
  });

  it('gives equal content the same version on another stream, and does not resend it', () => {
    const versions = { eds: { a: '1', b: '2' } };
    const first = new AdsStream(sotwProtocol());
    first.step({ kind: 'snapshot', snapshot: sampleSnapshot(versions) });
    const [sent] = first.step(askSotw('eds', { names: ['a', 'b'] }));
    if (sent?.kind !== 'send') throw new Error('nothing was sent');
    const version = fromBinary(DiscoveryResponseSchema, sent.message).versionInfo;
    const second = new AdsStream(sotwProtocol());
    second.step(askSotw('eds', { names: ['b', 'a'], version }));
    expect(second.step({ kind: 'snapshot', snapshot: sampleSnapshot(versions) })).toEqual([]);
    const third = new AdsStream(sotwProtocol());
    third.step(askSotw('eds', { names: ['b', 'a'], version }));
    expect(sends(third.step({ kind: 'snapshot', snapshot: sampleSnapshot({ eds: { a: '1', b: '3' } }) }))).toEqual(['eds +a@1 +b@3']);
  });

  it('ignores a request with an outdated nonce', () => {
    const stream = new AdsStream(sotwProtocol());
    stream.step({ kind: 'snapshot', snapshot: sampleSnapshot({ rds: { a: '1', b: '1' } }) });
    stream.step(askSotw('rds', { names: ['a'] }));
    expect(stream.step(askSotw('rds', { names: ['a', 'b'], nonce: '0' }))).toEqual([]);
  });
});
