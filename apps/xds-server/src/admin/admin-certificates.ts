import { ask, REQUESTS, type Requests } from '@weft/bus';
import { contentHash, type Cancel, type Clock } from '@weft/kernel';
import { makeKeyWithRequest } from '../leaf/certificate-request.ts';
import type { IssuedLeaf } from '../leaf/leaf-issuer.ts';
import type { IdentityRef } from '../leaf/leaf-version.ts';
import { ADMIN_CA_SECRET, adminGeneration } from './admin-authority.ts';
import { proxyIdentity } from './proxy-identity.ts';

/** A certificate that an admin listener of a proxy is to have. */
export type AdminRef = Extract<IdentityRef, { kind: 'admin' }>;

/** After each certificate, this many times as long as it took is left to everything else. */
const REST = 4;
const LONGEST_REST_MS = 1_000;
const DEADLINE_MS = 15_000;

/**
 * Certificates of admin listeners, made one at a time with rests between them: nobody carries traffic with them, so a
 * cold start of many proxies must not wait for them. A rest grows as the server is busy, because then everything takes longer.
 */
export class AdminCertificates {
  readonly #bus: Requests;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #busy = false;
  #resting: Cancel | undefined;

  constructor(bus: Requests, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** A certificate that names the proxy. Throws what the signer or the bus throws. */
  async issue(ref: AdminRef): Promise<IssuedLeaf> {
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    // Whoever waited was handed the turn.
    this.#busy = true;
    const started = this.#clock.now();
    try {
      return await this.#sign(ref);
    } finally {
      this.#rest((this.#clock.now() - started) * REST);
    }
  }

  /** Nobody who still waits is served. */
  stop(): void {
    this.#resting?.();
  }

  async #sign(ref: AdminRef): Promise<IssuedLeaf> {
    const { keyPem, csrPem } = await makeKeyWithRequest();
    const notBefore = this.#clock.now();
    const identity = proxyIdentity({ type: 'Dataplane', mesh: ref.mesh, name: ref.proxy });
    const { certificatePem, caPem, notAfter } = await ask(this.#bus, REQUESTS.signServer, { csrPem, dnsNames: [identity], ipAddresses: [], purpose: 'envoy-admin-server' }, { deadlineMs: DEADLINE_MS });
    return { keyPem, signed: { certificatePem, serial: contentHash(certificatePem), notBefore, notAfter, backend: ADMIN_CA_SECRET, issuerGeneration: adminGeneration(caPem) } };
  }

  #rest(ms: number): void {
    const next = (): void => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#busy = false;
      else waiting();
    };
    if (ms <= 0) next();
    else this.#resting = this.#clock.after(Math.min(ms, LONGEST_REST_MS), next);
  }
}
