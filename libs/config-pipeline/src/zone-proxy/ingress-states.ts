import type { Dirty } from '@weft/mesh-index';
import { IngressState, type IngressScope, type IngressTools } from './ingress-state.ts';

/** The states of all scopes that some connected proxy is an ingress of. */
export class IngressStates {
  readonly #tools: IngressTools;
  readonly #states = new Map<string, IngressState>();

  constructor(tools: IngressTools) {
    this.#tools = tools;
  }

  get building(): boolean {
    return [...this.#states.values()].some(({ building }) => building);
  }

  get size(): number {
    return this.#states.size;
  }

  /** A proxy moves to the state of a scope, or of none. */
  move(id: string, from: IngressState | undefined, scope: IngressScope | undefined): IngressState | undefined {
    const to = scope === undefined ? undefined : this.#of(scope);
    if (from === to) return to;
    from?.members.delete(id);
    if (from?.members.size === 0) this.#states.delete(keyOf(from.scope));
    to?.members.add(id);
    return to;
  }

  /** Everything may be another. */
  invalidate(): void {
    for (const state of this.#states.values()) state.invalidateAll();
  }

  /** Whom changes concern: ids of proxies, and whether their listeners do change. */
  touch(dirty: Dirty): ReadonlyMap<string, 'offer' | 'endpoints'> {
    const due = new Map<string, 'offer' | 'endpoints'>();
    for (const state of this.#states.values()) {
      for (const [mesh, touched] of dirty.meshes) {
        const impact = state.touch(mesh, touched);
        if (impact !== undefined) for (const id of state.members) if (due.get(id) !== 'offer') due.set(id, impact);
      }
    }
    return due;
  }

  #of(scope: IngressScope): IngressState {
    const key = keyOf(scope);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const made = new IngressState(this.#tools, scope);
    this.#states.set(key, made);
    return made;
  }
}

function keyOf({ sni, unifiedNaming, mesh }: IngressScope): string {
  return `${sni} ${unifiedNaming} ${mesh ?? '*'}`;
}
