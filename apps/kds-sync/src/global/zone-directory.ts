import type { ZoneDirectory } from '@weft/kds-core';
import type { Resource, ResourceKey, ZoneSpec } from '@weft/resource-model';

/** The Zones that exist, as the feed tells. */
export class KnownZones implements ZoneDirectory {
  readonly #enabled = new Map<string, boolean>();

  has(zone: string): boolean {
    return this.#enabled.has(zone);
  }

  isEnabled(zone: string): boolean {
    return this.#enabled.get(zone) === true;
  }

  /** Takes a Zone as it is now; undefined where it is gone. True where that changes what other zones may see of it. */
  take({ name }: ResourceKey, zone: Resource | undefined): boolean {
    const before = this.isEnabled(name);
    if (zone === undefined) this.#enabled.delete(name);
    else this.#enabled.set(name, (zone.spec as ZoneSpec).enabled !== false);
    return before !== this.isEnabled(name);
  }
}
