import type { Json } from '@weft/kernel';

/** Ends a subscription; safe to call twice. */
export interface Subscription {
  close(): Promise<void>;
}

/** Settings of one request. */
export interface RequestOptions {
  /** Answer within this time, or `bus/deadline`. Default 5,000. */
  readonly deadlineMs?: number;
}

/**
 * Ask-and-answer with queue groups: one of the members that serve a subject answers. A handler's MeshError travels
 * back as such. `bus/unavailable` where nobody serves the subject.
 */
export interface Requests {
  request(subject: string, payload: Json, options?: RequestOptions): Promise<Json>;
  serve(subject: string, queue: string, handler: (payload: Json) => Promise<Json>): Promise<Subscription>;
}

/** One entry of a bucket. `value` is undefined where the key was deleted or has expired. */
export interface BucketEntry {
  readonly key: string;
  readonly value: Json | undefined;
  /** Grows with each write of the bucket; 0 where an implementation reports an expiry. */
  readonly revision: number;
}

/**
 * Keys and values, last write wins, optionally forgotten after a time. For observed state (insights, liveness) and
 * for the feed's snapshot; never for what must not be lost. Keys: letters, digits, `-_=./` (no empty parts).
 * A write with `expectRevision` throws `store/conflict` unless the key's last write (a delete counts) has that
 * revision; 0 expects a key that was never written.
 */
export interface Bucket {
  get(key: string): Promise<Json | undefined>;
  /** The entry with the revision that the key's next write may expect: that of its last write (a delete counts), 0 where none is known. */
  entry(key: string): Promise<BucketEntry>;
  /** Gives the revision of this write. */
  put(key: string, value: Json, expectRevision?: number): Promise<number>;
  delete(key: string, expectRevision?: number): Promise<number>;
  /** Every entry now present; with `deleted`, also what is left of deleted ones. */
  entries(options?: { readonly deleted?: boolean }): Promise<readonly BucketEntry[]>;
  /**
   * First every present entry, then a call of `onReady`, then every later change. Keys may repeat with equal values
   * (a watch that went silent is reopened from where it was).
   */
  watch(listener: (entry: BucketEntry) => void, onReady?: () => void): Promise<Subscription>;
}

/** Settings of a bucket. */
export interface BucketOptions {
  /** Entries not written again for this long disappear; watchers hear of it. Absent: never. */
  readonly ttlMs?: number;
}

/** One message of the log. `seq` counts from 1 without gaps over the whole log. */
export interface LogMessage {
  readonly seq: number;
  readonly subject: string;
  readonly payload: Json;
}

/** An ordered, durable log: the feed's stream. */
export interface Log {
  /** Appends, if the log's last sequence is `expectLastSeq`; otherwise throws `store/conflict`. Gives the new sequence. */
  append(subject: string, payload: Json, expectLastSeq: number): Promise<number>;
  /** The last sequence (0 in an empty log) and the first one still kept. */
  bounds(): Promise<{ readonly first: number; readonly last: number }>;
  /** The message at a sequence, or undefined where it is gone. */
  read(seq: number): Promise<LogMessage | undefined>;
  /**
   * Delivers every message after `afterSeq` whose subject starts with one of `prefixes` (all where none are given), in
   * order, without gaps or repeats, across lost connections and dead servers. `onLost` is called once, instead, when
   * messages that the consumer needs are gone: it must then start from a snapshot.
   */
  consume(options: ConsumeOptions): Promise<Subscription>;
  /** Drops every message (a new epoch starts). Sequences go on; a consumer that had not read all of it is lost. */
  purge(): Promise<void>;
}

/** Settings of {@link Log.consume}. */
export interface ConsumeOptions {
  readonly afterSeq: number;
  /** Subject prefixes that end at a dot, e.g. `feed.Mesh.`. Absent or empty: everything. */
  readonly prefixes?: readonly string[];
  readonly onMessage: (message: LogMessage) => void;
  /** Every message up to `seq` that matches was delivered. Called after each message and as filtered ones pass by. */
  readonly onProgress?: (seq: number) => void;
  readonly onLost: (reason: string) => void;
}

/** Whether the bus is reachable now. */
export type BusStatus = 'connected' | 'disconnected';

/**
 * What carries plain data between the apps of one control plane. Implementations pass `describeBus`.
 * No promise is made about what one process sees of another's writes beyond order within a log, bucket key or subject.
 */
export interface Bus extends Requests {
  /** Opens (and where needed makes) a bucket. */
  bucket(name: string, options?: BucketOptions): Promise<Bucket>;
  /** Opens (and where needed makes) a log that takes every subject under `subjectPrefix` (ends at a dot). */
  log(name: string, subjectPrefix: string): Promise<Log>;
  readonly status: BusStatus;
  onStatus(listener: (status: BusStatus) => void): () => void;
  close(): Promise<void>;
}
