import { status } from '@grpc/grpc-js';
import { ask, REQUESTS, type Bus } from '@weft/bus';
import type { ZoneCall } from '@weft/kds-transport';
import { err, MeshError, ok, type Result } from '@weft/kernel';
import type { ZoneLeases } from './zone-leases.ts';
import type { ZoneTokens } from './zone-tokens.ts';

/** Why a call of a zone is refused, as gRPC tells it. */
export interface Refusal {
  readonly code: status;
  readonly reason: string;
}

/** Settings of {@link ZoneGate}. */
export interface ZoneGateOptions {
  readonly bus: Bus;
  readonly instance: string;
  readonly tokens: ZoneTokens;
  readonly leases: ZoneLeases;
  /** Whether the feed has told of a Zone. */
  readonly isKnown: (zone: string) => boolean;
}

/** What every call of a zone passes first: its token, its name, and that the Zone exists. */
export class ZoneGate {
  readonly #options: ZoneGateOptions;

  constructor(options: ZoneGateOptions) {
    this.#options = options;
  }

  /** Lets a stream in; gives the way to say that it is over. Never throws. */
  async enter(call: ZoneCall): Promise<Result<() => void, Refusal>> {
    return guarded(async () => {
      const refusal = await this.tokenRefusal(call);
      if (refusal !== undefined) return err(refusal);
      const lease = await this.#options.leases.take(call.zone, call.identity);
      if ('refusal' in lease) return err({ code: status.ALREADY_EXISTS, reason: lease.refusal });
      await this.#ensureZone(call.zone);
      return ok(lease.release);
    });
  }

  /** Lets in a call that is over with its answer. Never throws. */
  async pass(call: ZoneCall): Promise<Result<null, Refusal>> {
    return guarded(async () => {
      const refusal = await this.tokenRefusal(call);
      if (refusal !== undefined) return err(refusal);
      await this.#ensureZone(call.zone);
      return ok(null);
    });
  }

  /** Why a call is refused for its token. */
  async tokenRefusal(call: Pick<ZoneCall, 'zone' | 'token'>): Promise<Refusal | undefined> {
    await this.#options.tokens.ready;
    const reason = await this.#options.tokens.refusal(call);
    return reason === undefined ? undefined : { code: status.UNAUTHENTICATED, reason };
  }

  /** The first call of a zone makes its Zone. */
  async #ensureZone(name: string): Promise<void> {
    const { bus, instance, isKnown } = this.#options;
    if (isKnown(name)) return;
    const writer = `kds-sync/${instance}`;
    try {
      await ask(bus, REQUESTS.storeWrite, { writes: [{ op: 'put', type: 'Zone', mesh: '', name, labels: {}, spec: { enabled: true }, expectVersion: 'absent', bare: true }], writer });
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code !== 'store/conflict') throw error;
    }
  }
}

async function guarded<T>(enter: () => Promise<Result<T, Refusal>>): Promise<Result<T, Refusal>> {
  try {
    return await enter();
  } catch (caught) {
    const error = MeshError.from(caught);
    const reason = [error.message, ...error.violations.map(({ path, message }) => `${path}: ${message}`)].join('; ');
    return err({ code: error.code === 'resource/invalid' ? status.INVALID_ARGUMENT : status.UNAVAILABLE, reason });
  }
}
