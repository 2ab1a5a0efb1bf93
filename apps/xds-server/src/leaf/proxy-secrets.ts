import { buildTrustBundleSecret, buildValidationSecret, encodeResource, type EnvoyResource } from '@weft/envoy-builders';
import { contentHash } from '@weft/kernel';
import type { ProxyKey, SecretRef } from '@weft/proxy-view';
import type { SharedResource } from '@weft/xds-core';
import type { TrustedDomain } from '@weft/mesh-identity';
import { AdminSecrets } from '../admin/admin-secrets.ts';
import type { AdminRef } from '../admin/issue-admin-certificate.ts';
import type { IssuingCa } from '../config/feed-view.ts';
import type { ExternalRef } from './external-secrets.ts';
import { IdentitySlot, type LeafFacts, type SlotPorts } from './identity-slot.ts';
import type { IssuedLeaf, LeafRef } from './leaf-issuer.ts';
import type { IdentityRef } from './leaf-version.ts';

/** A secret by which peers are checked. */
type ValidationRef = Exclude<SecretRef, IdentityRef | ExternalRef>;

/** Where validation secrets take their content from. */
export interface TrustSource {
  trust(mesh: string): IssuingCa | undefined;
  trustDomains(mesh: string): readonly TrustedDomain[] | undefined;
  /** The CA of those who may call admin listeners. */
  adminCa(): IssuingCa | undefined;
}

/** Validation secrets by name and content, shared by all proxies of a mesh. A mesh has a handful in its life. */
export class ValidationSecrets {
  readonly #source: TrustSource;
  /** `from`: what it was built of; the same object means the same content. */
  readonly #interned = new Map<string, { readonly from: object; readonly resource: SharedResource }>();

  constructor(source: TrustSource) {
    this.#source = source;
  }

  /** Undefined where there is nothing to trust yet. */
  get(ref: ValidationRef): SharedResource | undefined {
    if (ref.kind !== 'trust-bundle') {
      const caPem = (ref.kind === 'ca' ? this.#source.trust(ref.mesh) : this.#source.adminCa())?.caPem;
      return caPem && this.#intern(ref, caPem, () => buildValidationSecret(ref.name, caPem));
    }
    const domains = this.#source.trustDomains(ref.mesh);
    return domains && this.#intern(ref, domains, () => buildTrustBundleSecret(ref.name, domains));
  }

  #intern({ mesh, name }: ValidationRef, from: object, build: () => EnvoyResource): SharedResource {
    const id = `${mesh}/${name}`;
    const known = this.#interned.get(id);
    if (known?.from === from) return known.resource;
    const body = encodeResource(build());
    const version = contentHash(body);
    const resource = known?.resource.version === version ? known.resource : { type: 'sds' as const, name, version, body };
    this.#interned.set(id, { from, resource });
    return resource;
  }
}

/** What the secrets of a proxy need from around them. */
export interface SecretPorts extends Omit<SlotPorts, 'trust' | 'onChange'> {
  readonly issuer: (ref: LeafRef) => IssuingCa | undefined;
  readonly issueAdmin: (ref: AdminRef) => Promise<IssuedLeaf>;
  readonly adminCa: () => IssuingCa | undefined;
  readonly validation: ValidationSecrets;
  /** Secrets for servers outside the mesh; absent: there are none. */
  readonly external?: { get(ref: ExternalRef): SharedResource | undefined };
  /** Secrets changed outside a call of {@link ProxySecrets.update}: a leaf was issued. */
  readonly onChange: (names: ReadonlySet<string>) => void;
}

/** The SDS resources of one proxy, made from the references in its config. */
export class ProxySecrets {
  readonly #key: ProxyKey;
  readonly #ports: SecretPorts;
  readonly #slots = new Map<string, IdentitySlot>();
  readonly #admin: AdminSecrets;
  #refs: readonly SecretRef[] = [];
  #resources: ReadonlyMap<string, SharedResource> = new Map();
  #eager = false;
  /** SotW: a held leaf can only be left alone if everything else that the client holds is right as well. */
  #wholeState = false;
  /** Names that the proxy's stream has asked for, and the versions that it said it holds. */
  readonly #asked = new Map<string, string | undefined>();

  constructor(key: ProxyKey, ports: SecretPorts) {
    this.#key = key;
    this.#ports = ports;
    this.#admin = new AdminSecrets(key, { clock: ports.clock, issue: ports.issueAdmin, ca: ports.adminCa, clients: (ref) => ports.validation.get(ref) });
  }

  /** Replaced, never changed in place, when anything in it changes. A leaf that is held only has an empty body. */
  get resources(): ReadonlyMap<string, SharedResource> {
    return this.#resources;
  }

  /** Of the certificate by which the workload is known in its mesh. */
  get leaf(): LeafFacts | undefined {
    return this.#refs.filter(isLeaf).map(({ name }) => this.#slots.get(name)?.facts).find((facts) => facts !== undefined);
  }

  /**
   * A stream begins. A proxy that comes back with state may hold a good leaf: then nothing is issued until it says
   * which. A fresh one will need a leaf in any case, so it is made while the rest is on its way.
   */
  begin({ resuming, wholeState }: { readonly resuming: boolean; readonly wholeState: boolean }): void {
    this.#asked.clear();
    this.#eager = !resuming;
    this.#wholeState = wholeState;
    if (!this.#eager) return;
    this.#admin.begin();
    for (const slot of this.#slots.values()) {
      slot.forgetHeld();
      slot.ensure();
    }
  }

  /** The stream asks for secrets. `held`: name to version of what it has from an earlier stream. Gives what changed. */
  ask(names: readonly string[], held: ReadonlyMap<string, string>): ReadonlySet<string> {
    for (const name of [...held.keys(), ...names]) this.#asked.set(name, held.get(name));
    for (const name of names) this.#answer(name);
    this.#answerAdmin();
    return this.#refresh();
  }

  /** Somebody looks into the Envoy: its admin listener gets a certificate. Resolves once that is made and handed on; throws what the signer throws. */
  async openAdmin(): Promise<void> {
    await this.#admin.open();
    this.#changed();
  }

  /** The stream's proxy acknowledged these. */
  taken(resources: readonly SharedResource[]): void {
    this.#admin.taken(resources);
  }

  /** Resolves once Envoy holds the certificate of its admin listener. Throws `proxy/unreachable` after a while. */
  whenAdminTaken(): Promise<void> {
    return this.#admin.whenTaken();
  }

  /** A name that cannot be sent again is asked for again: a new leaf must be made. */
  replaceHeld(name: string): boolean {
    if (this.#resources.get(name)?.body.length === 0 && !this.#slots.has(name)) {
      void this.#admin.replaceHeld().then(() => this.#changed());
      return true;
    }
    const slot = this.#slots.get(name);
    if (slot?.heldOnly !== true) return false;
    slot.issue();
    return true;
  }

  /** Takes in what the config refers to now. Gives what changed. */
  update(refs: readonly SecretRef[]): ReadonlySet<string> {
    this.#refs = refs;
    this.#admin.update(refs);
    const wanted = new Set<string>();
    for (const ref of refs) {
      if (!isLeaf(ref)) continue;
      wanted.add(ref.name);
      const slot = this.#slots.get(ref.name);
      if (slot !== undefined) slot.update(ref);
      else this.#slots.set(ref.name, this.#slot(ref));
      if (this.#eager) this.#slots.get(ref.name)?.ensure();
      else if (this.#asked.has(ref.name)) this.#answer(ref.name);
    }
    for (const [name, slot] of this.#slots) {
      if (wanted.has(name)) continue;
      slot.close();
      this.#slots.delete(name);
    }
    this.#answerAdmin();
    return this.#refresh();
  }

  /** The CA of a mesh, or a secret for a server outside, may have changed. Gives what changed at once; new leaves follow. */
  trustChanged(): ReadonlySet<string> {
    for (const slot of this.#slots.values()) slot.checkIssuer();
    return this.#refresh();
  }

  close(): void {
    for (const slot of this.#slots.values()) slot.close();
  }

  #answer(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    const held = this.#asked.get(name);
    if (held !== slot.resource?.version) slot.forgetHeld();
    if (held === undefined || (this.#wholeState && !this.#othersHeld(name)) || !slot.adopt(held)) slot.ensure();
  }

  #answerAdmin(): void {
    if (!this.#wholeState || this.#othersHeld()) this.#admin.adopt(this.#asked);
  }

  /** `leaf`: the one that is asked about, if any. */
  #othersHeld(leaf?: string): boolean {
    const refs = new Map(this.#refs.map((ref) => [ref.name, ref]));
    return this.#admin.wouldKeep(this.#asked) && [...this.#asked].every(([name, version]) => {
      const ref = refs.get(name);
      if (name === leaf || ref?.kind === 'admin' || ref?.kind === 'admin-clients') return true;
      if (ref === undefined || version === undefined) return false;
      return isLeaf(ref) ? this.#slots.get(name)?.wouldKeep(version) === true : version === this.#resourceOf(ref)?.version;
    });
  }

  #slot(ref: LeafRef): IdentitySlot {
    return new IdentitySlot(this.#key, ref, {
      ...this.#ports,
      trust: () => this.#ports.issuer(ref),
      onChange: () => this.#changed(),
    });
  }

  #changed(): void {
    const changed = this.#refresh();
    if (changed.size > 0) this.#ports.onChange(changed);
  }

  #refresh(): ReadonlySet<string> {
    const before = this.#resources;
    const after = new Map<string, SharedResource>();
    for (const ref of this.#refs) {
      const resource = this.#resourceOf(ref);
      if (resource !== undefined) after.set(ref.name, resource);
    }
    for (const resource of this.#admin.resources) after.set(resource.name, resource);
    const changed = new Set<string>();
    for (const name of new Set([...before.keys(), ...after.keys()])) if (before.get(name) !== after.get(name)) changed.add(name);
    if (changed.size > 0) this.#resources = after;
    return changed;
  }

  #resourceOf(ref: SecretRef): SharedResource | undefined {
    if (ref.kind === 'admin' || ref.kind === 'admin-clients') return undefined;
    if (ref.kind === 'external-ca' || ref.kind === 'external-certificate') return this.#ports.external?.get(ref);
    return isLeaf(ref) ? this.#slots.get(ref.name)?.resource : this.#ports.validation.get(ref);
  }
}

/** No traffic flows without it, so it is made before Envoy asks. */
function isLeaf(ref: SecretRef): ref is LeafRef {
  return ref.kind === 'identity' || ref.kind === 'workload';
}
