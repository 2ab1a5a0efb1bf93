import { describe, expect, it } from 'vitest';
import type { SyncItem, SyncRequest, SyncResponse } from './sync-message.ts';
import { SyncReceiver, type ReceiverEffect } from './sync-receiver.ts';
import { SyncSender, type SenderEffect } from './sync-sender.ts';

const item = (name: string, version = '1', size = 1): SyncItem => ({ name, version, body: new Uint8Array(size) });

/** State of the sending side, by type and name. */
class State {
  readonly types = new Map<string, Map<string, SyncItem>>();

  put(type: string, ...items: readonly SyncItem[]): void {
    const known = this.types.get(type) ?? new Map<string, SyncItem>();
    for (const one of items) known.set(one.name, one);
    this.types.set(type, known);
  }

  names(type: string): Iterable<string> | undefined {
    return this.types.get(type)?.keys();
  }

  item(type: string, name: string): SyncItem | undefined {
    return this.types.get(type)?.get(name);
  }
}

const sender = (state: State, options: Partial<ConstructorParameters<typeof SyncSender>[1]> = {}): SyncSender => new SyncSender(state, { sender: 'global', nackBackoffMs: 5000, maxResponseBytes: 1000, weftPeer: false, ...options });
const subscribe = (type: string, initialVersions: ReadonlyMap<string, string> = new Map()): { readonly kind: 'request'; readonly request: SyncRequest } => ({ kind: 'request', request: { type, subscribe: true, initialVersions, nonce: '' } });
const answer = (type: string, nonce: string, error?: string): { readonly kind: 'request'; readonly request: SyncRequest } => ({ kind: 'request', request: { type, subscribe: error !== undefined, initialVersions: new Map(), nonce, ...(error !== undefined && { error }) } });
const sent = (effects: readonly SenderEffect[]): readonly (Omit<SyncResponse, 'resources'> & { readonly resources: readonly string[] })[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [{ ...effect.response, resources: effect.response.resources.map(({ name, version }) => `${name}@${version}`) }] : []));

describe('the sending side', () => {
  it('answers the first request of each type at once: with everything, with nothing, and politely for a type it does not know', () => {
    const state = new State();
    state.put('Mesh', item('default.'));
    state.put('MeshTimeout');
    const global = sender(state);
    expect(sent(global.handle(subscribe('Mesh')))).toEqual([{ type: 'Mesh', nonce: '1', sender: 'global', scope: 'stock', resources: ['default.@1'], removed: [] }]);
    expect(sent(global.handle(subscribe('MeshTimeout')))).toEqual([{ type: 'MeshTimeout', nonce: '2', sender: 'global', scope: 'stock', resources: [], removed: [] }]);
    expect(sent(global.handle(subscribe('FromTheFuture')))).toMatchObject([{ type: 'FromTheFuture', nonce: '3', resources: [] }]);
    expect(global.unanswered()).toEqual(['Mesh', 'MeshTimeout', 'FromTheFuture']);
  });

  it('holds changes back until the answer, then sends the newest state once; nothing where nothing changed', () => {
    const state = new State();
    state.put('Mesh', item('a.'), item('b.'));
    const global = sender(state);
    global.handle(subscribe('Mesh'));
    state.put('Mesh', item('a.', '2'));
    expect(global.handle({ kind: 'changed', type: 'Mesh', names: ['a.'] })).toEqual([]);
    state.put('Mesh', item('a.', '3'));
    state.types.get('Mesh')?.delete('b.');
    expect(global.handle({ kind: 'changed', type: 'Mesh', names: ['a.', 'b.'] })).toEqual([]);
    expect(sent(global.handle(answer('Mesh', '1')))).toMatchObject([{ nonce: '2', resources: ['a.@3'], removed: ['b.'] }]);
    expect(global.handle(answer('Mesh', '2'))).toEqual([]);
    expect(global.handle({ kind: 'changed', type: 'Mesh', names: ['a.'] })).toEqual([]);
    expect(global.handle({ kind: 'changed', type: 'Unasked', names: ['a.'] })).toEqual([]);
  });

  it('one type that is not answered does not hold up another', () => {
    const state = new State();
    state.put('Mesh', item('a.'));
    state.put('Secret', item('s.m'));
    const global = sender(state);
    global.handle(subscribe('Mesh'));
    global.handle(subscribe('Secret'));
    global.handle(answer('Secret', '2'));
    state.put('Secret', item('s.m', '2'));
    expect(sent(global.handle({ kind: 'changed', type: 'Secret', names: ['s.m'] }))).toMatchObject([{ type: 'Secret', nonce: '3' }]);
  });

  it('after a NACK the type rests; what was refused goes out again only when it is another one', () => {
    const state = new State();
    state.put('MeshTimeout', item('good.m'), item('bad.m'));
    const global = sender(state);
    global.handle(subscribe('MeshTimeout'));
    expect(global.handle(answer('MeshTimeout', '1', 'spec: no'))).toEqual([
      { kind: 'rejected', type: 'MeshTimeout', versions: new Map([['good.m', '1'], ['bad.m', '1']]), message: 'spec: no' },
      { kind: 'wake', type: 'MeshTimeout', afterMs: 5000 },
    ]);
    state.put('MeshTimeout', item('other.m'));
    expect(global.handle({ kind: 'changed', type: 'MeshTimeout', names: ['other.m', 'bad.m'] })).toEqual([]);
    expect(sent(global.handle({ kind: 'woken', type: 'MeshTimeout' }))).toMatchObject([{ nonce: '2', resources: ['other.m@1'] }]);
    global.handle(answer('MeshTimeout', '2'));
    state.put('MeshTimeout', item('bad.m', '2'));
    expect(sent(global.handle({ kind: 'changed', type: 'MeshTimeout', names: ['bad.m'] }))).toMatchObject([{ resources: ['bad.m@2'] }]);
  });

  it('an answer to another response, or of a type never asked for, changes nothing', () => {
    const state = new State();
    state.put('Mesh', item('a.'));
    const global = sender(state);
    global.handle(subscribe('Mesh'));
    expect(global.handle(answer('Mesh', '7'))).toEqual([]);
    expect(global.handle(answer('Secret', '1'))).toEqual([]);
    expect(global.unanswered()).toEqual(['Mesh']);
  });

  it('says which type is too large for a stock peer, and sends it once it fits', () => {
    const state = new State();
    state.put('Secret', item('a.m', '1', 600), item('b.m', '1', 600));
    const global = sender(state);
    expect(global.handle(subscribe('Secret'))).toEqual([{ kind: 'too-large', type: 'Secret', bytes: 1200 }]);
    state.types.get('Secret')?.delete('a.m');
    expect(sent(global.handle({ kind: 'changed', type: 'Secret', names: ['a.m'] }))).toMatchObject([{ resources: ['b.m@1'] }]);
  });

  it('to a Weft peer: only what differs from what it holds, removals by name, in parts', () => {
    const state = new State();
    state.put('Secret', item('same.m', '1', 400), item('changed.m', '2', 600), item('new.m', '1', 600));
    const global = sender(state, { weftPeer: true });
    const held = new Map([['same.m', '1'], ['changed.m', '1'], ['gone.m', '1']]);
    expect(sent(global.handle(subscribe('Secret', held)))).toMatchObject([{ scope: 'part', resources: ['changed.m@2'], removed: [] }]);
    expect(sent(global.handle(answer('Secret', '1')))).toMatchObject([{ scope: 'last', resources: ['new.m@1'], removed: ['gone.m'] }]);
    expect(global.handle(answer('Secret', '2'))).toEqual([]);
  });
});

const requests = (effects: readonly ReceiverEffect[]): readonly SyncRequest[] => effects.flatMap((effect) => (effect.kind === 'send' ? [effect.request] : []));
const response = (fields: Partial<SyncResponse>): { readonly kind: 'response'; readonly response: SyncResponse } => ({ kind: 'response', response: { type: 'Mesh', nonce: '1', sender: 'global', scope: 'stock', resources: [], removed: [], ...fields } });

describe('the receiving side', () => {
  const node = { id: 'zone-1', metadata: { config: '{}' } };
  const held = (): ReadonlyMap<string, string> => new Map([['a.', '1'], ['old.', '1']]);
  const zone = (peer: 'weft' | 'stock' | 'ask'): SyncReceiver => new SyncReceiver({ types: ['Mesh', 'Secret'], node, peer, held });

  it('asks for every type; says only once what it is', () => {
    const asked = requests(zone('stock').handle({ kind: 'opened' }));
    expect(asked).toEqual([
      { type: 'Mesh', node, subscribe: true, initialVersions: new Map(), nonce: '' },
      { type: 'Secret', node: { id: 'zone-1' }, subscribe: true, initialVersions: new Map(), nonce: '' },
    ]);
  });

  it('drops what the first response does not hold, and nothing that a later one does not hold; answers when it is applied', () => {
    const receiver = zone('stock');
    receiver.handle({ kind: 'opened' });
    const a = item('a.', '2');
    expect(receiver.handle(response({ resources: [a] }))).toEqual([{ kind: 'apply', type: 'Mesh', nonce: '1', items: [a], removed: ['old.'], complete: true }]);
    expect(receiver.outstanding()).toEqual(['Secret']);
    expect(receiver.handle(response({ nonce: '2', removed: ['b.'] }))).toEqual([]);
    const effects = receiver.handle({ kind: 'applied', type: 'Mesh', nonce: '1' });
    expect(requests(effects)).toEqual([{ type: 'Mesh', node: { id: 'zone-1' }, subscribe: false, initialVersions: new Map(), nonce: '1' }]);
    expect(effects[1]).toEqual({ kind: 'apply', type: 'Mesh', nonce: '2', items: [], removed: ['b.'], complete: true });
  });

  it('a refusal carries the reason, and asks on', () => {
    const receiver = zone('stock');
    receiver.handle({ kind: 'opened' });
    receiver.handle(response({}));
    expect(requests(receiver.handle({ kind: 'applied', type: 'Mesh', nonce: '1', rejected: 'no' }))).toMatchObject([{ subscribe: true, nonce: '1', error: 'no' }]);
  });

  it('learns from the first answer what its peer is', () => {
    const weft = zone('ask');
    expect(requests(weft.handle({ kind: 'opened' })).map(({ type }) => type)).toEqual(['Mesh']);
    expect(weft.handle(response({ scope: 'part' }))).toMatchObject([{ kind: 'apply', nonce: '1', complete: false, removed: [] }]);
    expect(requests(weft.handle({ kind: 'applied', type: 'Mesh', nonce: '1', rejected: 'comes again' }))).toMatchObject([{ type: 'Mesh', initialVersions: held() }, { type: 'Secret', initialVersions: held() }]);
    const stock = zone('ask');
    stock.handle({ kind: 'opened' });
    expect(requests(stock.handle(response({})))).toMatchObject([{ type: 'Secret', initialVersions: new Map() }]);
  });

  it('takes a repeated response once, and no type that it did not ask for', () => {
    const receiver = zone('stock');
    receiver.handle({ kind: 'opened' });
    receiver.handle(response({ nonce: '4' }));
    receiver.handle({ kind: 'applied', type: 'Mesh', nonce: '4' });
    expect(receiver.handle(response({ nonce: '4' }))).toEqual([]);
    expect(receiver.handle(response({ type: 'Zone' }))).toEqual([]);
    expect(receiver.handle({ kind: 'applied', type: 'Mesh', nonce: '4' })).toEqual([]);
  });
});
