import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { weftRegistry } from '@weft/policy-model';
import { silentLogger } from '@weft/service-runtime/testing';
import { AdsClient } from '@weft/xds-server/testing';
import type { Clock } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { systemClock } from '@weft/service-runtime';
import type { ControlPlaneConfig } from '../control-plane-config.ts';
import { readConfig, startControlPlane, type RunningControlPlane } from '../index.ts';
import { openStore } from '../open-store.ts';

/** A resource as its REST document. */
export interface TestResource {
  readonly type: string;
  readonly mesh?: string;
  readonly name: string;
}

/** Metadata of a simulated Envoy's node. */
export type NodeMetadata = NonNullable<NonNullable<ConstructorParameters<typeof AdsClient>[1]>['metadata']>;

const FREE_PORTS = {
  'apiServer.http.interface': '127.0.0.1', 'apiServer.http.port': '0', 'apiServer.https.interface': '127.0.0.1', 'apiServer.https.port': '0',
  'dpServer.interface': '127.0.0.1', 'dpServer.port': '0', 'dnsServer.interface': '127.0.0.1', 'dnsServer.port': '0', 'monitoringAssignmentServer.interface': '127.0.0.1', 'monitoringAssignmentServer.port': '0', 'diagnostics.serverPort': '0',
};

const JSON_TYPE = { 'content-type': 'application/json' };

/** Secrets of a proxy of mesh `default` under mTLS. */
const SECRETS = ['identity_cert:secret:default', 'mesh_ca:secret:default'];

/** Every app in this process on free ports of loopback, and simulated Envoys of mesh `default` that connect to it. */
export class WholePlane {
  readonly #plane: RunningControlPlane;
  readonly #config: ControlPlaneConfig;
  readonly #workDir: string;
  readonly #proxies: AdsClient[] = [];
  #caPem = '';

  private constructor(plane: RunningControlPlane, { config, workDir }: { readonly config: ControlPlaneConfig; readonly workDir: string }) {
    this.#plane = plane;
    this.#config = config;
    this.#workDir = workDir;
  }

  /** `flags`: settings beside those of the ports, by key; the store is in memory where they do not say another. */
  static async start(flags: Readonly<Record<string, string>> = {}, clock: Clock = systemClock): Promise<WholePlane> {
    const workDir = await mkdtemp(join(tmpdir(), 'weft-whole-plane-'));
    const { config, loaded } = readConfig({ env: {}, flags: { ...FREE_PORTS, 'general.workDir': workDir, 'store.type': 'memory', ...flags } });
    const plane = await startControlPlane({ config, loaded, env: {}, log: silentLogger, clock });
    await plane.ready;
    const started = new WholePlane(plane, { config, workDir });
    const { data } = await started.get('/global-secrets/inter-cp-ca');
    started.#caPem = new X509Certificate(Buffer.from(String(data), 'base64')).toString();
    return started;
  }

  /** Base URL of the HTTP API. */
  get url(): string {
    return `http://${this.#plane.addresses['http'] ?? ''}`;
  }

  /** What an app listens on, by its role: `http`, `dpServer`, `diagnostics`. */
  address(role: string): string {
    return this.#plane.addresses[role] ?? '';
  }

  async get(path: string): Promise<Readonly<Record<string, unknown>>> {
    return (await fetch(this.url + path)).json() as Promise<Readonly<Record<string, unknown>>>;
  }

  /** Writes a resource; throws where it is refused. */
  async put(resource: TestResource): Promise<void> {
    const path = `${resource.mesh === undefined ? '' : `/meshes/${resource.mesh}`}/${weftRegistry.byName(resource.type)?.plural ?? ''}/${resource.name}`;
    const answer = await fetch(this.url + path, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify(resource) });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  }

  /** A dataplane token of mesh `default` for a name, or for every name. */
  async token(name?: string): Promise<string> {
    const answer = await fetch(`${this.url}/tokens/dataplane`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ mesh: 'default', ...(name !== undefined && { name }), validFor: '1h' }) });
    return answer.text();
  }

  /** Connects a proxy of mesh `default`. */
  async connect(name: string, metadata: NodeMetadata, token?: string): Promise<AdsClient> {
    const proxy = new AdsClient(name, { metadata, secrets: SECRETS, token: token ?? await this.token(name) });
    this.#proxies.push(proxy);
    proxy.connect(Number(this.address('dpServer').split(':').at(-1)), this.#caPem);
    return proxy;
  }

  /** Every proxy goes. */
  disconnectAll(): void {
    for (const proxy of this.#proxies.splice(0)) proxy.close();
  }

  /** What an app keeps in memory. */
  held(app: string): Readonly<Record<string, number>> {
    return this.#plane.apps.find(({ name }) => name === app)?.held?.() ?? {};
  }

  /** Stops the apps, and reads what their durable store holds of each type. */
  async stopAndList(types: readonly string[]): Promise<Readonly<Record<string, readonly Resource[]>>> {
    await this.#stop();
    const { store } = await openStore(this.#config, systemClock, {});
    try {
      return Object.fromEntries(await Promise.all(types.map(async (type) => [type, await store.list(type)] as const)));
    } finally {
      await store.close();
    }
  }

  async close(): Promise<void> {
    await this.#stop();
    await rm(this.#workDir, { recursive: true, force: true });
  }

  async #stop(): Promise<void> {
    for (const proxy of this.#proxies) proxy.close();
    await this.#plane.close();
  }
}
