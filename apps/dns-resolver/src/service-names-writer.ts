import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { ResourceId } from '@weft/resource-model';
import type { LeasedWriter, Logger } from '@weft/service-runtime';
import { growingPause } from './growing-pause.ts';
import { SerialTask } from './serial-task.ts';
import type { PlannedItem, ServiceNames } from './service-names.ts';

const BATCH = 200;
/** While another replica holds the lease: a short part of its time to live. */
const LEASE_PAUSE_MS = 2_000;
/** Failures that say something about what was written; others concern every write. */
const ABOUT_THE_WRITE = ['store/conflict', 'store/not-found', 'resource/'];

/** What the writer works with. */
export interface NamesWriterPorts {
  readonly names: ServiceNames;
  readonly writer: Pick<LeasedWriter, 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
}

type Outcome = 'done' | 'elsewhere' | 'unavailable';

/**
 * Writes what {@link ServiceNames} plans, one batch at a time. A batch that is refused is halved until the objects to
 * blame are found; each of these is tried again after a pause that grows, everything else is written.
 */
export class ServiceNamesWriter {
  readonly #ports: NamesWriterPorts;
  readonly #task = new SerialTask(() => this.#run());
  readonly #failures = new Map<ResourceId, number>();
  readonly #retries = new Map<ResourceId, Cancel>();
  #pause: Cancel | undefined;
  #pauses = 0;
  #closed = false;
  #toldRefusals = '';

  constructor(ports: NamesWriterPorts) {
    this.#ports = ports;
  }

  /** Call it when the feed brought something; resolves when nothing is left that can be written now. */
  write(): Promise<void> {
    return this.#task.request();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pause?.();
    for (const cancel of this.#retries.values()) cancel();
    await this.#task.settled();
  }

  async #run(): Promise<void> {
    const { names } = this.#ports;
    while (names.pending > 0 && !this.#closed && this.#pause === undefined) {
      const items = names.plan(BATCH);
      const outcome = items.length === 0 ? 'done' : await this.#write(items);
      if (outcome !== 'done') this.#wait(outcome);
      else if (items.length > 0) this.#pauses = 0;
    }
    this.#tellRefusals();
  }

  async #write(items: readonly PlannedItem[]): Promise<Outcome> {
    const { names, writer, log } = this.#ports;
    try {
      const stored = await writer.write(items.flatMap(({ writes }) => writes));
      if (stored !== undefined) names.written(stored);
      else for (const { id } of items) names.again(id);
      for (const { id } of items) this.#failures.delete(id);
      return stored === undefined ? 'elsewhere' : 'done';
    } catch (caught) {
      const error = MeshError.from(caught);
      if (ABOUT_THE_WRITE.some((code) => error.code.startsWith(code))) return this.#refused(items, error);
      if (this.#pauses === 0) log.warn({ error: error.message }, 'addresses and names of services cannot be written now; trying until they can');
      for (const { id } of items) names.again(id);
      return 'unavailable';
    }
  }

  async #refused(items: readonly PlannedItem[], error: MeshError): Promise<Outcome> {
    const [item] = items;
    if (item !== undefined && items.length === 1) {
      this.#retryLater(item.id, error);
      return 'done';
    }
    const half = Math.ceil(items.length / 2);
    const first = await this.#write(items.slice(0, half));
    if (first === 'done') return this.#write(items.slice(half));
    for (const { id } of items.slice(half)) this.#ports.names.again(id);
    return first;
  }

  #retryLater(id: ResourceId, error: MeshError): void {
    const { clock, names, log } = this.#ports;
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    names.withdraw(id);
    if (error.code !== 'store/conflict') log.warn({ resource: id, error: error.message }, 'address and names of a service cannot be written; trying again later');
    this.#retries.get(id)?.();
    this.#retries.set(id, clock.after(growingPause(failures), () => {
      this.#retries.delete(id);
      names.again(id);
      void this.write();
    }));
  }

  #wait(outcome: Exclude<Outcome, 'done'>): void {
    if (outcome === 'unavailable') this.#pauses += 1;
    const pause = outcome === 'elsewhere' ? LEASE_PAUSE_MS : growingPause(this.#pauses);
    this.#pause = this.#ports.clock.after(pause, () => {
      this.#pause = undefined;
      void this.write();
    });
  }

  /** A full pool is told when it fills, and when the number of those without an address changes. */
  #tellRefusals(): void {
    const { refusals } = this.#ports.names;
    const text = JSON.stringify(refusals);
    if (text === this.#toldRefusals) return;
    this.#toldRefusals = text;
    for (const refusal of refusals) this.#ports.log.warn({ ...refusal }, 'services get no virtual address until others are released: widen the pool');
  }
}
