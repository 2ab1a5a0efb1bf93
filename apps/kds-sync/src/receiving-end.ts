import { decodeSyncResponse, encodeSyncRequest, SyncReceiver, type ReceiverEffect, type ReceiverEvent, type SyncReceiverOptions } from '@weft/kds-core';
import { MeshError } from '@weft/kernel';
import type { PeerResources } from './peer-resources.ts';

/** A stream between control planes, as one that receives resources uses it. */
export interface ReceivingStream {
  on(event: 'data', listener: (message: Uint8Array) => void): unknown;
  write(message: Uint8Array): unknown;
}

/** Settings of {@link ReceivingEnd}. */
export interface ReceivingEndOptions extends Omit<SyncReceiverOptions, 'held'> {
  readonly stream: ReceivingStream;
  /** What the other side is, in words: `the zone`. */
  readonly from: string;
  /** Where what comes is kept. */
  readonly resources: PeerResources;
  /** Something came, or was stored. */
  readonly onMove: () => void;
  /** Some of a type was refused, and why. */
  readonly onRefused: (type: string, reason: string) => void;
  /** A whole type is in step. */
  readonly onComplete?: () => void;
  /** It cannot go on. */
  readonly onFailure: (reason: string) => void;
}

/** The receiving end of a sync, at a zone as at the global control plane: what comes is stored, then answered. */
export class ReceivingEnd {
  readonly #options: ReceivingEndOptions;
  readonly #receiver: SyncReceiver;
  /** By type, the response that is being stored. */
  readonly #storing = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: ReceivingEndOptions) {
    this.#options = options;
    const { types, weftTypes, node, peer, resources, stream } = options;
    this.#receiver = new SyncReceiver({ types, node, peer, held: (type) => resources.held(type), ...(weftTypes && { weftTypes }) });
    stream.on('data', (bytes) => this.#take(bytes));
    this.#step({ kind: 'opened' });
  }

  /** What should have come or been stored, in words. A stock peer may be too old to know a type, and then never says so. */
  due(): readonly string[] {
    const storing = [...this.#storing.keys()].map((type) => `${type} is being stored`);
    if (this.#receiver.isStockPeer()) return storing;
    return [...this.#receiver.outstanding().map((type) => `${type} of ${this.#options.from} has not come`), ...storing];
  }

  /** Takes and sends nothing more. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves once nothing more of it will be stored; after {@link close}. */
  async settled(): Promise<void> {
    await Promise.all(this.#storing.values());
  }

  #take(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#options.onMove();
    const response = decodeSyncResponse(bytes);
    if (response.ok) this.#step({ kind: 'response', response: response.value });
    else this.#options.onFailure(response.error);
  }

  #step(event: ReceiverEvent): void {
    if (this.#closed) return;
    for (const effect of this.#receiver.handle(event)) this.#do(effect);
  }

  #do(effect: ReceiverEffect): void {
    if (effect.kind === 'send') this.#options.stream.write(encodeSyncRequest(effect.request));
    else this.#storing.set(effect.type, this.#apply(effect));
  }

  async #apply(effect: ReceiverEffect & { readonly kind: 'apply' }): Promise<void> {
    const { resources, onMove, onRefused, onComplete, onFailure } = this.#options;
    const { type, nonce, complete } = effect;
    try {
      const rejected = await resources.apply(effect);
      this.#storing.delete(type);
      if (rejected !== undefined) onRefused(type, rejected);
      onMove();
      this.#step({ kind: 'applied', type, nonce, ...(rejected !== undefined && { rejected }) });
      if (complete && !this.#closed) onComplete?.();
    } catch (caught) {
      this.#storing.delete(type);
      if (!this.#closed) onFailure(`${type} could not be stored: ${MeshError.from(caught).message}`);
    }
  }
}
