import {
  decodeSyncRequest, encodeSyncResponse, SyncSender, syncedTypes,
  type PeerFeature, type SenderEffect, type SenderEvent, type SyncNode, type SyncRequest, type SyncResponse, type ZoneForms,
} from '@weft/kds-core';
import { isHeartbeat, type KdsServerStream, type ZoneCall } from '@weft/kds-transport';
import type { Clock } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Logger } from '@weft/service-runtime';
import type { OutgoingFeed, OutgoingPeer } from '../outgoing-feed.ts';
import { PacedWriter } from '../paced-writer.ts';
import { featuresOf, maxResponseBytes } from '../peer-limits.ts';
import type { KdsSubscription } from './kds-subscription.ts';

/** Settings of {@link SendToZone}. */
export interface SendToZoneOptions {
  readonly stream: KdsServerStream;
  readonly call: ZoneCall;
  readonly feed: OutgoingFeed;
  readonly forms: ZoneForms;
  readonly nackBackoffMs: number;
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Is told what becomes of this stream. */
  readonly subscription: KdsSubscription;
  /** The zone says that it lives, and nothing else. */
  readonly onHeartbeat: () => void;
  /** Something came, or was counted. */
  readonly onMove: () => void;
  /** It cannot go on. */
  readonly onFailure: (reason: string) => void;
}

const NAMES_LOGGED = 10;

interface Sending {
  readonly sender: SyncSender;
  readonly peer: OutgoingPeer;
}

/** The global control plane's end of GlobalToZoneSync: what a zone shall have goes down, and what changes of it. */
export class SendToZone {
  readonly #options: SendToZoneOptions;
  readonly #writer: PacedWriter<SyncResponse>;
  /** By nonce, the names of a response that may be among those that were refused before. */
  readonly #retried = new Map<string, readonly string[]>();
  /** Made with the first request, which says what the zone can take. */
  #sending: Sending | undefined;
  #closed = false;

  constructor(options: SendToZoneOptions) {
    this.#options = options;
    this.#writer = new PacedWriter(options.stream, encodeSyncResponse);
    options.stream.on('data', (bytes: Uint8Array) => this.#take(bytes));
  }

  /** What the zone should have taken or answered, in words. */
  due(): readonly string[] {
    const unsent = this.#writer.pending > 0 ? [`${this.#writer.pending} messages wait for the zone to read`] : [];
    return [...unsent, ...(this.#sending?.sender.unanswered() ?? []).map((type) => `${type} has not been answered by the zone`)];
  }

  /** What other zones may show has changed for resources of this one. */
  zoneChanged(zone: string): void {
    this.#sending?.peer.refresh(({ labels }) => labels['kuma.io/zone'] === zone);
  }

  close(): void {
    this.#closed = true;
    this.#writer.close();
    this.#sending?.peer.close();
  }

  #take(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (isHeartbeat(bytes)) return this.#options.onHeartbeat();
    const request = decodeSyncRequest(bytes);
    if (!request.ok) return this.#options.onFailure(request.error);
    this.#sending ??= this.#begin(request.value.node);
    this.#count(request.value);
    this.#step({ kind: 'request', request: request.value });
    this.#options.onMove();
  }

  #begin(node: SyncNode | undefined): Sending {
    const { call, feed, forms, nackBackoffMs, maxMessageBytes, subscription } = this.#options;
    subscription.describe(node);
    const features = new Set<PeerFeature>([...call.features, ...featuresOf(node)]);
    const weftPeer = features.has('weft-sync');
    const types = syncedTypes(weftRegistry, 'global-to-zone', weftPeer);
    const peer = feed.open(types, forms.formFor({ zone: call.zone, features }), ({ type, names }) => this.#step({ kind: 'changed', type, names }));
    return { peer, sender: new SyncSender(peer.view, { sender: 'global', nackBackoffMs, weftPeer, maxResponseBytes: maxResponseBytes(maxMessageBytes, weftPeer) }) };
  }

  #count({ type, nonce, error }: SyncRequest): void {
    if (nonce === '') return;
    const { clock, subscription } = this.#options;
    subscription.count(type, error === undefined ? 'acknowledged' : 'rejected', new Date(clock.now()).toISOString());
    if (error === undefined) subscription.accepted(type, this.#retried.get(nonce) ?? []);
    this.#retried.delete(nonce);
  }

  #step(event: SenderEvent): void {
    if (this.#closed) return;
    for (const effect of this.#sending?.sender.handle(event) ?? []) this.#do(effect);
  }

  #do(effect: SenderEffect): void {
    const { call: { zone }, clock, log, subscription, onMove } = this.#options;
    switch (effect.kind) {
      case 'send': return this.#send(effect.response);
      case 'wake': return void clock.after(effect.afterMs, () => this.#step({ kind: 'woken', type: effect.type }));
      case 'rejected': {
        const names = [...effect.versions.keys()];
        subscription.refused(effect.type, names, { time: new Date(clock.now()).toISOString(), message: effect.message });
        log.warn({ zone, type: effect.type, names: names.slice(0, NAMES_LOGGED), reason: effect.message }, 'a zone refused resources');
        return onMove();
      }
      case 'too-large': {
        const message = `all resources of type ${effect.type} have ${effect.bytes} bytes, more than one message holds, and the zone takes no parts: nothing of this type is sent`;
        subscription.refused(effect.type, ['*'], { time: new Date(clock.now()).toISOString(), message });
        log.error({ zone, type: effect.type, bytes: effect.bytes }, message);
        return onMove();
      }
    }
  }

  #send(response: SyncResponse): void {
    const { clock, subscription } = this.#options;
    const refused = subscription.refusedNames(response.type);
    const again = refused.size === 0 ? [] : ['*', ...response.resources.map(({ name }) => name), ...response.removed].filter((name) => refused.has(name));
    if (again.length > 0) this.#retried.set(response.nonce, again);
    subscription.count(response.type, 'sent', new Date(clock.now()).toISOString());
    this.#writer.write(response);
  }
}
