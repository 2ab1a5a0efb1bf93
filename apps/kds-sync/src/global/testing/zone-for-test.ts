import type { ServiceError } from '@grpc/grpc-js';
import {
  decodeSyncRequest, decodeSyncResponse, encodeSyncRequest, encodeSyncResponse, SyncReceiver, SyncSender,
  type ReceiverEffect, type SenderEffect, type SyncItem, type SyncNode,
} from '@weft/kds-core';
import type { KdsClientStream, KdsLink } from '@weft/kds-transport';

/** Settings of {@link ZoneForTest}. */
export interface ZoneForTestOptions {
  readonly name: string;
  readonly weft: boolean;
  /** Types to ask for. */
  readonly types: readonly string[];
  /** Refuses a response of this type with these words. */
  readonly refuses?: { readonly type: string; readonly reason: string };
  readonly metadata?: SyncNode['metadata'];
}

/** A zone control plane reduced to its two sync streams: it keeps what comes, and sends what it is given. */
export class ZoneForTest {
  /** `<type> <wire name>` to version. */
  readonly kept = new Map<string, string>();
  /** Encoded KumaResources, by the same key. */
  readonly bodies = new Map<string, Uint8Array>();
  /** Why streams ended, in the words of gRPC. */
  readonly errors: ServiceError[] = [];
  /** What the global control plane refused. */
  readonly rejected: string[] = [];
  readonly down: KdsClientStream;
  readonly up: KdsClientStream;
  readonly #options: ZoneForTestOptions;
  readonly #receiver: SyncReceiver;
  readonly #sender: SyncSender;
  readonly #own = new Map<string, Map<string, SyncItem>>();
  #paused = false;

  constructor(link: KdsLink, options: ZoneForTestOptions) {
    this.#options = options;
    const { name, types, weft } = options;
    this.#receiver = new SyncReceiver({ types, node: { id: name, metadata: { features: ['hash-suffix'], ...options.metadata } }, peer: weft ? 'weft' : 'stock', held: (type) => new Map([...this.kept].filter(([key]) => key.startsWith(`${type} `)).map(([key, version]) => [key.slice(type.length + 1), version])) });
    this.#sender = new SyncSender({ names: (type) => this.#own.get(type)?.keys() ?? [], item: (type, wire) => this.#own.get(type)?.get(wire) }, { sender: name, nackBackoffMs: 5000, maxResponseBytes: 1_000_000, weftPeer: weft });
    this.down = this.#watch(link.open('globalToZone'));
    this.up = this.#watch(link.open('zoneToGlobal'));
    this.down.on('data', (bytes: Uint8Array) => {
      const response = decodeSyncResponse(bytes);
      if (response.ok) this.#receive(this.#receiver.handle({ kind: 'response', response: response.value }));
    });
    this.up.on('data', (bytes: Uint8Array) => {
      const request = decodeSyncRequest(bytes);
      if (request.ok) this.#send(this.#sender.handle({ kind: 'request', request: request.value }));
    });
    this.#receive(this.#receiver.handle({ kind: 'opened' }));
  }

  /** Types whose whole state has not come. */
  outstanding(): readonly string[] {
    return this.#receiver.outstanding();
  }

  /** Makes, changes or (without an item) removes a resource of this zone. */
  set(type: string, wire: string, item: SyncItem | undefined): void {
    const items = this.#own.get(type) ?? new Map<string, SyncItem>();
    this.#own.set(type, items);
    if (item === undefined) items.delete(wire);
    else items.set(wire, item);
    this.#send(this.#sender.handle({ kind: 'changed', type, names: [wire] }));
  }

  /** Answers nothing any more. */
  stopAnswering(): void {
    this.#paused = true;
  }

  #watch(stream: KdsClientStream): KdsClientStream {
    stream.on('error', (error: ServiceError) => this.errors.push(error));
    return stream;
  }

  #receive(effects: readonly ReceiverEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send') {
        if (!this.#paused) this.down.write(encodeSyncRequest(effect.request));
        continue;
      }
      const { type, nonce, items, removed } = effect;
      for (const { name, version, body } of items) {
        this.kept.set(`${type} ${name}`, version);
        this.bodies.set(`${type} ${name}`, body);
      }
      for (const name of removed) for (const held of [this.kept, this.bodies]) held.delete(`${type} ${name}`);
      const refused = this.#options.refuses?.type === type && items.length > 0 ? this.#options.refuses.reason : undefined;
      this.#receive(this.#receiver.handle({ kind: 'applied', type, nonce, ...(refused !== undefined && { rejected: refused }) }));
    }
  }

  #send(effects: readonly SenderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send') this.up.write(encodeSyncResponse(effect.response));
      else if (effect.kind === 'rejected') this.rejected.push(effect.message);
    }
  }
}
