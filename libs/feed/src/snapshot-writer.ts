import { MeshError } from '@weft/kernel';
import type { Bucket } from '@weft/bus';
import { messageKey, snapshotKey, toJson, type FeedMessage, type HeadMark, HEAD_KEY } from './feed-message.ts';
import type { FeedPlaces } from './feed-places.ts';

/** How many writes are on their way at once. */
const IN_FLIGHT = 64;

/**
 * Writes snapshot entries and the head mark, each expecting the revision that this writer saw last. So of two relays
 * (one of them paused beyond its lease) at most one goes on: the other gets `store/conflict`.
 */
export class SnapshotWriter {
  readonly #places: FeedPlaces;
  /** Last bucket revision of each key, deleted ones too. */
  readonly #revisions: Map<string, number>;
  readonly #present: Set<string>;
  #headRevision: number;

  private constructor(places: FeedPlaces, seen: { revisions: Map<string, number>; present: Set<string>; headRevision: number }) {
    this.#places = places;
    this.#revisions = seen.revisions;
    this.#present = seen.present;
    this.#headRevision = seen.headRevision;
  }

  /** Reads which revisions are there now. Call it while holding the lease. */
  static async open(places: FeedPlaces): Promise<SnapshotWriter> {
    const heads = await places.heads.entries({ deleted: true });
    const entries = await places.snapshot.entries({ deleted: true });
    return new SnapshotWriter(places, {
      headRevision: heads.find((entry) => entry.key === HEAD_KEY)?.revision ?? 0,
      revisions: new Map(entries.map((entry) => [entry.key, entry.revision])),
      present: new Set(entries.filter((entry) => entry.value !== undefined).map((entry) => entry.key)),
    });
  }

  /** Applies messages; of several for one key only the last is written. */
  async apply(messages: readonly FeedMessage[]): Promise<void> {
    const last = new Map<string, FeedMessage>();
    for (const message of messages) {
      const key = messageKey(message);
      if (key !== undefined) last.set(snapshotKey(key), message);
    }
    await inParallel([...last], ([key, message]) => this.#write(key, message));
  }

  /** Makes the snapshot show exactly these entries. */
  async replaceAll(messages: readonly FeedMessage[]): Promise<void> {
    const wanted = new Set(messages.map(messageKey).filter((key) => key !== undefined).map(snapshotKey));
    await inParallel([...this.#present].filter((key) => !wanted.has(key)), (key) => this.#delete(key));
    await this.apply(messages);
  }

  async mark(head: HeadMark): Promise<void> {
    this.#headRevision = await this.#places.heads.put(HEAD_KEY, toJson(head), this.#headRevision);
  }

  async #write(key: string, message: FeedMessage): Promise<void> {
    if (message.change.op === 'delete') return this.#delete(key);
    this.#revisions.set(key, await this.#bucket.put(key, toJson(message), this.#revisions.get(key) ?? 0));
    this.#present.add(key);
  }

  async #delete(key: string): Promise<void> {
    if (!this.#present.has(key)) return;
    this.#revisions.set(key, await this.#bucket.delete(key, this.#revisions.get(key) ?? 0));
    this.#present.delete(key);
  }

  get #bucket(): Bucket {
    return this.#places.snapshot;
  }
}

async function inParallel<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const item = items[next++];
      if (item === undefined) return;
      await task(item);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, worker));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw MeshError.from(failed.reason);
}
