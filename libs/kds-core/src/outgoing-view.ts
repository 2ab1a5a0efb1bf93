import { err, ok, sha256Hex, type Result } from '@weft/kernel';
import { resourceId, type Resource, type ResourceId, type ResourceKey, type ResourceType } from '@weft/resource-model';
import { toGlobal, toZone, type OutgoingOptions } from './outgoing.ts';
import type { ZonePeer } from './peer-features.ts';
import { encodeResource } from './resource-codec.ts';
import type { SyncItem } from './sync-message.ts';
import type { SyncSource } from './sync-sender.ts';
import { wireName } from './synced-name.ts';
import { goesToGlobal, goesToZone, type ZoneDirectory } from './zone-filter.ts';

/** A resource as one peer gets it; undefined where it does not; the error is why it cannot be sent. */
export type OutgoingForm = (type: ResourceType, resource: Resource) => Result<SyncItem | undefined, string>;

/** Names of one type that a change may have touched: what a {@link SyncSender} is told. */
export interface TouchedNames {
  readonly type: string;
  readonly names: readonly string[];
}

/** The form in which a zone gets resources of the global control plane. `zones` is asked anew at each call. */
export function formForZone(peer: ZonePeer, zones: ZoneDirectory, options: OutgoingOptions = {}): OutgoingForm {
  return (type, resource) => {
    return goesToZone(type, resource, { peer, zones }) ? zoneItem(type, resource, { peer, options }) : ok(undefined);
  };
}

/** One resource as a zone gets it, which shall have it. The error is why it cannot be sent. */
export function zoneItem(type: ResourceType, resource: Resource, { peer, options }: { readonly peer: ZonePeer; readonly options: OutgoingOptions }): Result<SyncItem, string> {
  const sent = toZone(resource, peer, options);
  return sent.ok ? ok(itemOf(type, sent.value)) : sent;
}

/** The form in which the global control plane gets resources of this zone. */
export function formForGlobal(zone: string, peerKnowsWeft: boolean, options: OutgoingOptions = {}): OutgoingForm {
  return (type, resource) => ok(goesToGlobal(type, resource, peerKnowsWeft) ? itemOf(type, toGlobal(resource, zone, options)) : undefined);
}

/** All that one peer shall have, by type and wire name: what the feed says, filtered, renamed and encoded once. */
export class OutgoingView implements SyncSource {
  readonly #form: OutgoingForm;
  readonly #types: ReadonlyMap<string, { readonly type: ResourceType; readonly items: Map<string, SyncItem> }>;
  readonly #nameOf = new Map<ResourceId, string>();

  /** `types` are those of one direction (`syncedTypes`). */
  constructor(types: readonly ResourceType[], form: OutgoingForm) {
    this.#form = form;
    this.#types = new Map(types.map((type) => [type.name, { type, items: new Map<string, SyncItem>() }]));
  }

  names(type: string): Iterable<string> | undefined {
    return this.#types.get(type)?.items.keys();
  }

  item(type: string, name: string): SyncItem | undefined {
    return this.#types.get(type)?.items.get(name);
  }

  /** Takes one resource as it is now; undefined where the peer sees nothing of it. The error is why it is withheld; what the peer has of it goes. */
  put(resource: Resource): Result<TouchedNames | undefined, string> {
    const known = this.#types.get(resource.type);
    if (known === undefined) return ok(undefined);
    const form = this.#form(known.type, resource);
    const id = resourceId(resource);
    const touched = this.#replace(id, known.items, form.ok ? form.value : undefined);
    return form.ok ? ok(touched.length === 0 ? undefined : { type: resource.type, names: touched }) : err(form.error);
  }

  /** Takes away a resource. */
  remove(key: ResourceKey): TouchedNames | undefined {
    const known = this.#types.get(key.type);
    const touched = known === undefined ? [] : this.#replace(resourceId(key), known.items, undefined);
    return touched.length === 0 ? undefined : { type: key.type, names: touched };
  }

  /** The names whose items changed. A change of labels may have changed the name too. */
  #replace(id: ResourceId, items: Map<string, SyncItem>, item: SyncItem | undefined): readonly string[] {
    const before = this.#nameOf.get(id);
    const touched: string[] = [];
    if (before !== undefined && before !== item?.name) {
      items.delete(before);
      this.#nameOf.delete(id);
      touched.push(before);
    }
    if (item === undefined || items.get(item.name)?.version === item.version) return touched;
    items.set(item.name, item);
    this.#nameOf.set(id, item.name);
    return [...touched, item.name];
  }
}

function itemOf(type: ResourceType, resource: Resource): SyncItem {
  const body = encodeResource(type, resource);
  return { name: wireName(resource), version: sha256Hex(body), body };
}
