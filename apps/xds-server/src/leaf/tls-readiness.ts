import { BUCKETS, parseBucketKey, type BucketEntry, type Bus, type Subscription } from '@weft/bus';
import type { Cancel, Clock } from '@weft/kernel';
import type { FeedView } from '../config/feed-view.ts';

/** What {@link TlsReadiness} needs. */
export interface TlsReadinessPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly feed: FeedView;
  /** A service has become ready, or is so no longer. */
  readonly onChange: (mesh: string, service: string, ready: boolean) => void;
}

/** Changes that come together are judged together. */
const SETTLE_MS = 200;

/**
 * Which services of PERMISSIVE meshes can be dialled with TLS: those of which every proxy holds a certificate of the
 * mesh's CA. Known from the observed state of all xds-servers. Meshes without mTLS or with STRICT cost nothing.
 */
export class TlsReadiness {
  readonly #ports: TlsReadinessPorts;
  /** `mesh/proxy` to the backend that issued its certificate. */
  readonly #issued = new Map<string, string>();
  /** `mesh` to its services that are ready. */
  readonly #ready = new Map<string, ReadonlySet<string>>();
  /** `mesh` to the backend that certificates had to come from when it was judged; none: was not PERMISSIVE. */
  readonly #judgedFor = new Map<string, string | undefined>();
  readonly #dirty = new Set<string>();
  #timer: Cancel | undefined;
  #subscription: Subscription | undefined;

  constructor(ports: TlsReadinessPorts) {
    this.#ports = ports;
  }

  /** Done when all that is known of certificates was read. */
  async start(): Promise<void> {
    const bucket = await this.#ports.bus.bucket(BUCKETS.observed.name);
    await new Promise<void>((ready, reject) => {
      bucket.watch((entry) => this.#observe(entry), ready).then((subscription) => (this.#subscription = subscription), reject);
    });
  }

  /**
   * Dataplanes or the Mesh itself changed. A mesh that becomes PERMISSIVE is judged at once: until that is done its
   * callers would go back to plaintext. So call this before the engine sees the change.
   */
  meshChanged(mesh: string): void {
    if (this.#judgedFor.get(mesh) !== this.#permissiveBackend(mesh)) {
      this.#judge(mesh);
      return;
    }
    this.#dirty.add(mesh);
    this.#timer ??= this.#ports.clock.after(SETTLE_MS, () => {
      this.#timer = undefined;
      for (const one of [...this.#dirty]) this.#judge(one);
      this.#dirty.clear();
    });
  }

  async stop(): Promise<void> {
    this.#timer?.();
    await this.#subscription?.close();
  }

  #observe({ key, value }: BucketEntry): void {
    const [, mesh = '', proxy = ''] = parseBucketKey(key);
    const backend = (value as { readonly mTLS?: { readonly issuedBackend?: string } } | undefined)?.mTLS?.issuedBackend;
    const id = `${mesh}/${proxy}`;
    if (this.#issued.get(id) === backend) return;
    if (backend === undefined) this.#issued.delete(id);
    else this.#issued.set(id, backend);
    this.meshChanged(mesh);
  }

  #judge(mesh: string): void {
    const backend = this.#permissiveBackend(mesh);
    const now = backend === undefined ? new Set<string>() : this.#readyServices(mesh, backend);
    const before = this.#ready.get(mesh) ?? new Set();
    this.#judgedFor.set(mesh, backend);
    this.#ready.set(mesh, now);
    for (const service of now) if (!before.has(service)) this.#ports.onChange(mesh, service, true);
    for (const service of before) if (!now.has(service)) this.#ports.onChange(mesh, service, false);
  }

  /** The backend of a PERMISSIVE mesh; undefined for all other meshes. */
  #permissiveBackend(mesh: string): string | undefined {
    const mtls = this.#ports.feed.mesh(mesh)?.spec.mtls;
    return mtls?.backends?.find(({ name, mode }) => name === mtls.enabledBackend && mode === 'PERMISSIVE')?.name;
  }

  #readyServices(mesh: string, backend: string): ReadonlySet<string> {
    const all = new Set<string>();
    const waiting = new Set<string>();
    for (const { name, spec } of this.#ports.feed.dataplanes(mesh)) {
      for (const { tags } of spec.networking?.inbound ?? []) {
        const service = tags?.['kuma.io/service'];
        if (service === undefined) continue;
        all.add(service);
        if (this.#issued.get(`${mesh}/${name}`) !== backend) waiting.add(service);
      }
    }
    return new Set([...all].filter((service) => !waiting.has(service)));
  }
}
