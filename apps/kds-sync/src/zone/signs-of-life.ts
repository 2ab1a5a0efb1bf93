import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { ZoneHealthCheckRequestSchema, ZoneHealthCheckResponseSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { onHeartbeatsAsked, sendHeartbeat, type KdsClientStream, type KdsLink } from '@weft/kds-transport';
import type { Cancel, Clock } from '@weft/kernel';

/** Settings of {@link SignsOfLife}. */
export interface SignsOfLifeOptions {
  readonly clock: Clock;
  readonly link: Pick<KdsLink, 'healthCheck'>;
  /** `globalToZone`. */
  readonly stream: KdsClientStream;
  readonly onFailure: (error: ServiceError) => void;
}

/** Where the global control plane names no interval. Source: Kuma 2.14. */
const HEALTH_INTERVAL_MS = 300_000;
const HEALTH_TIMEOUT_MS = 30_000;
const MS = 1000;

/**
 * Says to the global control plane that this zone lives: by the health check of KDS, as often as the answer asks for it, and to one of
 * Weft, which wants to know within a second or two, by a heartbeat on a stream that is open anyway.
 */
export class SignsOfLife {
  readonly #options: SignsOfLifeOptions;
  #cancelHealth: Cancel = () => undefined;
  #cancelBeat: Cancel = () => undefined;
  #closed = false;

  constructor(options: SignsOfLifeOptions) {
    this.#options = options;
    onHeartbeatsAsked(options.stream, (everyMs) => this.#beat(everyMs));
    void this.#check();
  }

  close(): void {
    this.#closed = true;
    this.#cancelHealth();
    this.#cancelBeat();
  }

  #beat(everyMs: number): void {
    if (this.#closed) return;
    const { clock, stream } = this.#options;
    sendHeartbeat(stream);
    this.#cancelBeat = clock.after(everyMs, () => this.#beat(everyMs));
  }

  async #check(): Promise<void> {
    const { clock, link, onFailure } = this.#options;
    let interval = HEALTH_INTERVAL_MS;
    try {
      const answer = fromBinary(ZoneHealthCheckResponseSchema, await link.healthCheck(toBinary(ZoneHealthCheckRequestSchema, create(ZoneHealthCheckRequestSchema)), HEALTH_TIMEOUT_MS));
      const given = Number(answer.interval?.seconds ?? 0n) * MS + (answer.interval?.nanos ?? 0) / (MS * MS);
      if (given > 0) interval = given;
    } catch (caught) {
      // A global control plane that does not know the call does not miss it.
      if ((caught as Partial<ServiceError>).code !== grpcStatus.UNIMPLEMENTED) return onFailure(caught as ServiceError);
    }
    if (!this.#closed) this.#cancelHealth = clock.after(interval, () => void this.#check());
  }
}
