import { ask, REQUESTS, type Requests } from '@weft/bus';
import { contentHash, MeshError, type Cancel, type Clock, type ErrorCode, type Sensitive } from '@weft/kernel';
import { makeKeyWithRequest, type Logger } from '@weft/service-runtime';
import type { IssuingCa } from '../config/feed-view.ts';

/** GlobalSecret that holds the CA of Envoy's admin channel. */
export const ADMIN_CA_SECRET = 'envoy-admin-ca';

/** What the control plane shows to an admin listener, and what the listener's own certificate must chain to. */
export interface AdminClientIdentity {
  readonly certificatePem: string;
  readonly keyPem: Sensitive<string>;
  readonly caPem: string;
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number;
}

/** What {@link AdminAuthority} needs. */
export interface AdminAuthorityPorts {
  readonly bus: Requests;
  readonly clock: Clock;
  readonly log: Logger;
  /** There is another CA than before. */
  readonly onChange: () => void;
}

const RETRY_MS = 500;
const RETRY_CAP_MS = 30_000;
const CHECK_MS = 3_600_000;
const RENEW_BEFORE_MS = 86_400_000;
/** ca-service, or what it needs, has not started yet. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['bus/unavailable', 'bus/deadline', 'store/unavailable']);
/** ca-service hears of a changed secret when we do: the first look may come too early for it. */
const LOOKS_AFTER_CHANGE_MS = [2_000, 30_000];

/** The CA of the zone's admin channels, and this server's own client certificate of it; renewed a day before it ends. */
export class AdminAuthority {
  /** Resolves once there is a certificate, or ca-service has said why there is none: it is asked again then, and nobody waits for that. */
  readonly answered: Promise<void>;
  readonly #ports: AdminAuthorityPorts;
  readonly #timers = new Set<Cancel>();
  #client: AdminClientIdentity | undefined;
  #ca: IssuingCa | undefined;
  #retryMs = RETRY_MS;
  #closed = false;

  constructor(ports: AdminAuthorityPorts) {
    this.#ports = ports;
    this.answered = new Promise((resolve) => void this.#first(resolve));
  }

  /** The CA; the same object as long as it stays the same. Undefined until ca-service has answered. */
  get ca(): IssuingCa | undefined {
    return this.#ca;
  }

  /** This server's certificate. Throws `bus/unavailable` while there is none yet. */
  get client(): AdminClientIdentity {
    if (this.#client === undefined) throw new MeshError('bus/unavailable', 'ca-service has not signed a certificate for calls of Envoy yet: try again in a moment');
    return this.#client;
  }

  /** The CA's secret was written. */
  secretChanged(): void {
    for (const wait of LOOKS_AFTER_CHANGE_MS) this.#after(wait, () => void this.#renewed());
  }

  stop(): void {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
  }

  async #first(answered: () => void): Promise<void> {
    for (let error = await this.#renewed(); error !== undefined; error = await this.#renewed()) {
      if (!AWAY.has(error.code)) answered();
      const wait = this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_CAP_MS);
      await new Promise<void>((resolve) => this.#after(wait, resolve));
    }
    answered();
    this.#check();
  }

  #check(): void {
    this.#after(CHECK_MS, () => {
      this.#check();
      if (this.#ports.clock.now() >= this.client.notAfter - RENEW_BEFORE_MS) void this.#renewed();
    });
  }

  /** Undefined where it worked. */
  async #renewed(): Promise<MeshError | undefined> {
    try {
      await this.#renew();
      return undefined;
    } catch (caught) {
      const error = MeshError.from(caught);
      this.#ports.log[AWAY.has(error.code) ? 'debug' : 'warn']({ error: error.message }, 'there is no certificate for calls of Envoy yet, ca-service is asked again');
      return error;
    }
  }

  async #renew(): Promise<void> {
    const { keyPem, csrPem } = await makeKeyWithRequest();
    const { certificatePem, caPem, notAfter } = await ask(this.#ports.bus, REQUESTS.signServer, { csrPem, dnsNames: [], ipAddresses: [], purpose: 'envoy-admin-client' });
    this.#client = { certificatePem, keyPem, caPem, notAfter };
    const generation = adminGeneration(caPem);
    if (this.#ca?.generation === generation) return;
    const known = this.#ca !== undefined;
    this.#ca = { backend: ADMIN_CA_SECRET, generation, caPem: [caPem] };
    if (known) this.#ports.log.info({}, 'the CA of Envoy admin channels has changed: proxies get new certificates');
    this.#ports.onChange();
  }

  #after(ms: number, then: () => void): void {
    const cancel = this.#ports.clock.after(ms, () => {
      this.#timers.delete(cancel);
      if (!this.#closed) then();
    });
    this.#timers.add(cancel);
  }
}

/** A number for a CA that every replica and every later process gives to it as well. */
export function adminGeneration(caPem: string): number {
  return Number.parseInt(contentHash(caPem).slice(0, 7), 16);
}
