import type { Resource, Revision } from '@weft/resource-model';
import { messageKey, snapshotKey, type Envelope, type FeedMessage, type SnapshotEntry } from './feed-message.ts';

/** Everything the feed shows, at one revision. */
export interface FeedSnapshot {
  readonly resources: readonly Resource[];
  readonly envelopes: readonly Envelope[];
  readonly revision: Revision;
}

/**
 * The state of a starting consumer: snapshot entries, and log messages on top of them. An entry may be newer than the
 * first messages of the replay, so a message older than its key's entry changes nothing.
 */
export class FeedState {
  readonly #entries = new Map<string, FeedMessage>();

  constructor(entries: Iterable<SnapshotEntry>) {
    for (const entry of entries) this.apply(entry);
  }

  apply(message: FeedMessage): void {
    const key = messageKey(message);
    if (key === undefined) return;
    const id = snapshotKey(key);
    const known = this.#entries.get(id);
    // Deleted keys stay in the map until the replay ends, so that an old put cannot bring one back.
    if (known === undefined || known.revision.n < message.revision.n) this.#entries.set(id, message);
  }

  at(revision: Revision): FeedSnapshot {
    const resources: Resource[] = [];
    const envelopes: Envelope[] = [];
    for (const { change } of this.#entries.values()) {
      if (change.op === 'put') resources.push(change.resource);
      else if (change.op === 'envelope') envelopes.push(change);
    }
    return { resources, envelopes, revision };
  }
}
