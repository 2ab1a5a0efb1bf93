import { status, type Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import { isAdminSecret } from '@weft/envoy-builders';
import type { Clock, Result } from '@weft/kernel';
import type { Revision } from '@weft/resource-model';
import { AdsStream, deltaProtocol, parseDeltaRequest, parseSecretVersions, parseSotwRequest, sotwProtocol, TYPE_URLS, type DeltaRequest, type SharedResource, type SotwRequest, type StreamEffect, type StreamEvent, type XdsType } from '@weft/xds-core';
import { parseNode, type ProxyNode } from '../node/proxy-node.ts';
import type { ConnectedProxy, SnapshotSink } from '../proxies/connected-proxy.ts';
import { CallEnd, type Refusal } from '../server/call-end.ts';

/** What a call needs from the server around it. */
export interface AdsPorts {
  readonly clock: Clock;
  readonly nackBackoffMs: number;
  /** Authenticates and registers the proxy; may wait for the feed, the bus or the store. `fresh`: it holds no configuration from an earlier stream. */
  readonly admit: (node: ProxyNode, metadata: Metadata, fresh: boolean) => Promise<Result<null, Refusal>>;
  readonly attach: (node: ProxyNode, sink: SnapshotSink) => ConnectedProxy;
  readonly detach: (proxy: ConnectedProxy, sink: SnapshotSink) => void;
  readonly touch: (proxy: ConnectedProxy) => void;
  /** A proxy that came without any configuration now serves what it was given. */
  readonly started: (proxy: ConnectedProxy) => void;
  /** What the feed has come to. */
  readonly revision: () => Revision | undefined;
}

/** Where the two variants differ for a call: reading a request, and what it says of secrets already held. */
export interface AdsVariant<Request> {
  readonly parse: (bytes: Uint8Array) => Result<Request, string>;
  readonly stream: (retryMs: number) => AdsStream<Request & { readonly typeUrl: string }>;
  /** True where the client comes back with state from an earlier stream. */
  readonly resumes: (request: Request) => boolean;
  readonly wholeState: boolean;
  /** Secrets asked for, and the versions held. */
  readonly secrets: (request: Request) => { readonly names: readonly string[]; readonly held: ReadonlyMap<string, string> };
  /** The request without a subscription to some names. */
  readonly without: (request: Request, names: ReadonlySet<string>) => Request;
}

type Parsed = { readonly node: Uint8Array | undefined; readonly typeUrl: string };

/** Incremental ADS. */
export const DELTA: AdsVariant<DeltaRequest> = {
  parse: parseDeltaRequest,
  stream: (retryMs) => new AdsStream(deltaProtocol(), { retryMs, optional: isAdminSecret }),
  resumes: (request) => request.initialVersions.size > 0,
  wholeState: false,
  secrets: (request) => ({ names: request.subscribe, held: request.initialVersions }),
  without: (request, names) => ({ ...request, subscribe: request.subscribe.filter((name) => !names.has(name)) }),
};

/** State-of-the-world ADS. */
export const SOTW: AdsVariant<SotwRequest> = {
  parse: parseSotwRequest,
  stream: (retryMs) => new AdsStream(sotwProtocol(), { retryMs, optional: isAdminSecret }),
  resumes: (request) => request.version !== '',
  wholeState: true,
  secrets: (request) => ({ names: request.names, held: parseSecretVersions(request.version) }),
  without: (request) => request,
};

/** Requests that may wait for admission; Envoy sends one per type. */
const WAITING_LIMIT = 64;

/** One ADS call: reads requests, lets the proxy in, and carries out what its {@link AdsStream} decides. */
export class AdsCall<Request extends Parsed> implements SnapshotSink {
  readonly #call: ServerDuplexStream<Uint8Array, Uint8Array>;
  readonly #variant: AdsVariant<Request>;
  readonly #ports: AdsPorts;
  readonly #stream: AdsStream<Request>;
  readonly #end: CallEnd;
  readonly #timers = new Set<() => void>();
  /** Of each type, what the unanswered response holds. */
  readonly #inFlight = new Map<XdsType, readonly SharedResource[]>();
  #waiting: Request[] = [];
  #firstNode: Uint8Array | undefined;
  #node: ProxyNode | undefined;
  #proxy: ConnectedProxy | undefined;
  #secretsAsked = false;
  /** Until it is known that the proxy serves. */
  #starting = false;

  constructor(call: ServerDuplexStream<Uint8Array, Uint8Array>, variant: AdsVariant<Request>, ports: AdsPorts) {
    this.#call = call;
    this.#variant = variant;
    this.#ports = ports;
    this.#stream = variant.stream(ports.nackBackoffMs);
    this.#end = new CallEnd(call, () => this.#close());
    call.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    call.on('drain', () => this.#step({ kind: 'drained' }));
  }

  push(...[snapshot, changed]: Parameters<SnapshotSink['push']>): void {
    if (this.#proxy?.insight.refusals.replaced(snapshot) === true) this.#ports.touch(this.#proxy);
    this.#step({ kind: 'snapshot', snapshot, ...(changed !== undefined && { changed }) });
  }

  end(reason: 'replaced' | 'deleted' | { readonly refusal: string }): void {
    const id = this.#node?.id ?? '';
    if (typeof reason === 'object') this.#end.refuse({ code: status.FAILED_PRECONDITION, message: reason.refusal });
    else this.#end.refuse(reason === 'replaced'
      ? { code: status.ABORTED, message: `a newer stream of proxy "${id}" has taken over` }
      : { code: status.NOT_FOUND, message: `the Dataplane of proxy "${id}" was deleted` });
  }

  #receive(bytes: Uint8Array): void {
    if (this.#end.reached) return;
    const parsed = this.#variant.parse(bytes);
    if (!parsed.ok) {
      this.#end.refuse({ code: status.INVALID_ARGUMENT, message: parsed.error });
      return;
    }
    if (!this.#checkNode(parsed.value)) return;
    if (this.#proxy !== undefined) this.#request(parsed.value);
    else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(parsed.value);
    else this.#end.refuse({ code: status.RESOURCE_EXHAUSTED, message: 'too many requests before the proxy was let in' });
  }

  /** The first request must say who asks, and later ones may not say otherwise. */
  #checkNode(request: Request): boolean {
    const { node: bytes } = request;
    if (this.#firstNode !== undefined) {
      if (bytes === undefined || Buffer.compare(bytes, this.#firstNode) === 0) return true;
      const node = parseNode(bytes);
      if (node.ok && node.value.id === this.#node?.id) return true;
      this.#end.refuse({ code: status.INVALID_ARGUMENT, message: `the node id changed within the stream, from "${this.#node?.id ?? ''}"` });
      return false;
    }
    const node = bytes === undefined ? undefined : parseNode(bytes);
    if (node?.ok !== true) {
      this.#end.refuse({ code: status.INVALID_ARGUMENT, message: node === undefined ? 'the first request of a stream must carry the node' : node.error });
      return false;
    }
    this.#firstNode = bytes;
    this.#node = node.value;
    this.#starting = !this.#variant.resumes(request);
    void this.#admit(node.value);
    return true;
  }

  async #admit(node: ProxyNode): Promise<void> {
    const admitted = await this.#ports.admit(node, this.#call.metadata, this.#starting);
    if (this.#end.reached) return;
    if (!admitted.ok) {
      this.#end.refuse(admitted.error);
      return;
    }
    const proxy = this.#ports.attach(node, this);
    this.#proxy = proxy;
    const [first] = this.#waiting;
    proxy.secrets.begin({ resuming: first !== undefined && this.#variant.resumes(first), wholeState: this.#variant.wholeState });
    if (proxy.snapshot !== undefined) this.push(proxy.snapshot);
    for (const request of this.#waiting.splice(0)) this.#request(request);
  }

  #request(request: Request): void {
    this.#step({ kind: 'request', request: request.typeUrl === TYPE_URLS.sds ? this.#askSecrets(request) : request });
  }

  #askSecrets(request: Request): Request {
    const proxy = this.#proxy;
    if (proxy === undefined) return request;
    const { names, held } = this.#variant.secrets(request);
    // A leaf that the proxy holds but we cannot send again is made anew when it is asked for again.
    const replaced = new Set(this.#secretsAsked && !this.#variant.wholeState ? names.filter((name) => proxy.secrets.replaceHeld(name)) : []);
    const changed = proxy.secrets.ask(names.filter((name) => !replaced.has(name)), this.#secretsAsked ? new Map() : held);
    this.#secretsAsked = true;
    proxy.secretsChanged(changed);
    return replaced.size > 0 ? this.#variant.without(request, replaced) : request;
  }

  #step(event: StreamEvent<Request>): void {
    if (this.#end.reached) return;
    for (const effect of this.#stream.step(event)) this.#carryOut(effect);
    if (!this.#starting || this.#proxy === undefined || !this.#stream.settled) return;
    this.#starting = false;
    this.#ports.started(this.#proxy);
  }

  #carryOut(effect: StreamEffect): void {
    const proxy = this.#proxy;
    if (proxy === undefined || this.#end.reached) return;
    const now = this.#ports.clock.now();
    switch (effect.kind) {
      case 'send':
        if (effect.resources.some(({ body }) => body.length === 0 && effect.type === 'sds')) {
          this.#end.refuse({ code: status.UNAVAILABLE, message: 'the certificate cannot be sent again: reconnect to get a new one' });
          return;
        }
        this.#inFlight.set(effect.type, effect.resources);
        proxy.insight.sent(effect.type, now, this.#ports.revision());
        if (!this.#call.write(effect.message)) this.#step({ kind: 'blocked' });
        break;
      case 'ack':
        if (effect.type === 'sds') proxy.secrets.taken(this.#inFlight.get('sds') ?? []);
        proxy.insight.refusals.accepted(effect.type, this.#inFlight.get(effect.type) ?? []);
        proxy.insight.acknowledged(effect.type, now, this.#stream.isRefusing(effect.type));
        break;
      case 'nack':
        proxy.insight.refusals.refused(effect.type, { resources: this.#inFlight.get(effect.type) ?? [], message: effect.message }, now);
        proxy.insight.rejected(effect.type, effect.message, now);
        break;
      case 'retry-after': this.#wake(effect.type, effect.delayMs); return;
    }
    this.#ports.touch(proxy);
  }

  #wake(type: XdsType, delayMs: number): void {
    const cancel = this.#ports.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      this.#step({ kind: 'retry', type });
    });
    this.#timers.add(cancel);
  }

  #close(): void {
    for (const cancel of this.#timers) cancel();
    if (this.#proxy !== undefined) this.#ports.detach(this.#proxy, this);
  }
}
