import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { LeasedWriter, Logger } from '@weft/service-runtime';
import { SerialTask } from './serial-task.ts';
import type { ServiceNames } from './service-names.ts';

const BATCH = 200;
const RETRY_MS = 500;

/** What the writer works with. */
export interface NamesWriterPorts {
  readonly names: ServiceNames;
  readonly writer: Pick<LeasedWriter, 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Writes what {@link ServiceNames} plans, one batch at a time, again after a conflict or while another replica holds the lease. */
export class ServiceNamesWriter {
  readonly #ports: NamesWriterPorts;
  readonly #task = new SerialTask(() => this.#run());
  #timer: Cancel | undefined;
  #closed = false;

  constructor(ports: NamesWriterPorts) {
    this.#ports = ports;
  }

  /** Call it when the feed brought something; resolves when nothing is left that can be written now. */
  write(): Promise<void> {
    return this.#task.request();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.#task.settled();
  }

  async #run(): Promise<void> {
    const { names, clock } = this.#ports;
    while (names.pending > 0 && !this.#closed) {
      if (await this.#writeBatch()) continue;
      names.again();
      this.#timer?.();
      this.#timer = clock.after(RETRY_MS, () => void this.write());
      return;
    }
  }

  async #writeBatch(): Promise<boolean> {
    const writes = this.#ports.names.plan(BATCH);
    if (writes.length === 0) return true;
    try {
      return (await this.#ports.writer.write(writes)) !== undefined;
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code !== 'store/conflict') this.#ports.log.warn({ error: error.message }, 'names of MeshServices cannot be written now; trying again');
      return false;
    }
  }
}
