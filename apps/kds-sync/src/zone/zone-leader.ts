import { randomUUID } from 'node:crypto';
import { ask, REQUESTS } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import type { ResourceKey } from '@weft/resource-model';
import type { AppPorts } from '@weft/service-runtime';
import { holdLease, type HeldLease } from '@weft/store';
import { KdsSubscription } from '../global/kds-subscription.ts';
import type { PresenceWriter } from '../global/presence-writer.ts';
import type { KdsSyncConfig } from '../kds-sync-config.ts';
import type { OutgoingFeed } from '../outgoing-feed.ts';
import { BackOff } from './back-off.ts';
import type { DeadZones } from './dead-zones.ts';
import { zoneCall, zoneNode } from './describe-zone.ts';
import { zoneIdentity } from './zone-identity.ts';
import { ZoneSession, type SessionEnd } from './zone-session.ts';

/** Settings of {@link ZoneLeader}. */
export interface ZoneLeaderOptions {
  readonly ports: AppPorts<KdsSyncConfig>;
  readonly feed: OutgoingFeed;
  /** The zone's own ZoneInsight, by which people see whether it is synced. */
  readonly presence: PresenceWriter;
  /** Is told when this replica syncs, and whether the link works. */
  readonly deadZones: DeadZones;
  /** From 0 to 1. */
  readonly random: () => number;
}

const LEASE = 'zone-sync';
/** A replica that died is succeeded after this long at most. */
const LEASE_TTL_MS = 6_000;

/** Of a zone's replicas the one that holds the lease syncs: one session after another, with a growing pause after each that failed. */
export class ZoneLeader {
  readonly #options: ZoneLeaderOptions;
  readonly #lease: HeldLease;
  readonly #backOff: BackOff;
  #term: { readonly fence: { readonly lease: string; readonly token: number }; readonly held: () => boolean } | undefined;
  #session: ZoneSession | undefined;
  /** The session before; what it was storing must not come after what the next one stores. */
  #before: Promise<void> = Promise.resolve();
  /** While the sync works. */
  #working: KdsSubscription | undefined;
  #restarts = 0;
  #stalls = 0;

  constructor(options: ZoneLeaderOptions) {
    this.#options = options;
    const { ports: { bus, clock, config, instance, log }, random } = options;
    this.#backOff = new BackOff({ clock, firstMs: config.multizone.zone.kds.retryBackoff, random });
    this.#lease = holdLease({
      clock, ttlMs: LEASE_TTL_MS,
      acquire: async () => (await ask(bus, REQUESTS.leaseAcquire, { lease: LEASE, holder: instance, ttlMs: LEASE_TTL_MS })) ?? undefined,
      release: async () => {
        await ask(bus, REQUESTS.leaseRelease, { lease: LEASE, holder: instance }, { deadlineMs: 1000 });
      },
      onHeld: (token, held) => {
        this.#term = { fence: { lease: LEASE, token }, held };
        this.#options.deadZones.begin(this.#term.fence);
        void this.#begin();
      },
      onLost: () => this.#step(),
      onError: (caught) => log.debug({ error: MeshError.from(caught).message }, 'the lease of the sync could not be prolonged'),
    });
  }

  /** For metrics: whether the sync works here, what is due, how often it began anew, and how often because nothing moved. */
  held(): Readonly<Record<string, number>> {
    return { zone_sync_connected: this.#working === undefined ? 0 : 1, zone_sync_due: this.#session?.due().length ?? (this.#term === undefined ? 0 : 1), zone_sync_restarts: this.#restarts, zone_sync_stalls: this.#stalls };
  }

  /** A resource of this zone is gone: see {@link ZoneSession.freed}. */
  freed(key: ResourceKey): void {
    this.#session?.freed(key);
  }

  /** Ends the session and gives the lease up. */
  async close(): Promise<void> {
    this.#step();
    await this.#lease.close();
  }

  /** Another replica goes on. */
  #step(): void {
    this.#term = undefined;
    this.#backOff.close();
    this.#session?.close();
    this.#leave();
    this.#options.deadZones.end();
  }

  #leave(): void {
    if (this.#session !== undefined) this.#before = this.#session.settled();
    this.#session = undefined;
    if (this.#working === undefined) return;
    const { deadZones, ports: { clock, config: { multizone: { zone } } }, presence } = this.#options;
    this.#working.end(new Date(clock.now()).toISOString());
    this.#working = undefined;
    deadZones.linked(false);
    presence.touch(zone.name, 'presence');
  }

  async #begin(): Promise<void> {
    const term = this.#term;
    const { ports, feed } = this.#options;
    const { config, instance } = ports;
    if (term === undefined) return;
    try {
      await this.#before;
      const call = zoneCall(config, await zoneIdentity(ports.bus, `kds-sync/${instance}`));
      if (this.#term !== term || !term.held()) return;
      const node = zoneNode(config, instance);
      const subscription = new KdsSubscription({ id: randomUUID(), globalInstance: '', connectTime: new Date(ports.clock.now()).toISOString(), authTokenProvided: call.token !== undefined });
      subscription.describe(node);
      this.#session = new ZoneSession({ ports, call, feed, node, fence: term.fence, onWorking: () => this.#work(subscription), onEnd: (end) => this.#retry(end), onKept: (type, refused) => this.#kept(subscription, type, refused) });
    } catch (caught) {
      if (this.#term === term) this.#retry({ reason: MeshError.from(caught).message, stalled: false });
    }
  }

  #kept(subscription: KdsSubscription, type: string, refused: ReadonlyMap<string, string>): void {
    const { ports: { clock, config }, presence } = this.#options;
    const now = new Date(clock.now()).toISOString();
    subscription.count(type, 'sent', now);
    subscription.count(type, refused.size === 0 ? 'acknowledged' : 'rejected', now);
    subscription.refusing(type, refused, now);
    presence.touch(config.multizone.zone.name, 'counts');
  }

  #work(subscription: KdsSubscription): void {
    if (this.#working !== undefined) return;
    const { deadZones, ports: { config: { multizone: { zone } }, log }, presence } = this.#options;
    this.#working = subscription;
    presence.of(zone.name).subscribed(subscription);
    presence.touch(zone.name, 'presence');
    deadZones.linked(true);
    this.#backOff.succeeded();
    log.info({ zone: zone.name, global: zone.globalAddress }, 'synced with the global control plane');
  }

  #retry({ reason, stalled }: SessionEnd): void {
    this.#leave();
    this.#restarts += 1;
    if (stalled) this.#stalls += 1;
    const { ports: { clock, config: { multizone: { zone } }, log }, presence } = this.#options;
    presence.of(zone.name).incidents.note({ kind: stalled ? 'stalled' : 'failed', reason }, new Date(clock.now()).toISOString());
    presence.touch(zone.name, 'presence');
    const inMs = this.#backOff.retry(() => void this.#begin());
    log.warn({ reason, stalled, retryInMs: inMs, global: zone.globalAddress }, 'not synced with the global control plane; proxies keep what they have');
  }
}
