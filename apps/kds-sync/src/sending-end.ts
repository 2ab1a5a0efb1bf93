import {
  decodeSyncRequest, encodeSyncResponse, SyncSender, syncedTypes,
  type OutgoingForm, type PeerFeature, type SenderEffect, type SenderEvent, type SyncDirection, type SyncNode, type SyncRequest, type SyncResponse,
} from '@weft/kds-core';
import { isHeartbeat } from '@weft/kds-transport';
import type { Clock } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import type { OutgoingFeed, OutgoingPeer } from './outgoing-feed.ts';
import { PacedWriter, type ByteSink } from './paced-writer.ts';
import { featuresOf, maxResponseBytes } from './peer-limits.ts';

/** What a sync has come to so far; told as it goes. */
export interface SendingWatch {
  /** The first request: what the peer says of itself. */
  described?(node: SyncNode | undefined): void;
  sent?(response: SyncResponse): void;
  /** The peer took a response, or not. */
  answered?(answer: Pick<SyncRequest, 'type' | 'nonce' | 'error'>): void;
  /** The peer refused these, for all that is known any of them. */
  refused(type: string, names: readonly string[], reason: string): void;
  /** Nothing of this type is sent: all of it does not fit into one message, and the peer takes no parts. */
  tooLarge(type: string, bytes: number, reason: string): void;
}

/** Settings of {@link SendingEnd}. */
export interface SendingEndOptions {
  readonly stream: ByteSink & { on(event: 'data', listener: (message: Uint8Array) => void): unknown };
  readonly direction: SyncDirection;
  /** `global`, or the name of the zone. */
  readonly sender: string;
  /** What the other side is, in words: `the zone`. */
  readonly to: string;
  /** Features that are known before the peer's first request, which may name more. */
  readonly features?: ReadonlySet<PeerFeature>;
  readonly feed: OutgoingFeed;
  /** What a peer with these features is shown. */
  readonly formFor: (features: ReadonlySet<PeerFeature>) => OutgoingForm;
  readonly nackBackoffMs: number;
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  readonly watch: SendingWatch;
  /** Something came, or became of what was sent. */
  readonly onMove: () => void;
  /** It cannot go on. */
  readonly onFailure: (reason: string) => void;
}

interface Sending {
  readonly sender: SyncSender;
  readonly peer: OutgoingPeer;
}

/** The sending end of a sync, at a zone as at the global control plane: what the peer shall have, and what changes of it. */
export class SendingEnd {
  readonly #options: SendingEndOptions;
  readonly #writer: PacedWriter<SyncResponse>;
  /** Made with the first request, which says what the peer can take. */
  #sending: Sending | undefined;
  #closed = false;

  constructor(options: SendingEndOptions) {
    this.#options = options;
    this.#writer = new PacedWriter(options.stream, encodeSyncResponse);
    options.stream.on('data', (bytes) => this.#take(bytes));
  }

  /** What the peer should have taken or answered, in words. */
  due(): readonly string[] {
    const { to } = this.#options;
    const unsent = this.#writer.pending > 0 ? [`${this.#writer.pending} messages wait for ${to} to read`] : [];
    return [...unsent, ...(this.#sending?.sender.unanswered() ?? []).map((type) => `${type} has not been answered by ${to}`)];
  }

  /** What the peer may be shown has changed for these. */
  refresh(concerns: (resource: Resource) => boolean): void {
    this.#sending?.peer.refresh(concerns);
  }

  close(): void {
    this.#closed = true;
    this.#writer.close();
    this.#sending?.peer.close();
  }

  #take(bytes: Uint8Array): void {
    if (this.#closed || isHeartbeat(bytes)) return;
    const { onFailure, onMove, watch } = this.#options;
    const request = decodeSyncRequest(bytes);
    if (!request.ok) return onFailure(request.error);
    this.#sending ??= this.#begin(request.value.node);
    if (request.value.nonce !== '') watch.answered?.(request.value);
    this.#step({ kind: 'request', request: request.value });
    onMove();
  }

  #begin(node: SyncNode | undefined): Sending {
    const { direction, features: before = [], feed, formFor, maxMessageBytes, nackBackoffMs, sender, watch } = this.#options;
    watch.described?.(node);
    const features = new Set<PeerFeature>([...before, ...featuresOf(node)]);
    const weftPeer = features.has('weft-sync');
    const peer = feed.open(syncedTypes(weftRegistry, direction, weftPeer), formFor(features), ({ type, names }) => this.#step({ kind: 'changed', type, names }));
    return { peer, sender: new SyncSender(peer.view, { sender, nackBackoffMs, weftPeer, maxResponseBytes: maxResponseBytes(maxMessageBytes, weftPeer) }) };
  }

  #step(event: SenderEvent): void {
    if (this.#closed) return;
    for (const effect of this.#sending?.sender.handle(event) ?? []) this.#do(effect);
  }

  #do(effect: SenderEffect): void {
    const { clock, onMove, to, watch } = this.#options;
    switch (effect.kind) {
      case 'send':
        watch.sent?.(effect.response);
        return this.#writer.write(effect.response);
      case 'wake': return void clock.after(effect.afterMs, () => this.#step({ kind: 'woken', type: effect.type }));
      case 'rejected':
        watch.refused(effect.type, [...effect.versions.keys()], effect.message);
        return onMove();
      case 'too-large':
        watch.tooLarge(effect.type, effect.bytes, `all resources of type ${effect.type} have ${effect.bytes} bytes, more than one message holds, and ${to} takes no parts: nothing of this type is sent`);
        return onMove();
    }
  }
}
