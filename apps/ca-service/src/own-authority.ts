import { createAuthority, loadAuthority, parsePem, type Authority, type CertificateCrypto } from '@weft/ca-core';
import { MeshError, type Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';
import { untilDone } from './retry.ts';
import type { StoreClient } from './store-client.ts';

/** The CAs that belong to the control plane itself: GlobalSecret name (as in Kuma 2.14) and common name. */
export const OWN_AUTHORITIES = {
  /** Certificates of the control plane's listeners. */
  'inter-cp-ca': 'Weft Control Plane CA',
  /** Envoy's admin channel: server certificates of proxies, client certificates of the control plane. */
  'envoy-admin-ca': 'Envoy Admin CA',
} as const;

const TEN_YEARS_MS = 3650 * 86_400_000;

/** What an own CA needs. */
export interface OwnAuthorityPorts {
  readonly store: StoreClient;
  readonly crypto: CertificateCrypto;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isClosed: () => boolean;
}

/** One CA of the control plane (EC P-256): read at first use, made once for all replicas, then kept. */
export class OwnAuthority {
  readonly #name: keyof typeof OWN_AUTHORITIES;
  readonly #ports: OwnAuthorityPorts;
  #authority: Promise<Authority> | undefined;

  constructor(name: keyof typeof OWN_AUTHORITIES, ports: OwnAuthorityPorts) {
    this.#name = name;
    this.#ports = ports;
  }

  /** The CA; waits for the store. */
  get(): Promise<Authority> {
    this.#authority ??= this.#obtain().catch((error: unknown) => {
      this.#authority = undefined;
      throw error;
    });
    return this.#authority;
  }

  /** Reads it again at the next use. */
  forget(): void {
    this.#authority = undefined;
  }

  async #obtain(): Promise<Authority> {
    const { clock, crypto, isClosed, log } = this.#ports;
    const pem = await untilDone(async () => (await this.#read()) ?? (await this.#create()), {
      clock, isClosed,
      onRetry: (error, attempt) => {
        if (attempt % 5 === 0) log.warn({ error: error.message, secret: this.#name }, 'waiting for the store to read the CA of the control plane');
      },
    });
    const blocks = parsePem(pem);
    if (!blocks.some(({ label }) => label === 'CERTIFICATE')) throw new MeshError('ca/invalid', `GlobalSecret ${this.#name} must hold a certificate and its key in PEM: delete it to have a new one made`);
    const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/.exec(pem)?.[0] ?? '';
    return loadAuthority(pem.replace(key, ''), key, { what: `GlobalSecret ${this.#name}` }, crypto);
  }

  #read(): Promise<string | undefined> {
    return this.#ports.store.readSecretText({ type: 'GlobalSecret', mesh: '', name: this.#name });
  }

  async #create(): Promise<string | undefined> {
    const { clock, crypto, store, log } = this.#ports;
    const made = await createAuthority({ commonName: OWN_AUTHORITIES[this.#name] }, { key: { type: 'ec', curve: 'P-256' }, now: clock.now(), lifetimeMs: TEN_YEARS_MS }, crypto);
    const pem = made.certificatePem + made.privateKeyPem.reveal();
    const data = Buffer.from(pem, 'utf8').toString('base64');
    const written = await store.writeUnderLease([{ op: 'put', type: 'GlobalSecret', mesh: '', name: this.#name, labels: {}, spec: { data }, expectVersion: 'absent' }]);
    if (written === undefined) return undefined;
    log.info({ secret: this.#name }, 'made a CA of the control plane');
    return pem;
  }
}
