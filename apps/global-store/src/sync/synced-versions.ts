import { BUCKETS, bucketKey, type Bucket, type Bus, type Subscription, type SyncPeer } from '@weft/bus';
import { canonicalJson, contentHash, type Json } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { isSecretType } from '../admission/secret-content.ts';
import { peerKey } from './peer-resources.ts';

interface KnownVersion {
  readonly version: string;
  /** Of what was stored then: a version that no longer fits what is stored is no version. */
  readonly digest: string;
}

/** A wire name with what is stored under it. */
export interface SyncedResource {
  readonly name: string;
  readonly stored: Resource;
}

/**
 * Which version of a peer's resource is held, beside the resources. It may be lost, or be older or newer than the store
 * (restored from a backup): then the version is unknown, and the resource is sent once more.
 */
export class SyncedVersions {
  readonly #known = new Map<string, KnownVersion>();
  readonly #bucket: Bucket;
  #watch: Subscription | undefined;

  private constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Resolves once what is there was read. */
  static async start(bus: Bus): Promise<SyncedVersions> {
    const versions = new SyncedVersions(await bus.bucket(BUCKETS.syncedVersions.name));
    await new Promise<void>((resolve, reject) => {
      versions.#bucket.watch(({ key, value }) => versions.#take(key, value), resolve).then((watch) => (versions.#watch = watch), reject);
    });
    return versions;
  }

  /** The version of what is stored; empty where it is not known. */
  of(peer: SyncPeer, { name, stored }: SyncedResource): string {
    const known = this.#known.get(keyOf(peer, stored.type, name));
    return known !== undefined && known.digest === digestOf(peer, stored) ? known.version : '';
  }

  /** Notes the version of what was just stored; a bus that is away costs only that it is sent once more. */
  async note(peer: SyncPeer, resource: SyncedResource, version: string): Promise<void> {
    const key = keyOf(peer, resource.stored.type, resource.name);
    const entry: KnownVersion = { version, digest: digestOf(peer, resource.stored) };
    const known = this.#known.get(key);
    if (known?.version === version && known.digest === entry.digest) return;
    this.#known.set(key, entry);
    await this.#bucket.put(key, entry as unknown as Json).catch(() => undefined);
  }

  /** Forgets what is stored no more. */
  async forget(peer: SyncPeer, type: string, name: string): Promise<void> {
    const key = keyOf(peer, type, name);
    if (this.#known.delete(key)) await this.#bucket.delete(key).catch(() => undefined);
  }

  /** Stops watching. */
  async close(): Promise<void> {
    await this.#watch?.close();
  }

  #take(key: string, value: Json | undefined): void {
    if (value === undefined) this.#known.delete(key);
    else this.#known.set(key, value as unknown as KnownVersion);
  }
}

function keyOf(peer: SyncPeer, type: string, name: string): string {
  return bucketKey(peerKey(peer), type, name);
}

/** Statuses of a zone are its own, whatever the global control plane sends; a secret's holds the digest of its content. */
function digestOf(peer: SyncPeer, { type, labels, spec, status }: Resource): string {
  const isSent = peer.side === 'zone' || isSecretType(type);
  return contentHash(canonicalJson({ labels, spec, ...(isSent && status !== undefined && { status }) }));
}
