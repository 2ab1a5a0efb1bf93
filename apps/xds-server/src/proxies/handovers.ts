import type { ProxyUpdate } from '@weft/config-pipeline';
import type { Cancel, Clock } from '@weft/kernel';
import { proxyId, type ProxyKey } from '@weft/proxy-view';

/**
 * Time in which the proxies of a mesh, also those of other servers, take in what was sent to them: after it a proxy may
 * present another certificate. Pushes take tens of milliseconds; a slow proxy is worth waiting for.
 */
const SETTLE_MS = 5_000;

interface Waiting {
  readonly credentials: string;
  readonly cancel: Cancel;
}

/** Moves proxies to their next certificate, each once its peers have had the time to learn that they may meet it. */
export class Handovers {
  readonly #clock: Clock;
  readonly #release: (proxy: ProxyKey, credentials: string) => void;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, release: (proxy: ProxyKey, credentials: string) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  /** Takes what an update says of the proxy's next certificate; a wait for another one, or for none, ends. */
  see({ proxy, handover }: ProxyUpdate): void {
    const id = proxyId(proxy);
    const waiting = this.#waiting.get(id);
    if (waiting?.credentials === handover) return;
    waiting?.cancel();
    this.#waiting.delete(id);
    if (handover === undefined) return;
    const cancel = this.#clock.after(SETTLE_MS, () => {
      this.#waiting.delete(id);
      this.#release(proxy, handover);
    });
    this.#waiting.set(id, { credentials: handover, cancel });
  }

  /** Nobody moves any more. */
  close(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
