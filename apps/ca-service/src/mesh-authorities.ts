import { equalData, MeshError, type Clock } from '@weft/kernel';
import type { Change, MeshSpec } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import { secretsOf } from './key-material.ts';
import { enabledBackend, obtainAuthority, type MeshAuthority, type MeshAuthorityPorts, type MeshBackend } from './mesh-authority.ts';
import { untilDone } from './retry.ts';

interface Entry {
  readonly wanted: MeshBackend;
  readonly authority: Promise<MeshAuthority>;
}

/** The CAs of all meshes: made when a mesh enables mTLS, loaded again when what they are read from changes. */
export class MeshAuthorities {
  readonly #ports: MeshAuthorityPorts & { readonly clock: Clock };
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  /** The bundle that the log last told of, by mesh: reading the same CA again is no news. */
  readonly #announced = new Map<string, string>();
  #closed = false;

  constructor(ports: MeshAuthorityPorts, log: Logger) {
    this.#ports = ports;
    this.#log = log;
  }

  /** Takes a change of the feed; others than of meshes and their secrets do nothing. */
  apply(change: Change): void {
    if (change.op === 'envelope') this.#secretChanged(change.key.mesh, change.key.name);
    else if (change.op === 'put' && change.resource.type === 'Mesh') this.#meshChanged(change.resource.name, change.resource.spec as MeshSpec);
    else if (change.op === 'delete' && change.key.type === 'Mesh') this.#entries.delete(change.key.name);
    else if (change.op === 'delete' && change.key.type === 'Secret') this.#secretChanged(change.key.mesh, change.key.name);
  }

  /** Forgets every mesh that is not named: the feed started again from a snapshot. */
  retain(meshes: ReadonlySet<string>): void {
    for (const mesh of this.#entries.keys()) if (!meshes.has(mesh)) this.#entries.delete(mesh);
  }

  /** The CA of a mesh, once there is one. Throws `ca/invalid` where the mesh has no mTLS or its CA cannot be used. */
  async of(mesh: string): Promise<MeshAuthority> {
    if (!this.#entries.has(mesh)) await this.#lookUp(mesh);
    const entry = this.#entries.get(mesh);
    if (entry === undefined) throw new MeshError('ca/invalid', `Mesh ${mesh} has no enabled mTLS backend, so there is no CA to sign with`);
    return entry.authority;
  }

  close(): void {
    this.#closed = true;
  }

  /** A request may arrive before the feed's word of its mesh. */
  async #lookUp(mesh: string): Promise<void> {
    const stored = await this.#ports.store.read({ type: 'Mesh', mesh: '', name: mesh });
    if (stored !== undefined) this.#meshChanged(mesh, stored.spec as MeshSpec);
  }

  #meshChanged(mesh: string, spec: MeshSpec): void {
    const backend = enabledBackend(spec);
    if (backend === undefined) {
      this.#entries.delete(mesh);
      return;
    }
    const wanted: MeshBackend = { mesh, backend, skipValidation: spec.mtls?.skipValidation === true };
    // A provided CA's inline key is not part of the Mesh on the feed, so such a mesh is read again at each change.
    const known = this.#entries.get(mesh);
    if (known !== undefined && backend.type === 'builtin' && equalData(known.wanted, wanted)) return;
    this.#load(wanted);
  }

  #secretChanged(mesh: string, name: string): void {
    const entry = this.#entries.get(mesh);
    if (entry === undefined || !secretsOf(mesh, entry.wanted.backend).includes(name)) return;
    this.#load(entry.wanted);
  }

  #load(wanted: MeshBackend): void {
    const log = this.#log.child({ mesh: wanted.mesh, backend: wanted.backend.name });
    const authority = untilDone(() => obtainAuthority(wanted, this.#ports), {
      clock: this.#ports.clock,
      isClosed: () => this.#closed || this.#entries.get(wanted.mesh)?.wanted !== wanted,
      onRetry: (error, attempt) => {
        if (attempt % 5 === 0) log.warn({ error: error.message }, 'the CA of the mesh is not ready yet; trying again');
      },
    });
    this.#entries.set(wanted.mesh, { wanted, authority });
    authority.then(
      ({ authority: { notAfter, bundlePem }, generation }) => {
        const bundle = bundlePem.join('');
        if (this.#announced.get(wanted.mesh) !== bundle) log.info({ generation, expires: new Date(notAfter).toISOString() }, 'the CA of the mesh is ready');
        this.#announced.set(wanted.mesh, bundle);
      },
      (err: unknown) => {
        const current = !this.#closed && this.#entries.get(wanted.mesh)?.wanted === wanted;
        if (current) log.error({ err }, 'the mesh has no usable CA; its proxies keep the certificates that they have');
      },
    );
  }
}
