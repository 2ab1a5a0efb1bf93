import { ask, REQUESTS, type Requests, type SignedLeaf } from '@weft/bus';
import type { Sensitive } from '@weft/kernel';
import { makeKeyWithRequest, type LeafKeyType } from '@weft/service-runtime';
import type { IdentityRef } from './leaf-version.ts';

/** A certificate by which a workload is known in its mesh. */
export type LeafRef = Exclude<IdentityRef, { kind: 'admin' }>;

/** A signed leaf with its key. The key goes to one Envoy and nowhere else. */
export interface IssuedLeaf {
  readonly signed: SignedLeaf;
  readonly keyPem: Sensitive<string>;
}

/** So many requests wait for the signer at once; more would only queue up there and time out. */
const CONCURRENT = 32;

/** The signer may be busy with a cold start of many proxies. */
const DEADLINE_MS = 15_000;

/** Makes keys and has them signed by ca-service, a bounded number at a time, in the order asked. */
export class LeafIssuer {
  readonly #bus: Requests;
  readonly #keyType: LeafKeyType;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(bus: Requests, keyType: LeafKeyType) {
    this.#bus = bus;
    this.#keyType = keyType;
  }

  /** A new leaf for an identity. Throws what the signer or the bus throws. */
  async issue(ref: LeafRef): Promise<IssuedLeaf> {
    if (this.#running >= CONCURRENT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      const { keyPem, csrPem } = await makeKeyWithRequest(this.#keyType);
      const signed = ref.kind === 'workload'
        ? await ask(this.#bus, REQUESTS.signWorkload, { mesh: ref.mesh, identity: ref.identity, csrPem, spiffeId: ref.spiffeId }, { deadlineMs: DEADLINE_MS })
        : await ask(this.#bus, REQUESTS.signLeaf, { mesh: ref.mesh, csrPem, services: ref.services, tags: ref.tags }, { deadlineMs: DEADLINE_MS });
      return { signed, keyPem };
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}
