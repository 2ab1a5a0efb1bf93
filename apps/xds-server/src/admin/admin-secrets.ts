import { buildIdentitySecret, encodeResource } from '@weft/envoy-builders';
import { MeshError, type Clock } from '@weft/kernel';
import type { ProxyKey, SecretRef } from '@weft/proxy-view';
import type { SharedResource } from '@weft/xds-core';
import type { IssuingCa } from '../config/feed-view.ts';
import type { IssuedLeaf } from '../leaf/leaf-issuer.ts';
import { formatLeafVersion, identityHash, parseLeafVersion, rotationDue, type LeafVersion } from '../leaf/leaf-version.ts';
import { ADMIN_CA_SECRET } from './admin-authority.ts';
import type { AdminRef } from './issue-admin-certificate.ts';

/** What the clients of an admin listener must chain to. */
export type AdminClientsRef = Extract<SecretRef, { kind: 'admin-clients' }>;

/** What {@link AdminSecrets} needs from around it. */
export interface AdminSecretPorts {
  readonly clock: Clock;
  readonly issue: (ref: AdminRef) => Promise<IssuedLeaf>;
  /** The CA of admin channels; undefined until it is known. */
  readonly ca: () => IssuingCa | undefined;
  readonly clients: (ref: AdminClientsRef) => SharedResource | undefined;
}

/** By name: the version that the proxy says it holds; undefined where it only asks. */
type Held = ReadonlyMap<string, string | undefined>;

/** Envoy takes a secret in milliseconds. */
const TAKE_MS = 3_000;

/**
 * The secrets of one proxy's admin listener: both or none. Nothing is made or sent until {@link open} says that somebody looks into the
 * Envoy, and nothing is replaced until the next look; what a proxy holds from an earlier look is left with it.
 */
export class AdminSecrets {
  readonly #proxy: ProxyKey;
  readonly #ports: AdminSecretPorts;
  #ref: AdminRef | undefined;
  #clients: AdminClientsRef | undefined;
  #certificate: SharedResource | undefined;
  #version: LeafVersion | undefined;
  /** Of the certificate that Envoy is known to hold. */
  #taken: string | undefined;
  #issuing: Promise<void> | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(proxy: ProxyKey, ports: AdminSecretPorts) {
    this.#proxy = proxy;
    this.#ports = ports;
  }

  /** The secrets that the config refers to now. */
  update(refs: readonly SecretRef[]): void {
    this.#clients = refs.find((ref) => ref.kind === 'admin-clients');
    const ref = refs.find((one) => one.kind === 'admin');
    if (ref === undefined || (this.#certificate !== undefined && ref.name !== this.#certificate.name)) this.#forget();
    this.#ref = ref;
  }

  /** What Envoy is to have. A certificate that is held only has an empty body. */
  get resources(): readonly SharedResource[] {
    const clients = this.#certificate && this.#clients && this.#ports.clients(this.#clients);
    return this.#certificate === undefined || clients === undefined ? [] : [this.#certificate, clients];
  }

  /** A stream of an Envoy begins that holds nothing. */
  begin(): void {
    this.#taken = undefined;
    if (this.#certificate?.body.length === 0) this.#forget();
  }

  /** Accepts the certificate that the proxy says it holds from before a restart, if it is still right and not due. */
  adopt(held: Held): void {
    const ref = this.#ref;
    if (ref === undefined || !held.has(ref.name)) return;
    const version = held.get(ref.name);
    if (this.#certificate?.version !== version && this.#certificate?.body.length === 0) this.#forget();
    const adopted = this.#certificate === undefined ? this.#adoptable(version) : undefined;
    if (version === undefined) return;
    if (adopted !== undefined) {
      this.#certificate = { type: 'sds', name: ref.name, version, body: new Uint8Array() };
      this.#version = adopted;
    }
    if (this.#certificate?.version === version) this.#taken = version;
  }

  /** Whether what the proxy says it holds is just what it is to have, once {@link adopt} has taken it in. */
  wouldKeep(held: Held): boolean {
    const [ref, clients] = [this.#ref, this.#clients];
    if (ref === undefined || clients === undefined) return true;
    const [certificate, ca] = [held.get(ref.name), held.get(clients.name)];
    if (certificate === undefined && ca === undefined) return this.#certificate === undefined;
    const kept = this.#certificate === undefined ? this.#adoptable(certificate) !== undefined : this.#certificate.version === certificate;
    return kept && ca === this.#ports.clients(clients)?.version;
  }

  /** Makes the certificate, unless there is a good one. Throws what the signer throws where there is none at all. */
  async open(): Promise<void> {
    const ref = this.#ref;
    if (ref === undefined || (this.#version !== undefined && this.#fits(ref, this.#version))) return;
    this.#issuing ??= this.#issue(ref).finally(() => (this.#issuing = undefined));
    await this.#issuing;
  }

  /** A name that Envoy asks for again, and that cannot be sent again, is made anew. */
  async replaceHeld(): Promise<void> {
    const ref = this.#ref;
    if (ref === undefined || this.#certificate?.body.length !== 0) return;
    this.#issuing ??= this.#issue(ref).finally(() => (this.#issuing = undefined));
    await this.#issuing;
  }

  /** Envoy acknowledged these. */
  taken(resources: readonly SharedResource[]): void {
    if (this.#certificate === undefined || !resources.includes(this.#certificate)) return;
    this.#taken = this.#certificate.version;
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  /** Resolves once Envoy holds the certificate, at once where there is none to hold. Throws `proxy/unreachable` after a while. */
  async whenTaken(): Promise<void> {
    if (this.#certificate === undefined || this.#taken === this.#certificate.version) return;
    await new Promise<void>((resolve, reject) => {
      const resume = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#ports.clock.after(TAKE_MS, () => {
        this.#waiting.delete(resume);
        reject(new MeshError('proxy/unreachable', `Envoy has not taken the certificate of its admin listener within ${TAKE_MS / 1000} s`));
      });
      this.#waiting.add(resume);
    });
  }

  async #issue(ref: AdminRef): Promise<void> {
    const hadOne = this.#certificate !== undefined;
    const issued = await this.#ports.issue(ref).catch((caught: unknown) => {
      // The one that it has may still serve.
      if (!hadOne) throw caught;
      return undefined;
    });
    if (issued === undefined || this.#ref?.name !== ref.name) return;
    const { signed, keyPem } = issued;
    this.#version = { identity: this.#identity(ref), serial: signed.serial, notBefore: signed.notBefore, notAfter: signed.notAfter, issuerGeneration: signed.issuerGeneration };
    const secret = buildIdentitySecret(ref.name, { certificateChainPem: signed.certificatePem, privateKeyPem: keyPem.reveal() });
    this.#certificate = { type: 'sds', name: ref.name, version: formatLeafVersion(this.#version), body: encodeResource(secret) };
  }

  #adoptable(version: string | undefined): LeafVersion | undefined {
    const parsed = version === undefined ? undefined : parseLeafVersion(version);
    return parsed !== undefined && this.#ref !== undefined && this.#fits(this.#ref, parsed) ? parsed : undefined;
  }

  #fits(ref: AdminRef, version: LeafVersion): boolean {
    const ca = this.#ports.ca();
    return ca !== undefined && version.issuerGeneration === ca.generation && version.identity === this.#identity(ref) && rotationDue(version) > this.#ports.clock.now();
  }

  #identity(ref: AdminRef): string {
    return identityHash(this.#proxy, ref, ADMIN_CA_SECRET);
  }

  #forget(): void {
    this.#certificate = undefined;
    this.#version = undefined;
    this.#taken = undefined;
  }
}
