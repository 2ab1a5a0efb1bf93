import { AssignmentIndex, type AssignmentSnapshot } from '@weft/mads-core';
import type { Cancel } from '@weft/kernel';
import type { TypeLookup } from '@weft/mesh-index';
import type { Change, Resource } from '@weft/resource-model';

/** How many clients may wait at a time, by request or stream; more are turned away. */
const MAX_WATCHERS = 1_000;

/** What every client is given at the moment, and who waits for something else. */
export class AssignmentBoard {
  readonly #index: AssignmentIndex;
  readonly #watchers = new Set<() => void>();
  #open = false;

  constructor(types: TypeLookup) {
    this.#index = new AssignmentIndex(types);
  }

  /** Proxies that give metrics to anybody. */
  get size(): number {
    return this.#index.size;
  }

  /** Clients that wait. */
  get waiting(): number {
    return this.#watchers.size;
  }

  /** Everything there is was read: answers begin. */
  open(): void {
    this.#open = true;
    this.#wake();
  }

  load(resources: Iterable<Resource>): void {
    if (this.#index.load(resources)) this.#wake();
  }

  apply(changes: Iterable<Change>): void {
    if (this.#index.apply(changes)) this.#wake();
  }

  /** What a client is given; undefined before {@link open}. */
  snapshotFor(client: string): AssignmentSnapshot | undefined {
    return this.#open ? this.#index.snapshotFor(client) : undefined;
  }

  /** Calls `onChange` after each change of what any client is given, until cancelled. Undefined where too many wait. */
  watch(onChange: () => void): Cancel | undefined {
    if (this.#watchers.size >= MAX_WATCHERS) return undefined;
    // A function of its own, so that one listener may watch twice.
    const watcher = (): void => onChange();
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
