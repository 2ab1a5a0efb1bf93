import { compareText } from '@weft/kernel';
import type { Endpoint } from './endpoint.ts';

/** Endpoints of one destination, by the Dataplane that contributes them. */
export class EndpointSet {
  readonly #byDataplane = new Map<string, readonly Endpoint[]>();
  #revision = 0;
  #sorted: readonly Endpoint[] | undefined;

  /** Number of the change of the mesh that last touched this set, in this process: equal numbers mean equal endpoints. */
  get revision(): number {
    return this.#revision;
  }

  get empty(): boolean {
    return this.#byDataplane.size === 0;
  }

  /** Names of the Dataplanes that contribute. */
  get dataplanes(): Iterable<string> {
    return this.#byDataplane.keys();
  }

  /** Replaces what a Dataplane contributes; nothing where there is nothing any more. */
  put(dataplane: string, endpoints: readonly Endpoint[] | undefined, revision: number): void {
    if (endpoints === undefined) this.#byDataplane.delete(dataplane);
    else this.#byDataplane.set(dataplane, endpoints);
    this.#revision = revision;
    this.#sorted = undefined;
  }

  /** All endpoints, ready or not, by zone, address and port. */
  list(): readonly Endpoint[] {
    this.#sorted ??= [...this.#byDataplane].sort(([a], [b]) => compareText(a, b)).flatMap(([, endpoints]) => endpoints)
      .sort((a, b) => compareText(a.zone ?? '', b.zone ?? '') || compareText(a.address, b.address) || a.port - b.port);
    return this.#sorted;
  }
}
