import { compareText } from '@weft/kernel';
import type { Endpoint } from './endpoint.ts';

/** Endpoints of one destination, by who contributes them: the name of a Dataplane, or text with a space that is none. */
export class EndpointSet {
  readonly #byContributor = new Map<string, readonly Endpoint[]>();
  #revision = 0;
  #sorted: readonly Endpoint[] | undefined;

  /** Number of the change of the mesh that last touched this set, in this process: equal numbers mean equal endpoints. */
  get revision(): number {
    return this.#revision;
  }

  get empty(): boolean {
    return this.#byContributor.size === 0;
  }

  /** What everyone contributes. */
  get contributions(): ReadonlyMap<string, readonly Endpoint[]> {
    return this.#byContributor;
  }

  /** Replaces what somebody contributes; nothing where there is nothing any more. */
  put(contributor: string, endpoints: readonly Endpoint[] | undefined, revision: number): void {
    if (endpoints === undefined) this.#byContributor.delete(contributor);
    else this.#byContributor.set(contributor, endpoints);
    this.#revision = revision;
    this.#sorted = undefined;
  }

  /** All endpoints, ready or not, by zone, address and port. */
  list(): readonly Endpoint[] {
    this.#sorted ??= [...this.#byContributor].sort(([a], [b]) => compareText(a, b)).flatMap(([, endpoints]) => endpoints)
      .sort((a, b) => compareText(a.zone ?? '', b.zone ?? '') || compareText(a.address, b.address) || a.port - b.port);
    return this.#sorted;
  }
}
