import type { Cancel, Clock } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import type { SharedResource } from '@weft/xds-core';
import { buildIdentitySecret, encodeResource } from '@weft/envoy-builders';
import type { IssuingCa } from '../config/feed-view.ts';
import type { IssuedLeaf, LeafRef } from './leaf-issuer.ts';
import { formatLeafVersion, identityHash, parseLeafVersion, rotationDue, type LeafVersion } from './leaf-version.ts';

/** Timers of Node take 32 bits; longer waits are made of several. */
const LONGEST_WAIT_MS = 12 * 3_600_000;
const RETRY_MS = 1_000;
const RETRY_CAP_MS = 30_000;

/** What a slot needs from around it. */
export interface SlotPorts {
  readonly clock: Clock;
  readonly issue: (ref: LeafRef) => Promise<IssuedLeaf>;
  /** 0 to 1, so that leaves that were issued together are not rotated together. */
  readonly random: () => number;
  readonly trust: () => IssuingCa | undefined;
  /** The slot has a new resource. */
  readonly onChange: (name: string) => void;
  readonly onFailure: (ref: LeafRef, caught: unknown) => void;
}

/** What the insight says of a leaf. */
export interface LeafFacts {
  readonly notAfter: number;
  readonly issuedAt: number | undefined;
  readonly issued: number;
  readonly backend: string;
}

/**
 * The leaf certificate of one proxy under one secret name: issued when it is needed, replaced at four fifths of its
 * life, or when the identity or the issuing CA changes; the old one serves until the new one is there.
 */
export class IdentitySlot {
  resource: SharedResource | undefined;
  facts: LeafFacts | undefined;
  readonly #proxy: ProxyKey;
  readonly #ports: SlotPorts;
  #ref: LeafRef;
  #version: LeafVersion | undefined;
  #issuing = false;
  /** The identity or issuer changed while a leaf was being issued. */
  #again = false;
  #generationTried: number | undefined;
  #cancel: Cancel | undefined;
  #retryMs = RETRY_MS;
  #closed = false;

  constructor(proxy: ProxyKey, ref: LeafRef, ports: SlotPorts) {
    this.#proxy = proxy;
    this.#ref = ref;
    this.#ports = ports;
  }

  /** True where the proxy holds the leaf and the server has no key to send it again. */
  get heldOnly(): boolean {
    return this.resource?.body.length === 0;
  }

  /** Takes a changed identity in; a leaf for the former one is replaced. */
  update(ref: LeafRef): void {
    // Nearly every update of a config leaves its secrets alone, and hashing is what costs here.
    if (ref === this.#ref) return;
    const changed = this.#hash(ref) !== this.#hash(this.#ref);
    this.#ref = ref;
    if (changed && (this.resource !== undefined || this.#issuing)) this.issue();
  }

  /** Accepts the certificate that a proxy says it holds from before a restart, if it is still right and not due. */
  adopt(heldVersion: string): boolean {
    const held = this.#adoptable(heldVersion);
    const trust = this.#ports.trust();
    if (held === undefined || trust === undefined) return false;
    this.resource = { type: 'sds', name: this.#ref.name, version: heldVersion, body: new Uint8Array() };
    this.facts = { notAfter: held.notAfter, issuedAt: undefined, issued: 0, backend: issuerOf(this.#ref, trust.backend) };
    this.#version = held;
    this.#generationTried = held.issuerGeneration;
    this.#planRotation(held);
    return true;
  }

  /** Whether the proxy may keep what it says it holds: it is what the slot has, or the slot would adopt it. */
  wouldKeep(heldVersion: string): boolean {
    return this.resource?.version === heldVersion || this.#adoptable(heldVersion) !== undefined;
  }

  #adoptable(heldVersion: string): LeafVersion | undefined {
    const held = parseLeafVersion(heldVersion);
    const trust = this.#ports.trust();
    if (held === undefined || trust === undefined || this.resource !== undefined || this.#issuing) return undefined;
    return held.identity !== this.#hash(this.#ref) || held.issuerGeneration !== trust.generation || rotationDue(held) <= this.#ports.clock.now() ? undefined : held;
  }

  /** The proxy turns out not to hold what was adopted (it is a new Envoy): there is no leaf then. */
  forgetHeld(): void {
    if (!this.heldOnly) return;
    this.#cancel?.();
    this.resource = undefined;
    this.#version = undefined;
  }

  /** Has a leaf issued if there is none and none is under way. */
  ensure(): void {
    if (this.resource === undefined && !this.#issuing) this.issue();
  }

  /** The mesh's CA may have changed: a leaf of another issuer is replaced (once per generation, whatever the signer says). */
  checkIssuer(): void {
    const trust = this.#ports.trust();
    if (trust === undefined || this.#version === undefined) return;
    const sameIdentity = this.#version.identity === this.#hash(this.#ref);
    if (sameIdentity && (this.#version.issuerGeneration === trust.generation || this.#generationTried === trust.generation)) return;
    this.#generationTried = trust.generation;
    this.issue();
  }

  /** Has a new leaf issued; the present one stays until it is there. */
  issue(): void {
    if (this.#closed) return;
    if (this.#issuing) {
      this.#again = true;
      return;
    }
    this.#issuing = true;
    this.#again = false;
    this.#cancel?.();
    const ref = this.#ref;
    this.#ports.issue(ref).then((leaf) => this.#take(ref, leaf), (caught: unknown) => this.#fail(caught));
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #take(ref: LeafRef, { signed, keyPem }: IssuedLeaf): void {
    this.#issuing = false;
    this.#retryMs = RETRY_MS;
    if (this.#closed) return;
    const version: LeafVersion = { identity: identityHash(this.#proxy, ref, signed.backend), serial: signed.serial, notBefore: signed.notBefore, notAfter: signed.notAfter, issuerGeneration: signed.issuerGeneration };
    const secret = buildIdentitySecret(ref.name, { certificateChainPem: signed.certificatePem, privateKeyPem: keyPem.reveal() });
    this.resource = { type: 'sds', name: ref.name, version: formatLeafVersion(version), body: encodeResource(secret) };
    this.facts = { notAfter: signed.notAfter, issuedAt: this.#ports.clock.now(), issued: (this.facts?.issued ?? 0) + 1, backend: issuerOf(ref, signed.backend) };
    this.#version = version;
    this.#generationTried ??= signed.issuerGeneration;
    this.#planRotation(version);
    this.#ports.onChange(ref.name);
    if (this.#again) this.issue();
    else this.checkIssuer();
  }

  #fail(caught: unknown): void {
    this.#issuing = false;
    if (this.#closed) return;
    this.#ports.onFailure(this.#ref, caught);
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(this.#retryMs, () => this.issue());
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_CAP_MS);
  }

  #planRotation(version: LeafVersion): void {
    const life = version.notAfter - version.notBefore;
    const due = rotationDue(version) - this.#ports.random() * life * 0.05;
    this.#wait(due);
  }

  #wait(due: number): void {
    this.#cancel?.();
    const left = due - this.#ports.clock.now();
    this.#cancel = this.#ports.clock.after(Math.min(Math.max(left, 0), LONGEST_WAIT_MS), () => {
      if (left > LONGEST_WAIT_MS) this.#wait(due);
      else this.issue();
    });
  }

  #hash(ref: LeafRef): string {
    return identityHash(this.#proxy, ref, this.#ports.trust()?.backend ?? '');
  }
}

/** As the insight names the issuer: the KRI of the MeshIdentity, which its secret is named by, or the mTLS backend. */
function issuerOf(ref: LeafRef, backend: string): string {
  return ref.kind === 'workload' ? ref.name : backend;
}
