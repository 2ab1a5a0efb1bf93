import { decodeSyncResponse, encodeSyncRequest, SyncReceiver, type ReceiverEffect, type ReceiverEvent, type SyncNode } from '@weft/kds-core';
import { MeshError } from '@weft/kernel';
import type { KdsClientStream } from '@weft/kds-transport';
import type { Logger } from '@weft/service-runtime';
import type { PeerResources } from '../peer-resources.ts';

/** Settings of {@link ReceiveFromGlobal}. */
export interface ReceiveFromGlobalOptions {
  readonly stream: KdsClientStream;
  readonly resources: PeerResources;
  /** Types that every peer is asked for, and those of Weft's own. */
  readonly types: readonly string[];
  readonly weftTypes: readonly string[];
  readonly node: SyncNode;
  readonly log: Logger;
  /** Something came, or was stored. */
  readonly onMove: () => void;
  /** A whole type is in step. */
  readonly onComplete: () => void;
  /** It cannot go on. */
  readonly onFailure: (reason: string) => void;
}

/** The zone's end of GlobalToZoneSync: what comes is stored, then answered. */
export class ReceiveFromGlobal {
  readonly #options: ReceiveFromGlobalOptions;
  readonly #receiver: SyncReceiver;
  #answered = false;
  /** By type, the response that is being stored. */
  readonly #storing = new Map<string, Promise<void>>();

  constructor(options: ReceiveFromGlobalOptions) {
    this.#options = options;
    const { resources, types, weftTypes, node, stream } = options;
    this.#receiver = new SyncReceiver({ types, weftTypes, node, peer: 'ask', held: (type) => resources.held(type) });
    stream.on('data', (bytes: Uint8Array) => this.#take(bytes));
    this.#step({ kind: 'opened' });
  }

  /** What should come, or should be done, in words. A stock global control plane that has answered may be too old to know a type, and then never says so. */
  due(): readonly string[] {
    const storing = [...this.#storing.keys()].map((type) => `${type} is being stored`);
    if (this.#answered && !this.#receiver.isWeftPeer()) return storing;
    return [...this.#receiver.outstanding().map((type) => `${type} of the global control plane has not come`), ...storing];
  }

  /** Resolves once nothing more of it will be stored. */
  async settled(): Promise<void> {
    await Promise.all(this.#storing.values());
  }

  #take(bytes: Uint8Array): void {
    this.#options.onMove();
    const response = decodeSyncResponse(bytes);
    this.#answered = true;
    if (response.ok) this.#step({ kind: 'response', response: response.value });
    else this.#options.onFailure(response.error);
  }

  #step(event: ReceiverEvent): void {
    for (const effect of this.#receiver.handle(event)) this.#do(effect);
  }

  #do(effect: ReceiverEffect): void {
    if (effect.kind === 'send') this.#options.stream.write(encodeSyncRequest(effect.request));
    else this.#storing.set(effect.type, this.#apply(effect));
  }

  async #apply(effect: ReceiverEffect & { readonly kind: 'apply' }): Promise<void> {
    const { resources, log, onMove, onComplete, onFailure } = this.#options;
    const { type, nonce, complete } = effect;
    try {
      const rejected = await resources.apply(effect);
      if (rejected !== undefined) log.warn({ type, reason: rejected }, 'resources of the global control plane were refused');
      onMove();
      this.#storing.delete(type);
      this.#step({ kind: 'applied', type, nonce, ...(rejected !== undefined && { rejected }) });
      if (complete) onComplete();
    } catch (caught) {
      this.#storing.delete(type);
      onFailure(`${type} could not be stored: ${MeshError.from(caught).message}`);
    }
  }
}
