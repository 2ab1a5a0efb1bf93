import { status } from '@grpc/grpc-js';
import type { KdsHandlers, KdsServerStream, KdsStreamName, ZoneCall } from '@weft/kds-transport';
import type { Clock } from '@weft/kernel';
import type { PresenceWriter } from './presence-writer.ts';
import type { RefusedZones } from './refused-zones.ts';
import type { Refusal, ZoneGate } from './zone-gate.ts';

/** A stream that was let in. */
export interface OpenStream {
  readonly name: KdsStreamName;
  readonly call: ZoneCall;
  readonly stream: KdsServerStream;
  /** RFC 3339. */
  readonly openedAt: string;
  /** Ends it, with the reason told to the zone. */
  fail(refusal: Refusal): void;
}

/** What serves a stream; gives what to do when it is over. */
export type StreamServer = (open: OpenStream) => { readonly close: () => void };

/** Settings of {@link ZoneStreams}. */
export interface ZoneStreamsOptions {
  readonly clock: Clock;
  readonly gate: ZoneGate;
  readonly presence: PresenceWriter;
  readonly refused: RefusedZones;
  readonly serve: StreamServer;
}

/** The open streams of all zones: who is let in, and how they end. */
export class ZoneStreams {
  readonly #options: ZoneStreamsOptions;
  readonly #open = new Map<OpenStream, () => void>();

  constructor(options: ZoneStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The handlers of the five streams. */
  handlers(): Omit<KdsHandlers, 'healthCheck'> {
    const handler = (name: KdsStreamName) => (call: ZoneCall, stream: KdsServerStream): void => void this.#accept(name, call, stream);
    return { globalToZone: handler('globalToZone'), zoneToGlobal: handler('zoneToGlobal'), configDumps: handler('configDumps'), stats: handler('stats'), clusters: handler('clusters') };
  }

  /** Ends the streams that `concerns` names. */
  end(concerns: (call: ZoneCall) => boolean, refusal: Refusal): void {
    for (const open of [...this.#open.keys()]) if (concerns(open.call)) open.fail(refusal);
  }

  /** The calls of the open streams, one of each zone. */
  calls(): readonly ZoneCall[] {
    return [...new Map([...this.#open.keys()].map(({ call }) => [`${call.zone} ${call.token?.reveal() ?? ''}`, call])).values()];
  }

  async #accept(name: KdsStreamName, call: ZoneCall, stream: KdsServerStream): Promise<void> {
    const { clock, gate, refused } = this.#options;
    const lost = new Promise<void>((resolve) => {
      stream.once('cancelled', () => resolve());
      stream.on('error', () => resolve());
    });
    const gone = { yet: false };
    void lost.then(() => (gone.yet = true));
    const entered = await gate.enter(call);
    if (!entered.ok) {
      refused.tell(call.zone, entered.error.reason);
      return refuse(stream, entered.error);
    }
    if (gone.yet) return entered.value();
    const open: OpenStream = { name, call, stream, openedAt: new Date(clock.now()).toISOString(), fail: (refusal) => this.#fail(open, refusal) };
    this.#begin(open, entered.value);
    void lost.then(() => this.#finish(open));
    stream.once('end', () => {
      this.#finish(open);
      stream.end();
    });
  }

  #begin(open: OpenStream, leave: () => void): void {
    const { presence, serve } = this.#options;
    const { zone } = open.call;
    const closed = presence.of(zone).opened(open.name, open.openedAt);
    const served = serve(open);
    presence.touch(zone, 'presence');
    this.#open.set(open, () => {
      served.close();
      closed();
      leave();
      presence.touch(zone, 'presence');
    });
  }

  #fail(open: OpenStream, refusal: Refusal): void {
    if (!this.#open.has(open)) return;
    this.#finish(open);
    refuse(open.stream, refusal);
  }

  #finish(open: OpenStream): void {
    const finish = this.#open.get(open);
    this.#open.delete(open);
    finish?.();
  }
}

function refuse(stream: KdsServerStream, { code, reason }: Refusal): void {
  stream.emit('error', { code, details: reason });
}

/** Why a stream ends that did nothing wrong by itself. */
export function unavailable(reason: string): Refusal {
  return { code: status.UNAVAILABLE, reason };
}
