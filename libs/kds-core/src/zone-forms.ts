import { ok, type Result } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';
import type { OutgoingOptions } from './outgoing.ts';
import { zoneItem, type OutgoingForm } from './outgoing-view.ts';
import type { ZonePeer } from './peer-features.ts';
import type { SyncItem } from './sync-message.ts';
import { goesToZone, type ZoneDirectory } from './zone-filter.ts';

/** What a zone gets depends, beside the filter, on this feature alone: so each resource has two forms at most. */
type Naming = 'hash-suffix' | 'plain';

/**
 * The forms in which zones get resources, made once for all zones that get the same: fifty zones hold one copy of what
 * they share. A resource object must not change; what is not referred to any more is forgotten.
 */
export class ZoneForms {
  readonly #zones: ZoneDirectory;
  readonly #options: OutgoingOptions;
  readonly #made: Readonly<Record<Naming, WeakMap<Resource, Result<SyncItem, string>>>> = { 'hash-suffix': new WeakMap(), plain: new WeakMap() };

  /** `zones` is asked anew at each call of a form. */
  constructor(zones: ZoneDirectory, options: OutgoingOptions = {}) {
    this.#zones = zones;
    this.#options = options;
  }

  /** The form for one zone, as `formForZone` gives it. */
  formFor(peer: ZonePeer): OutgoingForm {
    const context = { peer, zones: this.#zones };
    return (type, resource) => (goesToZone(type, resource, context) ? this.#item(type, resource, peer) : ok(undefined));
  }

  #item(type: ResourceType, resource: Resource, peer: ZonePeer): Result<SyncItem, string> {
    const made = this.#made[peer.features.has('hash-suffix') ? 'hash-suffix' : 'plain'];
    const known = made.get(resource);
    if (known !== undefined) return known;
    const item = zoneItem(type, resource, { peer, options: this.#options });
    made.set(resource, item);
    return item;
  }
}
