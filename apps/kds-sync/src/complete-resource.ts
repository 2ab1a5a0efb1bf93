import { ask, REQUESTS, type Requests } from '@weft/bus';
import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Resource, ResourceKey } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';

/** What reading resources with their secrets takes. */
export interface CompletePorts {
  readonly bus: Requests;
  readonly clock: Clock;
  readonly log: Logger;
}

const RETRY_MS = 500;

interface Reading {
  cancel: Cancel;
}

/** Reads resources whose secret content the feed does not show, and reads again until it got an answer. */
export class CompleteResources {
  readonly #ports: CompletePorts;
  readonly #take: (key: ResourceKey, resource: Resource | undefined) => void;
  readonly #readings = new Map<string, Reading>();
  #idle: (() => void)[] = [];

  /** `take` gets each resource with its secrets; undefined where it is gone. */
  constructor(ports: CompletePorts, take: (key: ResourceKey, resource: Resource | undefined) => void) {
    this.#ports = ports;
    this.#take = take;
  }

  /** Reads one; what was being read of it is stale. */
  read(id: string, key: ResourceKey): void {
    this.forget(id);
    const reading: Reading = { cancel: () => undefined };
    this.#readings.set(id, reading);
    void this.#attempt(id, key, reading);
  }

  /** It is gone. */
  forget(id: string): void {
    this.#readings.get(id)?.cancel();
    this.#readings.delete(id);
    this.#tellIdle();
  }

  /** Resolves once nothing is being read. */
  settled(): Promise<void> {
    return this.#readings.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    for (const id of [...this.#readings.keys()]) this.forget(id);
  }

  async #attempt(id: string, key: ResourceKey, reading: Reading): Promise<void> {
    try {
      const { resource } = await ask(this.#ports.bus, REQUESTS.storeReveal, { type: key.type, mesh: key.mesh, name: key.name });
      if (this.#readings.get(id) !== reading) return;
      this.#readings.delete(id);
      this.#take(key, resource ?? undefined);
      this.#tellIdle();
    } catch (caught) {
      if (this.#readings.get(id) !== reading) return;
      this.#ports.log.debug({ type: key.type, mesh: key.mesh, name: key.name, error: MeshError.from(caught).message }, 'a resource could not be read with its secrets, it is tried again');
      reading.cancel = this.#ports.clock.after(RETRY_MS, () => void this.#attempt(id, key, reading));
    }
  }

  #tellIdle(): void {
    if (this.#readings.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
