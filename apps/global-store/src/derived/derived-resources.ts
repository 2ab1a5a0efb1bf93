import { consumeFeed, type FeedConsumer } from '@weft/feed';
import { groupBy, MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Resource, ResourceKey, TypeRegistry } from '@weft/resource-model';
import { HoldOff, type Logger } from '@weft/service-runtime';
import type { Bus } from '@weft/bus';
import type { Fence, ResourceStore } from '@weft/store';
import type { BatchedIntent, ResourceWriter } from '../admission/resource-writer.ts';
import type { ObservedState } from '../observed/observed-state.ts';
import { DerivedState, INPUT_TYPES } from './derived-state.ts';
import type { DerivedWrite } from './derived-write.ts';
import { unreachableBecause } from './reachability.ts';

/** What the keeper of derived resources works with. */
export interface DerivedPorts {
  readonly bus: Bus;
  readonly store: ResourceStore;
  readonly writer: ResourceWriter;
  readonly registry: TypeRegistry;
  readonly observed: ObservedState;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instance: string;
  /** How long a generated MeshService without dataplanes is kept. */
  readonly gracePeriodMs: number;
}

const LEASE = 'derived-resources';
const LEASE_MS = 10_000;
/** Changes within this time are looked at together. */
const GAP_MS = 200;
/** Counts in a status are written at most this often. */
const COUNTS_GAP_MS = 1_000;
const BATCH = 50;
/** So many proxies are counted without a pause: a few milliseconds. */
const SLICE = 100;
/** Names in one line of the log. */
const TOLD = 5;

/**
 * Keeps MeshServices and Workloads in line with the dataplanes, and their statuses with what is observed: follows the
 * feed and looks only at what a change concerns. Of several replicas the holder of a lease writes; where there is
 * nothing to write nobody asks for it.
 */
export class DerivedResources {
  readonly #ports: DerivedPorts;
  readonly #state: DerivedState;
  readonly #holdOff: HoldOff;
  readonly #feed: FeedConsumer;
  readonly #stopObserving: () => void;
  /** When the counts of a resource were last written. */
  readonly #countsWritten = new Map<string, number>();
  readonly #timers = new Map<string, Cancel>();

  /** Starts at once. */
  constructor(ports: DerivedPorts) {
    this.#ports = ports;
    const { bus, clock, log, observed, gracePeriodMs } = ports;
    this.#state = new DerivedState({ observed: (mesh, dataplane) => observed.ofProxy(mesh, dataplane), gracePeriodMs });
    this.#holdOff = new HoldOff(clock, GAP_MS, () => this.#round());
    this.#stopObserving = observed.onChange((proxy) => {
      if (proxy === undefined) this.#state.observeAll();
      else if (proxy.type === undefined) this.#state.observe(proxy.mesh, proxy.name);
      else return;
      this.#holdOff.ask();
    });
    this.#feed = consumeFeed({
      bus, clock, log, types: INPUT_TYPES,
      onSnapshot: ({ resources }) => {
        this.#state.load(resources);
        this.#holdOff.ask();
      },
      onChanges: (records) => {
        for (const { change } of records) this.#state.apply(change);
        this.#holdOff.ask();
      },
    });
  }

  /** Stops; resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#stopObserving();
    await this.#feed.close();
    for (const cancel of this.#timers.values()) cancel();
    await this.#holdOff.close();
  }

  async #round(): Promise<void> {
    while (this.#state.settle(SLICE)) await new Promise<void>((resolve) => void this.#ports.clock.after(0, resolve));
    const writes = this.#state.takeDirty().flatMap((key) => this.#due(key));
    if (writes.length === 0) return;
    try {
      const grant = await this.#ports.store.acquireLease(LEASE, this.#ports.instance, LEASE_MS);
      // Another replica writes, which the feed will tell. Should it be gone by then, this one takes over.
      if (grant === undefined) return this.#again(writes, LEASE_MS);
      const fence = { lease: LEASE, token: grant.token };
      for (let at = 0; at < writes.length; at += BATCH) await this.#write(writes.slice(at, at + BATCH), fence);
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code !== 'store/fenced') this.#ports.log.warn({ error: error.message, code: error.code }, 'MeshServices and Workloads could not be brought in line; trying again');
      this.#again(writes, LEASE_MS);
    }
  }

  /** The write that is due now; one that can wait comes again later. */
  #due(key: ResourceKey): readonly DerivedWrite[] {
    const now = this.#ports.clock.now();
    const { write, lookAgainAtMs } = this.#state.plan(key, now);
    if (lookAgainAtMs !== undefined) this.#lookAgainIn(key, lookAgainAtMs - now);
    if (write === undefined) return [];
    const id = idOf(key);
    const waitMs = (this.#countsWritten.get(id) ?? -Infinity) + COUNTS_GAP_MS - now;
    if (!write.urgent && waitMs > 0) {
      this.#lookAgainIn(key, waitMs);
      return [];
    }
    if (write.op === 'delete') this.#countsWritten.delete(id);
    else this.#countsWritten.set(id, now);
    return [write];
  }

  /** All at once; where that cannot be, one by one, so that one resource does not hold up others. */
  async #write(writes: readonly DerivedWrite[], fence: Fence): Promise<void> {
    try {
      const puts = await this.#ports.writer.apply(writes.map((write) => this.#intentOf(write)), { fence, skipUnchanged: true });
      this.#takeIn(writes, puts.map(({ resource }) => resource));
      this.#tellUnreachable(writes);
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code !== 'store/conflict' && error.code !== 'resource/invalid') throw error;
      if (writes.length > 1) for (const write of writes) await this.#write([write], fence);
      else this.#refused(writes[0], error);
    }
  }

  /** Once per mesh and cause, however many services it is about. */
  #tellUnreachable(writes: readonly DerivedWrite[]): void {
    const told = groupBy(writes.flatMap((write) => {
      const reason = write.op === 'put' && unreachableBecause(write.previous?.status) === undefined ? unreachableBecause(write.status) : undefined;
      return reason === undefined ? [] : [{ reason, ...write.key }];
    }), ({ reason }) => reason);
    for (const [reason, keys] of told) this.#ports.log.warn({ mesh: keys[0]?.mesh, services: keys.slice(0, TOLD).map(({ name }) => name), count: keys.length }, `services of another zone cannot be reached: ${reason}`);
  }

  // Somebody else wrote meanwhile: the feed brings that, and the plan is made anew.
  #refused(write: DerivedWrite | undefined, error: MeshError): void {
    if (write === undefined) return;
    if (error.code === 'store/conflict') return this.#again([write], GAP_MS);
    const { type, mesh, name } = write.key;
    this.#ports.log.warn({ type, mesh, name, error: error.message, violations: error.violations }, 'a derived resource was refused; it is left out until something about it changes');
  }

  // What the feed will tell, known at once: the next round must not plan from what was.
  #takeIn(writes: readonly DerivedWrite[], stored: readonly Resource[]): void {
    for (const write of writes) if (write.op === 'delete') this.#state.apply({ op: 'delete', key: write.key });
    for (const resource of stored) this.#state.apply({ op: 'put', resource });
  }

  #intentOf(write: DerivedWrite): BatchedIntent {
    if (write.op === 'delete') return { op: 'delete', key: write.key, expect: { version: write.previous.version } };
    const { key: { type: typeName, mesh, name }, previous, labels, spec, status } = write;
    const type = this.#ports.registry.byName(typeName);
    if (type === undefined) throw new MeshError('internal/bug', `there is no resource type "${typeName}"`);
    // Labels of what another zone owns stay as they are.
    const bare = labels['kuma.io/origin'] === 'global';
    return { op: 'put', intent: { type, mesh, name, labels, spec, status, ...(bare && { bare }), expect: previous === undefined ? 'absent' : { version: previous.version } } };
  }

  #again(writes: readonly DerivedWrite[], delayMs: number): void {
    for (const { key } of writes) this.#lookAgainIn(key, delayMs);
  }

  #lookAgainIn(key: ResourceKey, delayMs: number): void {
    const id = idOf(key);
    this.#timers.get(id)?.();
    this.#timers.set(id, this.#ports.clock.after(Math.max(0, delayMs), () => {
      this.#timers.delete(id);
      this.#state.look(key);
      this.#holdOff.ask();
    }));
  }
}

function idOf({ type, mesh, name }: ResourceKey): string {
  return `${type}/${mesh}/${name}`;
}
