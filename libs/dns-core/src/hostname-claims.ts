import { compareText } from '@weft/kernel';

/**
 * Which object has which host name. A name belongs to the object whose stored status shows it (of several, after a race
 * of writers, to the first by id, so that all replicas agree); while nobody's does, to the one for which it is planned.
 */
export class HostnameClaims<Id extends string> {
  /** By name: objects whose status shows it. */
  readonly #shown = new Map<string, Set<Id>>();
  readonly #planned = new Map<string, Id>();
  readonly #waiting = new Map<string, Set<Id>>();
  readonly #of = new Map<Id, { shown: readonly string[]; planned: readonly string[]; waiting: readonly string[] }>();

  /** Whether an object may have a name. */
  isFree(hostname: string, id: Id): boolean {
    const shown = this.#shown.get(hostname);
    if (shown !== undefined) return [...shown].sort(compareText)[0] === id;
    return (this.#planned.get(hostname) ?? id) === id;
  }

  /** The stored status of an object shows these names. Gives the objects that wait for one that became free. */
  show(id: Id, hostnames: readonly string[]): readonly Id[] {
    const own = this.#own(id);
    const dropped = own.shown.filter((name) => !hostnames.includes(name));
    for (const name of dropped) remove(this.#shown, name, id);
    for (const name of hostnames) this.#shown.set(name, (this.#shown.get(name) ?? new Set<Id>()).add(id));
    own.shown = hostnames;
    return this.#waitersFor(dropped);
  }

  /** What is planned for an object: names given, and names that others have. Gives the objects that wait for one that became free. */
  plan(id: Id, given: readonly string[], refused: readonly string[]): readonly Id[] {
    const own = this.#own(id);
    const dropped = own.planned.filter((name) => !given.includes(name));
    for (const name of dropped) if (this.#planned.get(name) === id) this.#planned.delete(name);
    for (const name of given) this.#planned.set(name, id);
    for (const name of own.waiting) remove(this.#waiting, name, id);
    for (const name of refused) this.#waiting.set(name, (this.#waiting.get(name) ?? new Set<Id>()).add(id));
    own.planned = given;
    own.waiting = refused;
    return this.#waitersFor(dropped);
  }

  /** An object is gone. Gives the objects that wait for one of its names. */
  forget(id: Id): readonly Id[] {
    const woken = [...this.plan(id, [], []), ...this.show(id, [])];
    this.#of.delete(id);
    return [...new Set(woken)];
  }

  #own(id: Id): { shown: readonly string[]; planned: readonly string[]; waiting: readonly string[] } {
    const known = this.#of.get(id) ?? { shown: [], planned: [], waiting: [] };
    this.#of.set(id, known);
    return known;
  }

  #waitersFor(hostnames: readonly string[]): readonly Id[] {
    return hostnames.flatMap((name) => [...(this.#waiting.get(name) ?? [])]);
  }
}

function remove<Id>(map: Map<string, Set<Id>>, key: string, id: Id): void {
  const set = map.get(key);
  set?.delete(id);
  if (set?.size === 0) map.delete(key);
}
