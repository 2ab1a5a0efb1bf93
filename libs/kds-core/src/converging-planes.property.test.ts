import fc from 'fast-check';
import { equalData } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import { resourceId, type Resource, type ResourceId, type ResourceType } from '@weft/resource-model';
import { expect, it } from 'vitest';
import { hashedName } from './hashed-name.ts';
import { cameFrom, fromGlobal, fromZone } from './incoming.ts';
import { formForGlobal, formForZone, OutgoingView, type TouchedNames } from './outgoing-view.ts';
import { PEER_FEATURES } from './peer-features.ts';
import { decodeResource } from './resource-codec.ts';
import type { SyncItem, SyncRequest, SyncResponse } from './sync-message.ts';
import { SyncReceiver, type ReceiverEvent } from './sync-receiver.ts';
import { SyncSender, type SenderEvent } from './sync-sender.ts';
import { parseWireName, wireName } from './synced-name.ts';
import { isLocal } from './zone-filter.ts';

function typeOf(name: string): ResourceType {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

/** Down only, both ways, up and on to other zones, up only. */
const DOWN = ['Mesh', 'MeshTimeout', 'MeshService'];
const UP = ['MeshTimeout', 'MeshService', 'Dataplane'];
const ZONES = ['east', 'west'];
const PLANES = ['global', ...ZONES];
/** The name that `a` of the global control plane has in zones. */
const CLASHING = hashedName('default', 'a', []);
const NAMES = ['b', 'x'.repeat(250)];

const SPECS: Readonly<Record<string, (content: number) => unknown>> = {
  Mesh: (content) => ({ mtls: { enabledBackend: '', backends: [{ name: `ca-${content}`, type: 'builtin' }] } }),
  MeshTimeout: (content) => ({ targetRef: { kind: 'Mesh' }, rules: [{ default: { connectionTimeout: `${content}s` } }] }),
  MeshService: (content) => ({ selector: { dataplaneTags: { version: `v${content}` } }, ports: [{ port: 80, targetPort: 80, appProtocol: 'tcp' }] }),
  Dataplane: (content) => ({ networking: { address: `10.0.0.${content}`, inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } }),
};

function resource(plane: string, { type, name, content }: { readonly type: string; readonly name: string; readonly content: number }): Resource {
  const mesh = type === 'Mesh' ? '' : 'default';
  return { type, mesh, name, labels: plane === 'global' ? {} : { 'kuma.io/origin': 'zone', 'kuma.io/zone': plane }, creationTime: '', modificationTime: '', version: 0, spec: SPECS[type]?.(content) };
}

/** A control plane: what it stores, and which versions of others' resources it knows. */
class Plane {
  readonly store = new Map<ResourceId, Resource>();
  readonly versions = new Map<string, string>();
  readonly views = new Set<{ readonly view: OutgoingView; readonly tell: (touched: TouchedNames) => void }>();

  put(one: Resource): void {
    this.store.set(resourceId(one), one);
    for (const { view, tell } of this.views) {
      const touched = view.put(one);
      if (!touched.ok) throw new Error(touched.error);
      if (touched.value) tell(touched.value);
    }
  }

  remove(one: Resource): void {
    this.store.delete(resourceId(one));
    for (const { view, tell } of this.views) {
      const touched = view.remove(one);
      if (touched) tell(touched);
    }
  }
}

/** One direction of a link, with what is under way on it. */
class Stream {
  readonly refused = new Set<string>();
  readonly view: OutgoingView;
  readonly #types: readonly string[];
  readonly #from: Plane;
  readonly #to: Plane;
  readonly #zone: string;
  readonly #isDown: boolean;
  readonly #sender: SyncSender;
  readonly #receiver: SyncReceiver;
  readonly #entry: { readonly view: OutgoingView; readonly tell: (touched: TouchedNames) => void };
  readonly #queues = new Map<string, (SyncRequest | SyncResponse)[]>();
  readonly #applying = new Map<string, { readonly nonce: string; readonly items: readonly SyncItem[]; readonly removed: readonly string[] }>();
  readonly #resting = new Set<string>();

  constructor(ends: { readonly from: Plane; readonly to: Plane }, { zone, isDown, peer }: { readonly zone: string; readonly isDown: boolean; readonly peer: 'weft' | 'stock' | 'ask' }) {
    this.#types = isDown ? DOWN : UP;
    this.#from = ends.from;
    this.#to = ends.to;
    this.#zone = zone;
    this.#isDown = isDown;
    const form = isDown ? formForZone({ zone, features: new Set(PEER_FEATURES) }, { isEnabled: () => true }) : formForGlobal(zone, true);
    this.view = new OutgoingView(this.#types.map(typeOf), form);
    for (const one of ends.from.store.values()) this.view.put(one);
    this.#entry = { view: this.view, tell: ({ type, names }) => this.#toSender({ kind: 'changed', type, names }) };
    ends.from.views.add(this.#entry);
    this.#sender = new SyncSender(this.view, { sender: zone, nackBackoffMs: 1, maxResponseBytes: peer === 'stock' ? 1_000_000 : 2_000, weftPeer: peer !== 'stock' });
    this.#receiver = new SyncReceiver({ types: this.#types, node: { id: zone }, peer, held: (type) => this.held(type) });
    this.#toReceiver({ kind: 'opened' });
  }

  close(): void {
    this.#from.views.delete(this.#entry);
  }

  /** Wire name to version of what the receiving plane has from this peer. */
  held(type: string): ReadonlyMap<string, string> {
    return new Map([...this.#to.store.values()].filter((one) => one.type === type && this.#isOf(one)).map((one) => [wireName(one), this.#to.versions.get(this.#versionKey(type, wireName(one))) ?? '']));
  }

  /** The next message of a type in one direction, perhaps twice. */
  deliver(type: string, isRequest: boolean, twice: boolean): boolean {
    const message = this.#queues.get(`${type} ${isRequest}`)?.shift();
    if (message === undefined) return false;
    const times = twice && !('subscribe' in message && message.nonce === '') ? 2 : 1;
    for (let count = 0; count < times; count++) {
      if ('subscribe' in message) this.#toSender({ kind: 'request', request: message });
      else this.#toReceiver({ kind: 'response', response: message });
    }
    return true;
  }

  /** Stores what came. `isAnswered`: false where the plane goes down before it has answered. */
  apply(type: string, isAnswered = true): boolean {
    const order = this.#applying.get(type);
    if (order === undefined) return false;
    this.#applying.delete(type);
    const rejected = order.items.flatMap((item) => this.#keep(typeOf(type), item));
    for (const name of order.removed) {
      const stored = this.#to.store.get(resourceId({ type, ...parseWireName(name) }));
      if (stored !== undefined && this.#isOf(stored)) this.#to.remove(stored);
      this.refused.delete(`${type} ${name}`);
    }
    if (isAnswered) this.#toReceiver({ kind: 'applied', type, nonce: order.nonce, ...(rejected.length > 0 && { rejected: rejected.join('; ') }) });
    return true;
  }

  wake(type: string): boolean {
    if (!this.#resting.delete(type)) return false;
    this.#toSender({ kind: 'woken', type });
    return true;
  }

  step(): boolean {
    return this.#types.map((type) => [this.deliver(type, true, false), this.deliver(type, false, false), this.apply(type), this.wake(type)].includes(true)).includes(true);
  }

  /** A resource as the receiving plane should have it; undefined where its name is taken by one of its own. */
  wanted(type: ResourceType, item: SyncItem): Resource | undefined {
    const decoded = decodeResource(type, item.body);
    if (!decoded.ok) throw new Error(decoded.error);
    const stored = this.#to.store.get(resourceId(decoded.value));
    const read = this.#isDown ? fromGlobal(type, decoded.value, stored) : fromZone(type, decoded.value, { zone: this.#zone, hashedNames: true });
    return read.ok ? read.value : undefined;
  }

  #keep(type: ResourceType, item: SyncItem): readonly string[] {
    const wanted = this.wanted(type, item);
    if (wanted === undefined) {
      this.refused.add(`${type.name} ${item.name}`);
      return [item.name];
    }
    this.refused.delete(`${type.name} ${item.name}`);
    if (!equalData(this.#to.store.get(resourceId(wanted)), wanted)) this.#to.put(wanted);
    this.#to.versions.set(this.#versionKey(type.name, item.name), item.version);
    return [];
  }

  #isOf(one: Resource): boolean {
    return this.#isDown ? !isLocal(one) : cameFrom(one, { zone: this.#zone, hashedNames: true });
  }

  #versionKey(type: string, name: string): string {
    return `${this.#isDown ? 'global' : this.#zone} ${type} ${name}`;
  }

  #toSender(event: SenderEvent): void {
    for (const effect of this.#sender.handle(event)) {
      if (effect.kind === 'send') this.#push(effect.response, false);
      if (effect.kind === 'wake') this.#resting.add(effect.type);
    }
  }

  #toReceiver(event: ReceiverEvent): void {
    for (const effect of this.#receiver.handle(event)) {
      if (effect.kind === 'send') this.#push(effect.request, true);
      else this.#applying.set(effect.type, effect);
    }
  }

  #push(message: SyncRequest | SyncResponse, isRequest: boolean): void {
    const key = `${message.type} ${isRequest}`;
    this.#queues.set(key, [...(this.#queues.get(key) ?? []), message]);
  }
}

/** A global control plane, two zones, and their links. */
class World {
  readonly planes = new Map(PLANES.map((name) => [name, new Plane()]));
  readonly links = new Map<string, { readonly down: Stream; readonly up: Stream }>();
  readonly #isWeft: boolean;

  constructor(isWeft: boolean) {
    this.#isWeft = isWeft;
    for (const zone of ZONES) this.connect(zone);
  }

  plane(name: string): Plane {
    const plane = this.planes.get(name);
    if (plane === undefined) throw new Error(`no plane ${name}`);
    return plane;
  }

  connect(zone: string): void {
    const before = this.links.get(zone);
    before?.down.close();
    before?.up.close();
    const [global, own] = [this.plane('global'), this.plane(zone)];
    this.links.set(zone, {
      down: new Stream({ from: global, to: own }, { zone, isDown: true, peer: this.#isWeft ? 'ask' : 'stock' }),
      up: new Stream({ from: own, to: global }, { zone, isDown: false, peer: this.#isWeft ? 'weft' : 'stock' }),
    });
  }

  /** What a plane stores it keeps; the versions that it knows may be lost. */
  restart(name: string, losesVersions: boolean): void {
    if (losesVersions) this.plane(name).versions.clear();
    for (const zone of name === 'global' ? ZONES : [name]) this.connect(zone);
  }

  write(plane: string, what: { readonly type: string; readonly name: string; readonly content: number | undefined }): void {
    const { type, name, content } = what;
    if (!(plane === 'global' ? ['Mesh', 'MeshTimeout'] : UP).includes(type)) return;
    const one = resource(plane, { type, name, content: content ?? 1 });
    const stored = this.plane(plane).store.get(resourceId(one));
    // Nobody writes to what belongs to another plane.
    if (stored !== undefined && !equalData(stored.labels, one.labels)) return;
    if (content !== undefined) this.plane(plane).put(one);
    else if (stored !== undefined) this.#free(plane, stored);
  }

  settle(): void {
    for (let rounds = 0, busy = true; busy; rounds++) {
      if (rounds > 5_000) throw new Error('it never comes to rest');
      busy = [...this.links.values()].map(({ down, up }) => [down.step(), up.step()].includes(true)).includes(true);
    }
  }

  /** What had the name at the other side comes with a new link. */
  #free(plane: string, stored: Resource): void {
    this.plane(plane).remove(stored);
    if (this.links.get(plane)?.down.refused.has(`${stored.type} ${wireName(stored)}`) === true) this.connect(plane);
  }
}

const zone = fc.constantFrom(...ZONES);
const plane = fc.constantFrom(...PLANES);
const type = fc.oneof({ weight: 2, arbitrary: fc.constant('MeshTimeout') }, { weight: 1, arbitrary: fc.constantFrom('Mesh', 'MeshService', 'Dataplane') });
const name = fc.oneof({ weight: 2, arbitrary: fc.constantFrom('a', CLASHING) }, { weight: 1, arbitrary: fc.constantFrom(...NAMES) });
const down = fc.boolean();
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), plane, type, name, content: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 }) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('deliver' as const), zone, down, type, isRequest: fc.boolean(), twice: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('apply' as const), zone, down, type }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake' as const), zone, down, type }) },
  // The answer to what was stored is lost with the link.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dies' as const), zone, down, type }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), zone }) },
  // A zone takes a name, the global control plane's resource is refused for it, and the name is free again.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clash' as const), zone, content: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), plane, losesVersions: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function run(world: World, one: Step): void {
  const stream = 'down' in one ? world.links.get(one.zone)?.[one.down ? 'down' : 'up'] : undefined;
  switch (one.kind) {
    case 'write': return world.write(one.plane, one);
    case 'deliver': return void stream?.deliver(one.type, one.isRequest, one.twice);
    case 'apply': return void stream?.apply(one.type);
    case 'wake': return void stream?.wake(one.type);
    case 'dies':
      if (stream?.apply(one.type, false) === true) world.connect(one.zone);
      return;
    case 'clash':
      world.write(one.zone, { type: 'MeshTimeout', name: CLASHING, content: 1 });
      world.write('global', { type: 'MeshTimeout', name: 'a', content: one.content });
      world.settle();
      return world.write(one.zone, { type: 'MeshTimeout', name: CLASHING, content: undefined });
    case 'cut': return world.connect(one.zone);
    case 'restart': return world.restart(one.plane, one.losesVersions);
    case 'settle': return world.settle();
  }
}

/** What a stream should have brought, and what is there; names that the receiving plane has taken itself count for neither. */
function compare(stream: Stream, to: Plane, types: readonly string[]): readonly [wanted: readonly Resource[], held: readonly Resource[]] {
  const wanted = types.flatMap((name) => [...(stream.view.names(name) ?? [])].sort().flatMap((wire) => {
    const item = stream.view.item(name, wire);
    return (item && stream.wanted(typeOf(name), item)) ?? [];
  }));
  const held = types.flatMap((name) => [...stream.held(name).keys()].sort().flatMap((wire) => to.store.get(resourceId({ type: name, ...parseWireName(wire) })) ?? []));
  return [wanted, held];
}

it.each([['Weft', true], ['stock', false]])('a global control plane and its zones converge, whatever is cut, restarted, lost, repeated or overtaken (%s peers)', (_, isWeft) => {
  fc.assert(fc.property(fc.array(step, { maxLength: 70, size: 'max' }), (steps) => {
    const world = new World(isWeft);
    for (const one of steps) run(world, one);
    world.settle();
    for (const [name, { down: downward, up }] of world.links) {
      const [wantedDown, heldDown] = compare(downward, world.plane(name), DOWN);
      expect(heldDown).toEqual(wantedDown);
      const [wantedUp, heldUp] = compare(up, world.plane('global'), UP);
      expect(heldUp).toEqual(wantedUp);
    }
  }), { numRuns: 250 });
}, 120_000);
