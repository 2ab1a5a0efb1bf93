import type { ProxyConfig, ProxyUpdate } from '@weft/config-pipeline';
import { compareText, type Cancel, type Clock } from '@weft/kernel';
import { proxyId, type ProxyClient, type ProxyKey } from '@weft/proxy-view';
import type { ProxyNode } from '../node/proxy-node.ts';
import type { ConnectedProxy, SnapshotSink } from './connected-proxy.ts';

/** What the registry needs from around it. */
export interface RegistryPorts {
  readonly clock: Clock;
  readonly create: (node: ProxyNode) => ConnectedProxy;
  readonly connect: (client: ProxyClient) => void;
  readonly disconnect: (key: ProxyKey) => void;
  /** Something observed of the proxy changed. */
  readonly touch: (proxy: ConnectedProxy) => void;
  /** The proxy has stayed away for the whole delay. */
  readonly onGone: (proxy: ConnectedProxy) => void;
  /** Time that a proxy may stay away before it counts as gone. */
  readonly goneAfterMs: number;
}

/** The proxies of this server. A proxy that disconnects is kept for a while, so that it finds its certificate again. */
export class ProxyRegistry {
  readonly #ports: RegistryPorts;
  readonly #proxies = new Map<string, ConnectedProxy>();
  readonly #leaving = new Map<string, Cancel>();

  constructor(ports: RegistryPorts) {
    this.#ports = ports;
  }

  /** Streams that are open now. */
  get connected(): number {
    return this.#proxies.size - this.#leaving.size;
  }

  /** Proxies that are known: those whose streams are open, and those that may come back. */
  get size(): number {
    return this.#proxies.size;
  }

  /** Proxies of a mesh whose streams are open, by name. */
  clientsOf(mesh: string): readonly ProxyClient[] {
    return [...this.#proxies.entries()].filter(([id, { key }]) => key.mesh === mesh && !this.#leaving.has(id)).map(([, { node }]) => node.client).sort((a, b) => compareText(a.key.name, b.key.name));
  }

  find(key: ProxyKey): ConnectedProxy | undefined {
    return this.#proxies.get(proxyId(key));
  }

  /** A stream of a proxy that was let in. */
  attach(node: ProxyNode, sink: SnapshotSink): ConnectedProxy {
    const id = proxyId(node.key);
    this.#leaving.get(id)?.();
    this.#leaving.delete(id);
    const proxy = this.#proxies.get(id) ?? this.#ports.create(node);
    this.#proxies.set(id, proxy);
    proxy.attach(sink, node);
    proxy.insight.connected(node.metadata, this.#ports.clock.now());
    this.#ports.touch(proxy);
    this.#ports.connect(node.client);
    return proxy;
  }

  /** A stream has ended. Nothing happens where a newer one of the proxy has taken over. */
  detach(proxy: ConnectedProxy, sink: SnapshotSink): void {
    if (!proxy.detach(sink)) return;
    const id = proxyId(proxy.key);
    this.#ports.disconnect(proxy.key);
    proxy.insight.disconnected(this.#ports.clock.now());
    this.#ports.touch(proxy);
    this.#leaving.set(id, this.#ports.clock.after(this.#ports.goneAfterMs, () => {
      this.#leaving.delete(id);
      this.#proxies.delete(id);
      proxy.secrets.close();
      this.#ports.onGone(proxy);
    }));
  }

  deliver(update: ProxyUpdate): void {
    const proxy = this.find(update.proxy);
    proxy?.deliver(update);
    if (proxy?.insight.built(update.config?.problems ?? defectOf(update), this.#ports.clock.now()) === true) this.#ports.touch(proxy);
  }

  /** The CAs of these meshes may have changed; zone proxies may speak for any mesh. */
  trustChanged(meshes: ReadonlySet<string>): void {
    if (meshes.size === 0) return;
    for (const proxy of this.#proxies.values()) if (proxy.key.type !== undefined || meshes.has(proxy.key.mesh)) proxy.secretsChanged(proxy.secrets.trustChanged());
  }

  /** Stops waiting for those who left; nobody counts as gone because this server stops. */
  close(): void {
    for (const cancel of this.#leaving.values()) cancel();
    for (const proxy of this.#proxies.values()) proxy.secrets.close();
  }
}

/** A defect of the first config has no config that could tell of it. */
function defectOf({ proxy, defect }: ProxyUpdate): ProxyConfig['problems'] {
  return defect === undefined ? [] : [{ resource: `${proxy.mesh}/${proxy.name}`, reason: defect }];
}
