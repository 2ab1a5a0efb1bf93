import { equalData, MeshError, type Clock } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import type { Change, MeshSpec, Resource } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import { publishBundle, type MeshAuthorityPorts } from '../mesh-authority.ts';
import { untilDone } from '../retry.ts';
import { identitySecrets } from './identity-material.ts';
import { identityConditions, writeConditions } from './identity-status.ts';
import { ensureMeshTrust } from './identity-trust.ts';
import { obtainIdentityCa, type IdentityCa, type Unmet } from './obtain-identity.ts';

/** An identity's CA that peers have been told of. */
export interface IdentityAuthority extends IdentityCa {
  /** Name of its TrustBundle. */
  readonly backend: string;
  readonly generation: number;
}

interface Entry {
  readonly identity: MeshIdentity;
  readonly authority: Promise<IdentityAuthority>;
}

/** What the identities' CAs need. */
export interface IdentityPorts extends MeshAuthorityPorts {
  readonly clock: Clock;
  readonly zone: string;
}

/** A CA that replaces another is trusted everywhere before it signs: at least this long. */
const TRUST_BEFORE_USE_MS = 3_000;

/** Name of the TrustBundle by which xds-servers know the generation of an identity's CA. */
export function identityBundleName(identity: string): string {
  return `identity.${identity}`;
}

/** The CAs of all MeshIdentities: brought in line with each change that concerns them, with MeshTrust and status. */
export class IdentityAuthorities {
  readonly #ports: IdentityPorts;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  /** What the log last told of each identity. */
  readonly #announced = new Map<string, string>();
  #closed = false;

  constructor(ports: IdentityPorts, log: Logger) {
    this.#ports = ports;
    this.#log = log;
  }

  /** Takes a change of the feed; others than of identities and of what they depend on do nothing. */
  apply(change: Change): void {
    const key = change.op === 'put' ? change.resource : change.key;
    switch (key.type) {
      case 'MeshIdentity': return change.op === 'put' ? this.#identityChanged(change.resource as MeshIdentity) : this.#forget(key);
      case 'Mesh': return this.#reload(({ mesh }) => mesh === key.name);
      case 'MeshTrust': return this.#reload(({ mesh, name }) => mesh === key.mesh && name === key.name);
      case 'Secret': return this.#reload((identity) => identity.mesh === key.mesh && identitySecrets(identity).includes(key.name));
    }
  }

  /** Forgets every identity that is not among these resources: the feed started again from a snapshot. */
  retain(resources: readonly Resource[]): void {
    const kept = new Set(resources.filter(({ type }) => type === 'MeshIdentity').map(idOf));
    for (const id of this.#entries.keys()) if (!kept.has(id)) this.#entries.delete(id);
  }

  /** The CA of an identity, once there is one. Throws `ca/invalid` with the condition that is in the way. */
  async of(mesh: string, name: string): Promise<IdentityAuthority> {
    const key = { type: 'MeshIdentity', mesh, name };
    if (!this.#entries.has(idOf(key))) {
      const stored = await this.#ports.store.read(key);
      if (stored !== undefined) this.#identityChanged(stored as MeshIdentity);
    }
    const entry = this.#entries.get(idOf(key));
    if (entry === undefined) throw new MeshError('ca/invalid', `there is no MeshIdentity "${name}" in mesh "${mesh}"`);
    return entry.authority;
  }

  close(): void {
    this.#closed = true;
  }

  #identityChanged(identity: MeshIdentity): void {
    const known = this.#entries.get(idOf(identity))?.identity;
    // A status that was just written is no reason to look again.
    if (known?.creationTime === identity.creationTime && equalData([known.spec, known.labels], [identity.spec, identity.labels]) && !hasHiddenKey(identity)) return;
    this.#load(identity);
  }

  /** The Secrets and the MeshTrust stay: certificates that are in use need them. */
  #forget({ mesh, name }: { readonly mesh: string; readonly name: string }): void {
    this.#entries.delete(idOf({ mesh, name }));
    const key = { type: 'TrustBundle', mesh, name: identityBundleName(name) };
    const { clock, store } = this.#ports;
    const gone = async (): Promise<true | undefined> => ((await store.read(key)) === undefined || (await store.writeUnderLease([{ op: 'delete', key }])) !== undefined ? true : undefined);
    const isClosed = (): boolean => this.#closed || this.#entries.has(idOf({ mesh, name }));
    untilDone(gone, { clock, isClosed, onRetry: () => undefined }).catch((caught: unknown) => this.#log.debug({ mesh, identity: name, error: String(caught) }, 'the bundle of an identity that was deleted stays'));
  }

  #reload(concerned: (identity: MeshIdentity) => boolean): void {
    for (const { identity } of [...this.#entries.values()]) if (concerned(identity)) this.#load(identity);
  }

  #load(identity: MeshIdentity): void {
    const id = idOf(identity);
    const entry: Entry = {
      identity,
      authority: untilDone(() => this.#bringInLine(identity), {
        clock: this.#ports.clock,
        isClosed: () => this.#closed || this.#entries.get(id) !== entry,
        onRetry: (error, attempt) => {
          if (attempt % 5 === 0) this.#log.warn({ mesh: identity.mesh, identity: identity.name, error: error.message }, 'the CA of the identity is not ready yet; trying again');
        },
      }),
    };
    this.#entries.set(id, entry);
    entry.authority.then(() => this.#announce(identity, 'ready'), (caught: unknown) => {
      if (!this.#closed && this.#entries.get(id) === entry) this.#announce(identity, MeshError.from(caught).message);
    });
  }

  #announce(identity: MeshIdentity, news: string): void {
    if (this.#announced.get(idOf(identity)) === news) return;
    this.#announced.set(idOf(identity), news);
    const facts = { mesh: identity.mesh, identity: identity.name };
    if (news === 'ready') this.#log.info(facts, 'the CA of the identity is ready');
    else this.#log.warn({ ...facts, reason: news }, 'the identity cannot be used; its proxies keep the certificates that they have');
  }

  /** One round from what is stored now; undefined where it must be tried again. */
  async #bringInLine({ mesh, name }: MeshIdentity): Promise<IdentityAuthority | undefined> {
    const { clock, store, zone } = this.#ports;
    const [identity, owner] = (await Promise.all([store.read({ type: 'MeshIdentity', mesh, name }), store.read({ type: 'Mesh', mesh: '', name: mesh })])) as [MeshIdentity | undefined, Resource<MeshSpec> | undefined];
    if (identity === undefined || owner === undefined) throw new MeshError('ca/invalid', `there is no MeshIdentity "${name}" in mesh "${mesh}"`);
    const ca = await obtainIdentityCa(identity, { ...this.#ports, mesh: owner.spec, zone });
    if (ca === undefined) return undefined;
    if (!ca.ok) return this.#refuse(identity, ca.error);
    if (identity.spec.provider.bundled?.meshTrustCreation !== 'Disabled') {
      const trust = await ensureMeshTrust(identity, ca.value, store);
      if (trust === undefined) return undefined;
      if (!trust.ok) return this.#refuse(identity, trust.error);
      // Leaves of the new CA follow at once, so whoever checks them must know it by then.
      if (trust.value === 'extended') await new Promise<void>((resolve) => void clock.after(TRUST_BEFORE_USE_MS, resolve));
    }
    const backend = identityBundleName(name);
    const generation = await publishBundle({ mesh, backend, caPem: [...ca.value.authority.bundlePem] }, store);
    if (generation === undefined) return undefined;
    const written = await writeConditions(identity, identityConditions(identity, undefined), store);
    return written === undefined ? undefined : { ...ca.value, backend, generation };
  }

  async #refuse(identity: MeshIdentity, unmet: Unmet): Promise<undefined> {
    const written = await writeConditions(identity, identityConditions(identity, unmet), this.#ports.store);
    if (written === undefined) return undefined;
    throw new MeshError('ca/invalid', unmet.message);
  }
}

/** An inline key is not part of the resource on the feed, so such an identity is read again at each change. */
function hasHiddenKey({ spec }: MeshIdentity): boolean {
  return spec.provider.bundled?.ca?.privateKey?.type === 'InsecureInline';
}

function idOf({ mesh, name }: { readonly mesh: string; readonly name: string }): string {
  return `${mesh}/${name}`;
}
