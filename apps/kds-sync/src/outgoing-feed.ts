import type { Bus } from '@weft/bus';
import { consumeFeed, type FeedConsumer, type FeedSnapshot } from '@weft/feed';
import { OutgoingView, type OutgoingForm, type SyncSource, type TouchedNames } from '@weft/kds-core';
import type { Clock } from '@weft/kernel';
import { hasSensitiveFields, resourceId, type ChangeRecord, type Resource, type ResourceId, type ResourceKey, type ResourceType } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import { CompleteResources } from './complete-resource.ts';

/** Settings of {@link OutgoingFeed}. */
export interface OutgoingFeedOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** What may travel in this direction, to whichever peer. */
  readonly types: readonly ResourceType[];
  /** Whether any peer may be sent a resource with secrets: only then are they read. */
  readonly mayGo: (key: ResourceKey) => boolean;
  /** Types beside `types` that are followed for {@link OutgoingFeedOptions.onResource} alone. */
  readonly watched?: readonly string[];
  /** Hears of each resource before the peers do; undefined where it is gone. */
  readonly onResource?: (key: ResourceKey, resource: Resource | undefined) => void;
}

/** What one peer shall have. */
export interface OutgoingPeer {
  readonly view: SyncSource;
  /** Looks anew at the resources that `concerns` names, because what they are for this peer has changed. */
  refresh(concerns: (resource: Resource) => boolean): void;
  close(): void;
}

interface Peer {
  readonly view: OutgoingView;
  readonly onTouched: (touched: TouchedNames) => void;
}

/**
 * The feed as peers shall see it: one consumer and one copy of each resource, however many peers look at it. Resources with
 * secrets are read from the store with them; until that is done the peers keep what they had.
 */
export class OutgoingFeed {
  /** Resolves once everything that there was at the start, secrets included, is here. Never rejects. */
  readonly ready: Promise<void>;
  readonly #options: OutgoingFeedOptions;
  readonly #types: ReadonlyMap<string, { readonly sensitive: boolean }>;
  readonly #resources = new Map<ResourceId, Resource>();
  /** What there is of the types that are only watched. */
  readonly #watched = new Map<ResourceId, ResourceKey>();
  /** Not of the feed: see {@link OutgoingFeed.offer}. */
  readonly #offered = new Set<ResourceId>();
  readonly #peers = new Set<Peer>();
  readonly #complete: CompleteResources;
  readonly #consumer: FeedConsumer;

  constructor(options: OutgoingFeedOptions) {
    this.#options = options;
    const { bus, clock, log, types, watched = [] } = options;
    this.#types = new Map(types.map((type) => [type.name, { sensitive: hasSensitiveFields(type.schema) }]));
    this.#complete = new CompleteResources({ bus, clock, log }, (key, resource) => this.#set(key, resource));
    this.#consumer = consumeFeed({
      bus, clock, log, types: [...this.#types.keys(), ...watched],
      onSnapshot: (snapshot) => this.#load(snapshot),
      onChanges: (records) => this.#change(records),
    });
    this.ready = this.#consumer.ready.then(() => this.#complete.settled());
  }

  /** How many resources are kept. */
  get size(): number {
    return this.#resources.size;
  }

  /** Begins to follow for one peer. `onTouched` is called after its view changed. */
  open(types: readonly ResourceType[], form: OutgoingForm, onTouched: (touched: TouchedNames) => void): OutgoingPeer {
    const peer: Peer = { view: new OutgoingView(types, form), onTouched };
    for (const resource of this.#resources.values()) this.#show(peer, resource);
    this.#peers.add(peer);
    return {
      view: peer.view,
      refresh: (concerns) => {
        for (const resource of this.#resources.values()) if (concerns(resource)) this.#tell(peer, this.#show(peer, resource));
      },
      close: () => void this.#peers.delete(peer),
    };
  }

  /** Takes what is not on the feed, such as observed state, into what peers shall have. */
  offer(resource: Resource): void {
    this.#offered.add(resourceId(resource));
    this.#set(resource, resource);
  }

  /** Takes back what was offered. */
  withdraw(key: ResourceKey): void {
    if (this.#offered.delete(resourceId(key))) this.#set(key, undefined);
  }

  async close(): Promise<void> {
    this.#complete.close();
    await this.#consumer.close();
  }

  #load({ resources, envelopes }: FeedSnapshot): void {
    const present = new Set<string>([...resources.map(resourceId), ...envelopes.map(({ key }) => resourceId(key))]);
    for (const [id, resource] of [...this.#resources]) if (!present.has(id) && !this.#offered.has(id)) this.#remove(resource);
    for (const [id, key] of [...this.#watched]) if (!present.has(id)) this.#remove(key);
    // Versions count anew where the store was made anew: they say nothing here.
    for (const resource of resources) this.#put(resource);
    for (const { key } of envelopes) this.#reveal(key);
  }

  #change(records: readonly ChangeRecord[]): void {
    for (const { change } of records) {
      if (change.op === 'put') this.#put(change.resource);
      else if (change.op === 'envelope') this.#reveal(change.key);
      else this.#remove(change.key);
    }
  }

  #put(resource: Resource): void {
    if (this.#types.get(resource.type)?.sensitive === true) this.#reveal(resource);
    else this.#set(resource, resource);
  }

  #reveal(key: ResourceKey): void {
    if (this.#options.mayGo(key)) this.#complete.read(resourceId(key), key);
  }

  #remove(key: ResourceKey): void {
    this.#complete.forget(resourceId(key));
    this.#set(key, undefined);
  }

  #set(key: ResourceKey, resource: Resource | undefined): void {
    const id = resourceId(key);
    this.#options.onResource?.(key, resource);
    if (!this.#types.has(key.type)) return this.#watch(id, key, resource !== undefined);
    if (resource === undefined) this.#resources.delete(id);
    else this.#resources.set(id, resource);
    for (const peer of this.#peers) this.#tell(peer, resource === undefined ? peer.view.remove(key) : this.#show(peer, resource));
  }

  #watch(id: ResourceId, key: ResourceKey, isThere: boolean): void {
    if (isThere) this.#watched.set(id, key);
    else this.#watched.delete(id);
  }

  #show(peer: Peer, resource: Resource): TouchedNames | undefined {
    const shown = peer.view.put(resource);
    if (shown.ok) return shown.value;
    this.#options.log.warn({ type: resource.type, mesh: resource.mesh, name: resource.name, reason: shown.error }, 'a resource cannot be sent to other control planes');
    return peer.view.remove(resource);
  }

  #tell(peer: Peer, touched: TouchedNames | undefined): void {
    if (touched !== undefined) peer.onTouched(touched);
  }
}
