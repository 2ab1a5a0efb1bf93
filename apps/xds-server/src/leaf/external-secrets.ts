import { ask, REQUESTS, type Requests } from '@weft/bus';
import { buildIdentitySecret, buildValidationSecret, encodeResource, type EnvoyResource } from '@weft/envoy-builders';
import { canonicalJson, contentHash, MeshError, Sensitive, type Clock } from '@weft/kernel';
import type { PemSource, SecretRef } from '@weft/proxy-view';
import type { SharedResource } from '@weft/xds-core';

/** A secret for TLS with a server outside the mesh. */
export type ExternalRef = Extract<SecretRef, { kind: 'external-ca' | 'external-certificate' }>;

/** What {@link ExternalSecrets} needs from around it. */
export interface ExternalSecretPorts {
  readonly bus: Requests;
  readonly clock: Clock;
  /** A secret of this mesh is there, or another one is. */
  readonly onChange: () => void;
  /** One cannot be made; it stays as it was, and is tried again once what it is made of changes. */
  readonly onFailure: (ref: ExternalRef, reason: string) => void;
}

interface Entry {
  readonly ref: ExternalRef;
  readonly id: string;
  /** Count of what it was made of: a reading that was overtaken is dropped. */
  turn: number;
  resource: SharedResource | undefined;
}

const RETRY_MS = 2_000;

/** CAs and certificates for servers outside the mesh: read from the store when a proxy needs them, and again when the Secrets change. Shared by all proxies. */
export class ExternalSecrets {
  readonly #ports: ExternalSecretPorts;
  readonly #entries = new Map<string, Entry>();

  constructor(ports: ExternalSecretPorts) {
    this.#ports = ports;
  }

  /** As far as it has been read; otherwise the last one of this name, or undefined. */
  get(ref: ExternalRef): SharedResource | undefined {
    const place = `${ref.mesh} ${ref.name}`;
    const known = this.#entries.get(place);
    const id = canonicalJson(ref);
    if (known?.id === id) return known.resource;
    const entry: Entry = { ref, id, turn: 0, resource: known?.resource };
    this.#entries.set(place, entry);
    void this.#read(entry);
    return entry.resource;
  }

  /** A Secret was written or removed. */
  secretChanged(mesh: string, name: string): void {
    for (const entry of this.#entries.values()) if (entry.ref.mesh === mesh && sourcesOf(entry.ref).some((source) => 'secret' in source && source.secret === name)) void this.#read(entry);
  }

  async #read(entry: Entry): Promise<void> {
    const turn = ++entry.turn;
    const current = (): boolean => entry.turn === turn && this.#entries.get(`${entry.ref.mesh} ${entry.ref.name}`) === entry;
    try {
      const made = share(await this.#make(entry.ref));
      if (!current() || made.version === entry.resource?.version) return;
      entry.resource = made;
      this.#ports.onChange();
    } catch (caught) {
      if (!current()) return;
      const error = MeshError.from(caught);
      this.#ports.onFailure(entry.ref, error.message);
      // What is not there is heard of when it comes.
      if (error.code !== 'store/not-found') this.#ports.clock.after(RETRY_MS, () => current() && void this.#read(entry));
    }
  }

  async #make(ref: ExternalRef): Promise<EnvoyResource> {
    if (ref.kind === 'external-ca') return buildValidationSecret(ref.name, [(await this.#pem(ref.mesh, ref.ca)).reveal()]);
    const [certificate, key] = await Promise.all([this.#pem(ref.mesh, ref.certificate), this.#pem(ref.mesh, ref.key)]);
    return buildIdentitySecret(ref.name, { certificateChainPem: certificate.reveal(), privateKeyPem: key.reveal() });
  }

  async #pem(mesh: string, source: PemSource): Promise<Sensitive<string>> {
    if ('pem' in source) return new Sensitive(source.pem);
    if ('base64' in source) return decoded(source.base64);
    if ('secret' in source) {
      const { data } = await ask(this.#ports.bus, REQUESTS.secretRead, { type: 'Secret', mesh, name: source.secret });
      if (data === null) throw new MeshError('store/not-found', `there is no Secret "${source.secret}" in mesh "${mesh}"`);
      return decoded(data);
    }
    const { type, name } = source.resource;
    const { resource } = await ask(this.#ports.bus, REQUESTS.storeReveal, { type, mesh, name });
    const { inline, inlineString } = (source.path.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], resource?.spec) ?? {}) as { readonly inline?: string; readonly inlineString?: string };
    if (inlineString !== undefined) return new Sensitive(inlineString);
    if (inline === undefined) throw new MeshError('store/not-found', `${type} "${name}" of mesh "${mesh}" has nothing at spec.${source.path.join('.')}`);
    return decoded(inline);
  }
}

function sourcesOf(ref: ExternalRef): readonly PemSource[] {
  return ref.kind === 'external-ca' ? [ref.ca] : [ref.certificate, ref.key];
}

function decoded(base64: string): Sensitive<string> {
  return new Sensitive(Buffer.from(base64, 'base64').toString());
}

function share(resource: EnvoyResource): SharedResource {
  const body = encodeResource(resource);
  return { type: 'sds', name: resource.name, version: contentHash(body), body };
}
