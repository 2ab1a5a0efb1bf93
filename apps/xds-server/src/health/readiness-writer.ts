import { ask, REQUESTS, type Requests } from '@weft/bus';
import { PROXY_DRAINS, PROXY_STARTED, type HealthFinding } from '@weft/hds-core';
import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import { proxyId, type ProxyKey } from '@weft/proxy-view';
import type { Logger } from '@weft/service-runtime';

/** What a {@link ReadinessWriter} needs. */
export interface ReadinessPorts {
  readonly bus: Requests;
  readonly clock: Clock;
  readonly log: Logger;
}

/** While the store or bus is away, a proxy that has started is told of again after this time. */
const RETRY_MS = 1_000;

/** Has global-store write which proxies take traffic. */
export class ReadinessWriter {
  readonly #ports: ReadinessPorts;
  readonly #retries = new Map<string, Cancel>();

  constructor(ports: ReadinessPorts) {
    this.#ports = ports;
  }

  /** Writes one finding. Rejects where the store or bus is away. */
  async write(key: ProxyKey, finding: HealthFinding): Promise<void> {
    try {
      await ask(this.#ports.bus, REQUESTS.proxyHealth, { key: { type: 'Dataplane', ...key }, finding });
    } catch (caught) {
      this.#ports.log.debug({ mesh: key.mesh, proxy: key.name, error: MeshError.from(caught).message }, 'readiness could not be written');
      throw caught;
    }
  }

  /** The proxy serves; told until it is written, or {@link forget} is called. */
  started(key: ProxyKey): void {
    this.forget(key);
    this.write(key, PROXY_STARTED).catch(() => {
      this.#retries.set(proxyId(key), this.#ports.clock.after(RETRY_MS, () => this.started(key)));
    });
  }

  /** The proxy is about to end. Rejects where the store or bus is away. */
  async drain(key: ProxyKey): Promise<void> {
    this.forget(key);
    await this.write(key, PROXY_DRAINS);
  }

  /** The proxy has left. */
  forget(key: ProxyKey): void {
    this.#retries.get(proxyId(key))?.();
    this.#retries.delete(proxyId(key));
  }

  stop(): void {
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
  }
}
