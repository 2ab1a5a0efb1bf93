import { ask, REQUESTS, type AppWrite, type Bus } from '@weft/bus';
import type { Clock } from '@weft/kernel';
import type { Resource, ResourceKey } from '@weft/resource-model';
import { LeasedWriter } from '@weft/service-runtime';

/** What ca-service asks of the store, over the bus. */
export class StoreClient {
  readonly #bus: Bus;
  readonly #writer: LeasedWriter;

  constructor(ports: { readonly bus: Bus; readonly clock: Clock; readonly instance: string }) {
    this.#bus = ports.bus;
    this.#writer = new LeasedWriter({ ...ports, lease: 'ca', app: 'ca-service' });
  }

  /** The stored resource, without secret content. */
  async read(key: ResourceKey): Promise<Resource | undefined> {
    return (await ask(this.#bus, REQUESTS.storeRead, key)).resource ?? undefined;
  }

  /** Text of a Secret or GlobalSecret, or of the sensitive fields of another resource (JSON by path); undefined where there is none. */
  async readSecretText(key: ResourceKey): Promise<string | undefined> {
    const { data } = await ask(this.#bus, REQUESTS.secretRead, key);
    return data === null ? undefined : Buffer.from(data, 'base64').toString('utf8');
  }

  /**
   * Writes under the lease `ca`, which is given up right after: CAs are made rarely, and the next may be asked of another
   * replica. Undefined while another one holds it. Throws `store/conflict` where something else is there already.
   */
  async writeUnderLease(writes: AppWrite['writes']): Promise<readonly Resource[] | undefined> {
    try {
      return await this.#writer.write(writes);
    } finally {
      await this.#writer.release();
    }
  }

  /** Gives the lease up. */
  releaseLease(): Promise<void> {
    return this.#writer.release();
  }
}
