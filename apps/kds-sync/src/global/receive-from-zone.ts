import { decodeSyncResponse, encodeSyncRequest, SyncReceiver, syncedTypes, type ReceiverEffect, type ReceiverEvent, type SyncNode } from '@weft/kds-core';
import type { KdsServerStream, ZoneCall } from '@weft/kds-transport';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Logger } from '@weft/service-runtime';
import type { PeerResources } from '../peer-resources.ts';

/** Settings of {@link ReceiveFromZone}. */
export interface ReceiveFromZoneOptions {
  readonly stream: KdsServerStream;
  readonly call: ZoneCall;
  readonly resources: PeerResources;
  readonly node: SyncNode;
  readonly log: Logger;
  /** Something came, or was stored. */
  readonly onMove: () => void;
  /** It cannot go on. */
  readonly onFailure: (reason: string) => void;
}

/** Names of the types that a zone is asked for. */
export function typesOfZone({ features }: Pick<ZoneCall, 'features'>): readonly string[] {
  return syncedTypes(weftRegistry, 'zone-to-global', features.has('weft-sync')).map(({ name }) => name);
}

/** The global control plane's end of ZoneToGlobalSync: what a zone made is stored, then answered. */
export class ReceiveFromZone {
  readonly #options: ReceiveFromZoneOptions;
  readonly #receiver: SyncReceiver;
  readonly #storing = new Set<string>();
  #closed = false;

  constructor(options: ReceiveFromZoneOptions) {
    this.#options = options;
    const { call, resources, node, stream } = options;
    this.#receiver = new SyncReceiver({ types: typesOfZone(call), node, peer: call.features.has('weft-sync') ? 'weft' : 'stock', held: (type) => resources.held(type) });
    stream.on('data', (bytes: Uint8Array) => this.#take(bytes));
    this.#step({ kind: 'opened' });
  }

  /** What should have come or been stored, in words. A stock zone may be too old to know a type, and then never says so. */
  due(): readonly string[] {
    const storing = [...this.#storing].map((type) => `${type} is being stored`);
    if (!this.#receiver.isWeftPeer()) return storing;
    return [...this.#receiver.outstanding().map((type) => `${type} of the zone has not come`), ...storing];
  }

  close(): void {
    this.#closed = true;
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
    else void this.#apply(effect);
  }

  async #apply(effect: ReceiverEffect & { readonly kind: 'apply' }): Promise<void> {
    const { call: { zone }, resources, log, onMove, onFailure } = this.#options;
    const { type, nonce } = effect;
    this.#storing.add(type);
    try {
      const rejected = await resources.apply(effect);
      this.#storing.delete(type);
      if (rejected !== undefined) log.warn({ zone, type, reason: rejected }, 'resources of a zone were refused');
      onMove();
      this.#step({ kind: 'applied', type, nonce, ...(rejected !== undefined && { rejected }) });
    } catch (caught) {
      this.#storing.delete(type);
      onFailure(`${type} could not be stored: ${MeshError.from(caught).message}`);
    }
  }
}
