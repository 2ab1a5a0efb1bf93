import type { ConfigEngine, EngineCounters, EngineKnowledge, HeldByEngine, ProxyConfig, ProxyUpdate } from '@weft/config-pipeline';
import { proxyId, type ProxyClient, type ProxyKey } from '@weft/proxy-view';
import { XDS_TYPES, type ChangedNames, type ProxySnapshot } from '@weft/xds-core';

/** An engine whose configs a test writes by hand. */
export class HandMadeEngine implements ConfigEngine {
  readonly counters: EngineCounters = { viewsBuilt: 0, resourcesBuilt: 0, bytesEncoded: 0, updates: 0 };
  readonly held: HeldByEngine = { proxies: 0, groups: 0, due: 0, dataplanes: 0, endpoints: 0 };
  readonly building = false;
  readonly clients = new Map<string, ProxyClient>();
  readonly #wanted = new Map<string, ProxyConfig>();
  readonly #built = new Map<string, ProxyConfig>();
  readonly #due = new Map<string, ProxyKey>();

  /** Gives a proxy a config, or takes it away. {@link next} hands it on. */
  set(key: ProxyKey, config: Omit<ProxyConfig, 'problems'> | undefined): void {
    if (config === undefined) this.#wanted.delete(proxyId(key));
    else this.#wanted.set(proxyId(key), { ...config, problems: [] });
    this.#due.set(proxyId(key), key);
  }

  load(): void {
    for (const client of this.clients.values()) this.#due.set(proxyId(client.key), client.key);
  }

  apply(): void {
    // Configs come from `set`.
  }

  connect(client: ProxyClient): void {
    this.clients.set(proxyId(client.key), client);
    this.#due.set(proxyId(client.key), client.key);
  }

  setTlsReady(): void {
    // Configs come from `set`.
  }

  release(): void {
    // Configs come from `set`.
  }

  disconnect(key: ProxyKey): void {
    this.clients.delete(proxyId(key));
    this.#built.delete(proxyId(key));
  }

  knowledge(): EngineKnowledge {
    return { resources: [], tlsReady: [] };
  }

  next(): ProxyUpdate | undefined {
    for (const [id, proxy] of this.#due) {
      this.#due.delete(id);
      if (!this.clients.has(id)) continue;
      const before = this.#built.get(id);
      const config = this.#wanted.get(id);
      if (config === undefined) this.#built.delete(id);
      else this.#built.set(id, config);
      return { proxy, config, changed: difference(before?.snapshot, config?.snapshot) };
    }
    return undefined;
  }

  config(proxy: ProxyKey): ProxyConfig | undefined {
    return this.#built.get(proxyId(proxy));
  }
}

function difference(before: ProxySnapshot | undefined, after: ProxySnapshot | undefined): ChangedNames {
  return Object.fromEntries(XDS_TYPES.map((type) => {
    const names = new Set([...(before?.[type].keys() ?? []), ...(after?.[type].keys() ?? [])]);
    return [type, new Set([...names].filter((name) => before?.[type].get(name)?.version !== after?.[type].get(name)?.version))];
  }));
}
