import { decodeSyncRequest, encodeSyncResponse, formForGlobal, SyncSender, syncedTypes, type SenderEffect, type SenderEvent, type SyncNode } from '@weft/kds-core';
import type { KdsClientStream } from '@weft/kds-transport';
import type { Clock } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Logger } from '@weft/service-runtime';
import type { OutgoingFeed, OutgoingPeer } from '../outgoing-feed.ts';
import { featuresOf, maxResponseBytes } from '../peer-limits.ts';

/** Settings of {@link SendToGlobal}. */
export interface SendToGlobalOptions {
  readonly stream: KdsClientStream;
  readonly feed: OutgoingFeed;
  readonly zone: string;
  readonly nackBackoffMs: number;
  readonly maxMessageBytes: number;
  readonly skipLabelPrefixes: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Something came. */
  readonly onMove: () => void;
  readonly onFailure: (reason: string) => void;
}

/** Made with the first request, which says what the peer is. */
interface Sending {
  readonly sender: SyncSender;
  readonly peer: OutgoingPeer;
}

/** The zone's end of ZoneToGlobalSync: what this zone made goes up, and what changes of it. */
export class SendToGlobal {
  readonly #options: SendToGlobalOptions;
  #sending: Sending | undefined;
  #closed = false;

  constructor(options: SendToGlobalOptions) {
    this.#options = options;
    options.stream.on('data', (bytes: Uint8Array) => this.#take(bytes));
  }

  /** What the peer should have answered, in words. */
  due(): readonly string[] {
    return this.unanswered().map((type) => `${type} of this zone has not been answered`);
  }

  /** Types of which a response waits for its answer. */
  unanswered(): readonly string[] {
    return this.#sending?.sender.unanswered() ?? [];
  }

  close(): void {
    this.#closed = true;
    this.#sending?.peer.close();
  }

  #take(bytes: Uint8Array): void {
    if (this.#closed) return;
    const { onMove, onFailure } = this.#options;
    onMove();
    const request = decodeSyncRequest(bytes);
    if (!request.ok) return onFailure(request.error);
    this.#sending ??= this.#begin(request.value.node);
    this.#step({ kind: 'request', request: request.value });
  }

  #begin(node: SyncNode | undefined): Sending {
    const { feed, zone, nackBackoffMs, maxMessageBytes, skipLabelPrefixes } = this.#options;
    const weftPeer = featuresOf(node).has('weft-sync');
    const types = syncedTypes(weftRegistry, 'zone-to-global', weftPeer);
    const peer = feed.open(types, formForGlobal(zone, weftPeer, { skipLabelPrefixes }), ({ type, names }) => this.#step({ kind: 'changed', type, names }));
    return { peer, sender: new SyncSender(peer.view, { sender: zone, nackBackoffMs, weftPeer, maxResponseBytes: maxResponseBytes(maxMessageBytes, weftPeer) }) };
  }

  #step(event: SenderEvent): void {
    if (this.#closed) return;
    for (const effect of this.#sending?.sender.handle(event) ?? []) this.#do(effect);
  }

  #do(effect: SenderEffect): void {
    const { stream, clock, log } = this.#options;
    switch (effect.kind) {
      case 'send': return void stream.write(encodeSyncResponse(effect.response));
      case 'wake': return void clock.after(effect.afterMs, () => this.#step({ kind: 'woken', type: effect.type }));
      case 'rejected': return log.warn({ type: effect.type, names: [...effect.versions.keys()].slice(0, 10), reason: effect.message }, 'the global control plane refused resources of this zone');
      case 'too-large': return log.error({ type: effect.type, bytes: effect.bytes }, 'all resources of a type do not fit into one message, and the global control plane takes no parts: nothing of this type is sent');
    }
  }
}
