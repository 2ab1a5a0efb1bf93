import { randomBytes } from 'node:crypto';
import type { Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { startForTest, TEST_CONFIG, type TestStore } from '@weft/global-store/testing';
import { AesGcmSecretBox } from '@weft/key-store-file';
import type { Clock } from '@weft/kernel';
import type { RunningApp } from '@weft/service-runtime';
import { systemClock } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import { createMemoryStore } from '@weft/store-memory';
import { GLOBAL_CONFIG } from '../../global/testing/global-for-test.ts';
import type { KdsStreamConfig, KdsSyncConfig, ZoneLinkConfig } from '../../kds-sync-config.ts';
import { startKdsSync } from '../../start-kds-sync.ts';

/** Settings of {@link FederatedZone.start}. */
export interface FederatedZoneOptions {
  readonly name: string;
  /** `host:port` of the global control plane. */
  readonly global: () => string;
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly kds?: Partial<ZoneLinkConfig & Pick<KdsStreamConfig, 'stallTimeout'>>;
}

/** What asking the store to keep something came to, since the count was last taken. */
export interface Traffic {
  readonly requests: number;
  readonly items: number;
  readonly removed: number;
}

/** A zone without proxies: its store, which outlives the process, and its end of the sync. Its link fails and comes back within moments. */
export class FederatedZone {
  readonly store: TestStore;
  readonly #options: FederatedZoneOptions;
  readonly #syncs: RunningApp[] = [];
  #traffic = { requests: 0, items: 0, removed: 0 };

  private constructor(store: TestStore, options: FederatedZoneOptions) {
    this.store = store;
    this.#options = options;
  }

  static async start(options: FederatedZoneOptions): Promise<FederatedZone> {
    const { clock = systemClock } = options;
    const bus = createMemoryBus({ clock });
    const config = { ...TEST_CONFIG, multizone: { ...TEST_CONFIG.multizone, zone: { name: options.name, globalAddress: 'grpc://global' } } };
    const store = await startForTest({ config, bus, clock, store: createMemoryStore({ clock }), secretBox: new AesGcmSecretBox(randomBytes(32)) });
    const zone = new FederatedZone(store, options);
    await zone.join();
    return zone;
  }

  /** Starts a replica of the sync. */
  async join(instance = `${this.#options.name}-${this.#syncs.length}`): Promise<RunningApp> {
    const { bus, clock } = this.store.ports;
    const sync = await startKdsSync({ config: this.#config(), bus: this.#counting(bus), clock, log: silentLogger, instance });
    this.#syncs.push(sync);
    return sync;
  }

  /** Ends all replicas of the sync. */
  async leave(): Promise<void> {
    for (const sync of this.#syncs.splice(0)) await sync.close();
  }

  /** What the sync keeps count of. */
  held(): Readonly<Record<string, number>> {
    return Object.assign({}, ...this.#syncs.map((sync) => sync.held?.() ?? {})) as Record<string, number>;
  }

  /** What came from the global control plane since this was last asked. */
  takeTraffic(): Traffic {
    const traffic = this.#traffic;
    this.#traffic = { requests: 0, items: 0, removed: 0 };
    return traffic;
  }

  async close(): Promise<void> {
    await this.leave();
    await this.store.app.close();
  }

  #config(): KdsSyncConfig {
    const { multizone } = GLOBAL_CONFIG;
    const { name, global, kds } = this.#options;
    return { ...GLOBAL_CONFIG, mode: 'zone', multizone: { ...multizone, zone: { name, globalAddress: `grpc://${global()}`, kds: { ...multizone.zone.kds, nackBackoff: 50, ...kds } } } };
  }

  #counting(bus: Bus): Bus {
    return new Proxy(bus, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const bound = value.bind(target) as (...args: readonly unknown[]) => unknown;
        if (key !== 'request') return bound;
        return (subject: string, payload: { readonly type?: string; readonly items?: readonly unknown[]; readonly removed?: readonly unknown[] }, ...rest: readonly unknown[]) => {
          // Which zones live is news whenever one was away.
          if (subject === 'store.sync.apply' && payload.type !== 'ZoneLiveness') this.#traffic = { requests: this.#traffic.requests + 1, items: this.#traffic.items + (payload.items?.length ?? 0), removed: this.#traffic.removed + (payload.removed?.length ?? 0) };
          return bound(subject, payload, ...rest);
        };
      },
    });
  }
}
