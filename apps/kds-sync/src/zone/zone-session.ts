import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { SyncApply } from '@weft/bus';
import { formForGlobal, syncedTypes, wireName, type SyncNode } from '@weft/kds-core';
import { openKdsLink, type KdsClientStream, type KdsLink, type ZoneCall } from '@weft/kds-transport';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { ResourceKey } from '@weft/resource-model';
import type { AppPorts } from '@weft/service-runtime';
import type { KdsSyncConfig } from '../kds-sync-config.ts';
import type { OutgoingFeed } from '../outgoing-feed.ts';
import { PeerResources } from '../peer-resources.ts';
import { answerAdmin } from './answer-admin.ts';
import { globalEndpoint } from './describe-zone.ts';
import { ReceivingEnd } from '../receiving-end.ts';
import { SendingEnd } from '../sending-end.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { StallWatch } from '../stall-watch.ts';

/** Settings of {@link ZoneSession}. */
export interface ZoneSessionOptions {
  readonly ports: AppPorts<KdsSyncConfig>;
  readonly call: ZoneCall;
  readonly node: SyncNode;
  readonly feed: OutgoingFeed;
  readonly fence: NonNullable<SyncApply['fence']>;
  /** A response was stored: why which resources of its type are refused now, by wire name. */
  readonly onKept: (type: string, refused: ReadonlyMap<string, string>) => void;
  /** The global control plane has sent the first whole type: the link works. */
  readonly onWorking: () => void;
  /** It is over; called once. */
  readonly onEnd: (end: SessionEnd) => void;
}

/** Why a session is over. */
export interface SessionEnd {
  readonly reason: string;
  /** Nothing moved, though something was due. */
  readonly stalled: boolean;
}

const DOWN = { all: syncedTypes(weftRegistry, 'global-to-zone', true), stock: syncedTypes(weftRegistry, 'global-to-zone', false) };
const TYPES = DOWN.stock.map(({ name }) => name);
const WEFT_TYPES = DOWN.all.map(({ name }) => name).filter((name) => !TYPES.includes(name));

const GLOBAL = 'the global control plane';
const NAMES_LOGGED = 10;
const MS = 1000;

/** One link to the global control plane with its five streams and the signs of life: the end of one is the end of all. */
export class ZoneSession {
  readonly #options: ZoneSessionOptions;
  readonly #watch: StallWatch;
  #link: KdsLink | undefined;
  #streams: readonly KdsClientStream[] = [];
  #resources: PeerResources | undefined;
  #down: ReceivingEnd | undefined;
  #up: SendingEnd | undefined;
  #life: SignsOfLife | undefined;
  #ended = false;

  constructor(options: ZoneSessionOptions) {
    this.#options = options;
    const { clock, config } = options.ports;
    this.#watch = new StallWatch({
      clock, timeoutMs: config.multizone.zone.kds.stallTimeout,
      due: () => this.due(),
      onStall: (due) => this.#end({ stalled: true, reason: `nothing has moved for ${config.multizone.zone.kds.stallTimeout / MS} s: ${due.slice(0, 5).join(', ')}${due.length > 5 ? ` and ${due.length - 5} more` : ''}` }),
    });
    void this.#open().catch((caught: unknown) => this.#fail(MeshError.from(caught).message));
  }

  /** What should have come, been stored or been answered, in words; empty while both sides are in step. */
  due(): readonly string[] {
    if (this.#down === undefined) return ['the link is being opened'];
    return [...this.#down.due(), ...(this.#up?.due() ?? [])];
  }

  /** Ends it from this side; `onEnd` is not called. */
  close(): void {
    this.#ended = true;
    this.#release();
  }

  /** A name of this zone is free. What had it at the other side was refused, and comes only with a new link. */
  freed({ type, mesh, name }: ResourceKey): void {
    if (this.#resources?.wasRefused(type, wireName({ name, mesh })) === true) this.#fail(`${type} ${name} of the global control plane was refused because of its name, which is free now`);
  }

  /** Resolves once nothing more of it will be stored. */
  settled(): Promise<void> {
    return this.#down?.settled() ?? Promise.resolve();
  }

  async #open(): Promise<void> {
    const { ports: { bus, config, instance }, call, fence, feed, onKept } = this.#options;
    const resources = await PeerResources.load({ bus, from: { side: 'global' }, types: [...TYPES, ...WEFT_TYPES], writer: `kds-sync/${instance}`, fence, onKept });
    this.#resources = resources;
    await feed.ready;
    if (this.#isOver()) return;
    const link = openKdsLink({ ...globalEndpoint(config), call });
    this.#link = link;
    const open = (name: Parameters<KdsLink['open']>[0]): KdsClientStream => this.#watched(link.open(name));
    const down = open('globalToZone');
    this.#openSync(resources, { down, up: open('zoneToGlobal') });
    for (const name of ['configDumps', 'stats', 'clusters'] as const) answerAdmin(this.#options.ports, name, open(name));
    this.#life = new SignsOfLife({ clock: this.#options.ports.clock, link, stream: down, onFailure: (error) => this.#fail(`health check: ${inWords(error)}`) });
  }

  #openSync(resources: PeerResources, { down, up }: { readonly down: KdsClientStream; readonly up: KdsClientStream }): void {
    const { ports: { clock, config, log }, call, feed, node, onWorking } = this.#options;
    const { kds } = config.multizone.zone;
    const both = { onMove: () => this.#watch.moved(), onFailure: (reason: string) => this.#fail(reason) };
    this.#up = new SendingEnd({
      ...both, stream: up, feed, clock, direction: 'zone-to-global', sender: call.zone, to: GLOBAL, nackBackoffMs: kds.nackBackoff, maxMessageBytes: kds.maxMsgSize,
      formFor: (features) => formForGlobal(call.zone, features.has('weft-sync'), { skipLabelPrefixes: kds.labels.skipPrefixes }),
      watch: {
        refused: (type, names, reason) => log.warn({ type, names: names.slice(0, NAMES_LOGGED), reason }, 'the global control plane refused resources of this zone'),
        tooLarge: (type, bytes, reason) => log.error({ type, bytes }, reason),
      },
    });
    this.#down = new ReceivingEnd({
      ...both, stream: down, from: GLOBAL, resources, types: TYPES, weftTypes: WEFT_TYPES, node, peer: 'ask', onComplete: onWorking,
      onRefused: (type, reason) => log.warn({ type, reason }, 'resources of the global control plane were refused'),
    });
  }

  #watched(stream: KdsClientStream): KdsClientStream {
    this.#streams = [...this.#streams, stream];
    stream.on('error', (error: ServiceError) => this.#fail(inWords(error)));
    stream.on('end', () => this.#fail('the global control plane ended a stream'));
    return stream;
  }

  #fail(reason: string): void {
    this.#end({ reason, stalled: false });
  }

  #end(end: SessionEnd): void {
    if (this.#ended) return;
    this.close();
    this.#options.onEnd(end);
  }

  #isOver(): boolean {
    return this.#ended;
  }

  #release(): void {
    this.#watch.close();
    this.#life?.close();
    this.#up?.close();
    this.#down?.close();
    for (const stream of this.#streams) stream.cancel();
    this.#link?.close();
  }
}

function inWords({ code, details, message }: Partial<ServiceError>): string {
  return code === undefined ? message ?? 'an unknown failure' : `${grpcStatus[code]}: ${details ?? message ?? ''}`;
}
