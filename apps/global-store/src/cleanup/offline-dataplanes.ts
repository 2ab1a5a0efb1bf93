import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';
import type { ResourceWriter } from '../admission/resource-writer.ts';
import type { ObservedProxyKey, ObservedState } from '../observed/observed-state.ts';

/** What {@link OfflineDataplanes} works with. */
export interface OfflineDataplanesPorts {
  readonly observed: ObservedState;
  readonly writer: Pick<ResourceWriter, 'delete'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A Dataplane whose proxy is offline for as long is deleted. */
  readonly cleanupAgeMs: number;
  /** The same for ZoneIngresses and ZoneEgresses. */
  readonly zoneCleanupAgeMs: number;
}

/** Timers are not made for longer than this: 2^31 - 1 ms, some 24 days. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Deletes Dataplanes, ZoneIngresses and ZoneEgresses that were made through the API and whose proxy has long been offline (those that an agent brought go
 * with it anyway). One that no proxy ever used is kept: somebody may have made it in advance. One timer, for the
 * next one that is due.
 */
export class OfflineDataplanes {
  readonly #ports: OfflineDataplanesPorts;
  /** By type, mesh and name: since when it is offline, in milliseconds since the Unix epoch. */
  readonly #since = new Map<string, { readonly key: ObservedProxyKey; readonly since: number }>();
  /** By type, mesh and name: the time offline for which it was deleted. */
  readonly #deleted = new Map<string, number>();
  readonly #stopObserving: () => void;
  #timer: Cancel | undefined;
  /** What the timer is for. */
  #earliest = Number.POSITIVE_INFINITY;
  #closed = false;

  /** Starts at once. */
  constructor(ports: OfflineDataplanesPorts) {
    this.#ports = ports;
    this.#stopObserving = ports.observed.onChange((proxy) => this.#look(proxy));
    this.#look(undefined);
  }

  close(): void {
    this.#closed = true;
    this.#stopObserving();
    this.#timer?.();
  }

  #look(proxy: ObservedProxyKey | undefined): void {
    const { observed } = this.#ports;
    if (proxy === undefined) this.#since.clear();
    for (const key of proxy === undefined ? observed.proxies() : [proxy]) {
      const id = `${key.type ?? ''}/${key.mesh}/${key.name}`;
      const since = observed.offlineSince(key);
      if (since === undefined) {
        this.#since.delete(id);
        this.#deleted.delete(id);
      } else if (this.#deleted.get(id) !== since) {
        // What was observed of a proxy outlives its Dataplane for a while: that is not deleted again and again.
        this.#since.set(id, { key, since });
        this.#waitFor(this.#dueAt(key, since));
      }
    }
  }

  /** The timer may go off for one that has come back: then nothing is due. */
  #waitFor(dueAt: number): void {
    if (this.#closed || dueAt >= this.#earliest) return;
    this.#timer?.();
    this.#earliest = dueAt;
    const { clock } = this.#ports;
    const ms = Math.min(Math.max(0, dueAt - clock.now()), LONGEST_TIMER_MS);
    this.#timer = clock.after(ms, () => void this.#deleteDue());
  }

  async #deleteDue(): Promise<void> {
    const { clock } = this.#ports;
    const due = [...this.#since].filter(([, { key, since }]) => this.#dueAt(key, since) <= clock.now());
    for (const [id, { key, since }] of due) {
      this.#since.delete(id);
      this.#deleted.set(id, since);
      await this.#delete(key);
    }
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const { key, since } of this.#since.values()) this.#waitFor(this.#dueAt(key, since));
  }

  #dueAt({ type }: ObservedProxyKey, since: number): number {
    return since + (type === undefined ? this.#ports.cleanupAgeMs : this.#ports.zoneCleanupAgeMs);
  }

  async #delete({ mesh, name, type = 'Dataplane' as const }: Omit<ObservedProxyKey, 'type'> & { readonly type?: ObservedProxyKey['type'] | 'Dataplane' }): Promise<void> {
    const { writer, log } = this.#ports;
    try {
      await writer.delete({ type, mesh, name });
      log.info({ mesh, type, name }, `the ${type} was deleted: its proxy is offline for longer than runtime.universal.${type === 'Dataplane' ? 'dataplaneCleanupAge' : 'zoneResourceCleanupAge'}`);
    } catch (caught) {
      const error = MeshError.from(caught);
      // Gone already, or another replica was faster.
      if (error.code !== 'store/not-found' && error.code !== 'store/conflict') log.warn({ mesh, type, name, error: error.message }, 'a proxy that is long offline could not be deleted');
    }
  }
}
