import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { adminAnswerParts, answer, ask, envoyShowIn, type Bus, type EnvoyShowRequest, type Subscription } from '@weft/bus';
import {
  AdminOutputFormat, ClustersRequestSchema, ClustersResponseSchema, StatsRequestSchema, StatsResponseSchema, XDSConfigRequestSchema, XDSConfigResponseSchema,
} from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import type { KdsServerStream } from '@weft/kds-transport';
import { MeshError, type Cancel, type Clock } from '@weft/kernel';

/** What may be asked of an Envoy. */
type Show = EnvoyShowRequest['show'];

/** The streams on which a zone answers. */
export type AdminStreamName = 'configDumps' | 'stats' | 'clusters';

const STREAM_OF: Readonly<Record<Show['what'], AdminStreamName>> = { 'config-dump': 'configDumps', stats: 'stats', clusters: 'clusters' };
const REQUEST_NAME: Readonly<Record<Show['what'], string>> = { 'config-dump': 'XDSConfigRequest', stats: 'StatsRequest', clusters: 'ClustersRequest' };

/** Source: Kuma 2.14. */
const DEADLINE_MS = 10_000;

/** A message of the bus holds 1 MiB; in base64 this makes 683 KiB. */
const PART_BYTES = 512 * 1024;

type Outcome = { readonly error: string } | { readonly bytes: Uint8Array };

/** Settings of {@link EnvoyCalls}. */
export interface EnvoyCallsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** A fresh id of a request. */
  readonly newId: () => string;
}

interface Zone {
  readonly streams: Map<AdminStreamName, KdsServerStream>;
  readonly waiting: Map<string, (outcome: Outcome) => void>;
  readonly serving: Promise<Subscription>;
}

/** Calls of Envoys in zones: what is asked on the bus goes to the zone over its stream, and its answer back. */
export class EnvoyCalls {
  readonly #options: EnvoyCallsOptions;
  readonly #zones = new Map<string, Zone>();

  constructor(options: EnvoyCallsOptions) {
    this.#options = options;
  }

  /** A zone opened one of its streams; gives the way to say that it is over. */
  opened(zone: string, name: AdminStreamName, stream: KdsServerStream): () => void {
    const known = this.#zones.get(zone) ?? this.#begin(zone);
    known.streams.set(name, stream);
    stream.on('data', (bytes: Uint8Array) => settle(known, readAnswer(name, bytes)));
    return () => {
      if (known.streams.get(name) === stream) known.streams.delete(name);
      if (known.streams.size === 0) this.#end(zone, known);
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#zones].map(async ([name, zone]) => {
      this.#end(name, zone);
      await (await zone.serving).close();
    }));
  }

  #begin(name: string): Zone {
    const zone: Zone = { streams: new Map(), waiting: new Map(), serving: answer(this.#options.bus, envoyShowIn(name), (request) => this.#show(zone, request)) };
    zone.serving.catch(() => undefined);
    this.#zones.set(name, zone);
    return zone;
  }

  #end(name: string, zone: Zone): void {
    if (this.#zones.get(name) !== zone) return;
    this.#zones.delete(name);
    for (const settled of zone.waiting.values()) settled({ error: 'zone is offline' });
    void zone.serving.then((serving) => serving.close()).catch(() => undefined);
  }

  async #show(zone: Zone, { proxy, show, answerTo }: EnvoyShowRequest): Promise<{ readonly contentType: string }> {
    const outcome = await this.#ask(zone, proxy, show);
    if ('error' in outcome) throw new MeshError('proxy/unreachable', `could not send ${REQUEST_NAME[show.what]}: ${outcome.error}`);
    const body = Buffer.from(outcome.bytes.buffer, outcome.bytes.byteOffset, outcome.bytes.byteLength);
    for (let at = 0; at < body.length; at += PART_BYTES) await ask(this.#options.bus, adminAnswerParts(answerTo), { data: body.subarray(at, at + PART_BYTES).toString('base64') });
    return { contentType: show.what === 'config-dump' || show.format === 'json' ? 'application/json' : 'text/plain; charset=utf-8' };
  }

  #ask(zone: Zone, proxy: EnvoyShowRequest['proxy'], show: Show): Promise<Outcome> {
    const stream = zone.streams.get(STREAM_OF[show.what]);
    if (stream === undefined) return Promise.resolve({ error: 'the zone has not opened its stream for this' });
    const id = this.#options.newId();
    return new Promise((resolve) => {
      const cancel: Cancel = this.#options.clock.after(DEADLINE_MS, () => settled({ error: `the zone has not answered within ${DEADLINE_MS / 1000} s` }));
      const settled = (outcome: Outcome): void => {
        zone.waiting.delete(id);
        cancel();
        resolve(outcome);
      };
      zone.waiting.set(id, settled);
      stream.write(writeRequest(id, proxy, show));
    });
  }
}

function settle({ waiting }: Zone, { id, outcome }: { readonly id: string; readonly outcome: Outcome }): void {
  waiting.get(id)?.(outcome);
}

function writeRequest(requestId: string, proxy: EnvoyShowRequest['proxy'], show: Show): Uint8Array {
  const common = { requestId, resourceType: proxy.type, resourceName: proxy.name, resourceMesh: proxy.mesh };
  if (show.what === 'config-dump') return toBinary(XDSConfigRequestSchema, create(XDSConfigRequestSchema, { ...common, includeEds: show.includeEds }));
  const format = show.format === 'json' ? AdminOutputFormat.JSON : AdminOutputFormat.TEXT;
  if (show.what === 'stats') return toBinary(StatsRequestSchema, create(StatsRequestSchema, { ...common, format, usedOnly: show.usedOnly }));
  return toBinary(ClustersRequestSchema, create(ClustersRequestSchema, { ...common, format }));
}

const RESPONSES = { configDumps: XDSConfigResponseSchema, stats: StatsResponseSchema, clusters: ClustersResponseSchema } as const;

/** What is no answer, or answers nothing that waits, changes nothing. */
function readAnswer(name: AdminStreamName, bytes: Uint8Array): { readonly id: string; readonly outcome: Outcome } {
  try {
    const { requestId, result } = fromBinary(RESPONSES[name], bytes);
    if (result.case === undefined) return { id: requestId, outcome: { bytes: new Uint8Array() } };
    return { id: requestId, outcome: result.case === 'error' ? { error: result.value } : { bytes: result.value } };
  } catch {
    return { id: '', outcome: { error: 'the answer cannot be read' } };
  }
}
