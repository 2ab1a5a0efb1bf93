import { createMemoryBus } from '@weft/bus-memory';
import { answer, BUCKETS, bucketKey, REQUESTS, type Bus, type ProxyHealth, type RegisterProxy } from '@weft/bus';
import type { Json } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { SecretRef, ZoneProxyType } from '@weft/proxy-view';
import type { Change, Resource, ResourceKey } from '@weft/resource-model';
import type { RunningApp } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import type { ProxySnapshot } from '@weft/xds-core';
import { sampleSnapshot } from '@weft/xds-core/testing';
import { runXdsServer, type FeedListener } from '../run-xds-server.ts';
import type { AdsClient } from './ads-client.ts';
import { HandMadeEngine } from './hand-made-engine.ts';
import { testConfig } from './test-config.ts';
import { TestSigner } from './test-signer.ts';

/** Secrets of a proxy under mTLS. */
export const MTLS_SECRETS: readonly SecretRef[] = [
  { kind: 'identity', name: 'identity', mesh: 'default', services: ['web'], tags: { 'kuma.io/service': ['web'] } },
  { kind: 'ca', name: 'ca', mesh: 'default' },
];

/** A DP server with everything around it made by hand, on a fake clock. */
export class TestPlane {
  readonly clock = new FakeClock(Date.now());
  readonly bus: Bus = createMemoryBus({ clock: this.clock });
  readonly registered: RegisterProxy[] = [];
  readonly deregistered: ResourceKey[] = [];
  readonly health: ProxyHealth[] = [];
  engine = new HandMadeEngine();
  instance = 'cp-1';
  #resources: Resource[] = [];
  #listener: FeedListener | undefined;
  #app: RunningApp | undefined;
  #signer: TestSigner | undefined;
  /** Kept over a restart. */
  #port = 0;
  #clients: AdsClient[] = [];
  #openFeed: () => void = () => undefined;

  /** `authType`: how proxies are authenticated. `feedReady: false` holds the feed back until {@link openFeed}. */
  static async start({ authType = 'none', feedReady = true, resources = [] }: { authType?: 'dpToken' | 'none'; feedReady?: boolean; resources?: Resource[] } = {}): Promise<TestPlane> {
    const plane = new TestPlane();
    plane.#signer = await TestSigner.start(plane.bus, plane.clock);
    await answer(plane.bus, REQUESTS.proxyRegister, async (request) => {
      plane.registered.push(request);
      const { type, mesh = '', name, ...spec } = JSON.parse(request.document) as { type: string; mesh?: string; name: string };
      const resource = resourceOf({ type, mesh, name }, spec);
      plane.change({ op: 'put', resource });
      return { resource };
    });
    await answer(plane.bus, REQUESTS.proxyHealth, async (request) => {
      plane.health.push(request);
      return null;
    });
    await answer(plane.bus, REQUESTS.proxyDeregister, async ({ key }) => {
      plane.deregistered.push(key);
      return null;
    });
    plane.#resources = [resourceOf({ type: 'Mesh', mesh: '', name: 'default' }, { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }), plane.trustBundle(), ...resources];
    await plane.boot(authType, feedReady);
    return plane;
  }

  get signer(): TestSigner {
    if (this.#signer === undefined) throw new Error('the plane was not started');
    return this.#signer;
  }

  get app(): RunningApp {
    if (this.#app === undefined) throw new Error('the plane was not started');
    return this.#app;
  }

  get port(): number {
    return Number(this.app.addresses['dpServer']?.split(':')[1]);
  }

  async boot(authType: 'dpToken' | 'none' = 'none', feedReady = true): Promise<void> {
    const ready = feedReady ? Promise.resolve() : new Promise<void>((resolve) => (this.#openFeed = resolve));
    this.#app = await runXdsServer({ config: testConfig(authType, this.#port), bus: this.bus, clock: this.clock, log: silentLogger, instance: this.instance }, {
      engine: this.engine,
      random: () => 0,
      startFeed: (listener) => {
        this.#listener = listener;
        if (feedReady) listener.load(this.#resources);
        return { ready, close: async () => undefined };
      },
    });
    this.#port = this.port;
    if (feedReady) await this.#app.ready;
  }

  openFeed(): void {
    this.#listener?.load(this.#resources);
    this.#openFeed();
  }

  /** The server stops and another one starts, which knows nothing but the feed and the given configs. */
  async restart(): Promise<void> {
    await this.app.close();
    this.engine = new HandMadeEngine();
    this.instance = 'cp-2';
    await this.boot();
  }

  change(change: Change): void {
    const key = change.op === 'put' ? change.resource : change.key;
    this.#resources = this.#resources.filter((one) => one.type !== key.type || one.mesh !== key.mesh || one.name !== key.name);
    if (change.op === 'put') this.#resources.push(change.resource);
    this.#listener?.apply([change]);
  }

  trustBundle(): Resource {
    return resourceOf({ type: 'TrustBundle', mesh: 'default', name: 'ca-1' }, { backend: 'ca-1', generation: this.signer.generation, caPem: [this.signer.caPem] });
  }

  /** Gives a proxy of mesh `default` a config. Any hold-off is over by then, and an empty change wakes the loop. */
  give(name: string, snapshot: ProxySnapshot, secrets: readonly SecretRef[] = []): void {
    this.engine.set({ mesh: 'default', name }, { snapshot, secrets });
    this.clock.advance(100);
    this.#listener?.apply([]);
  }

  connect(client: AdsClient): AdsClient {
    this.#clients.push(client);
    client.connect(this.port, this.signer.caPem);
    return client;
  }

  /** What the server wrote of a proxy. */
  async observed(name: string, type?: ZoneProxyType): Promise<Json | undefined> {
    this.clock.advance(1_000);
    const bucket = await this.bus.bucket(BUCKETS.observed.name);
    return bucket.get(type === undefined ? bucketKey(this.instance, 'default', name) : bucketKey(this.instance, '', name, type));
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.app.close();
    await this.bus.close();
  }
}

/** A stored resource. */
export function resourceOf(key: ResourceKey, spec: unknown, labels: Readonly<Record<string, string>> = {}): Resource {
  return { ...key, labels, spec, version: 1, creationTime: '2026-01-01T00:00:00.000Z', modificationTime: '2026-01-01T00:00:00.000Z' };
}

/** A Dataplane of mesh `default`. */
export function dataplane(name: string, service = 'web'): Resource {
  return resourceOf({ type: 'Dataplane', mesh: 'default', name }, { networking: { address: '127.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': service } }] } });
}

/** Clusters and endpoints `backend` in the given versions, and a listener. */
export function smallSnapshot({ cluster = '1', endpoints = '1' } = {}): ProxySnapshot {
  return sampleSnapshot({ cds: { backend: cluster }, eds: { backend: endpoints }, lds: { inbound: '1' }, rds: { inbound: '1' } });
}
