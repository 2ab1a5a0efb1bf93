import { MeshError } from '@weft/kernel';
import type { BucketEntry, LogMessage, Subscription } from '@weft/bus';
import type { ChangeRecord, Revision } from '@weft/resource-model';
import { toHeadMark, toMessage, toSnapshotEntry, typePrefix, type HeadMark } from './feed-message.ts';
import { baseOf, readHead, type FeedPlaces } from './feed-places.ts';
import { FeedState, type FeedSnapshot } from './feed-state.ts';
import { Signal } from './signal.ts';

/** Where a session hands over what it reads. */
export interface FeedSink {
  /** Names of the types wanted; empty: all. */
  readonly types: readonly string[];
  readonly onSnapshot: (snapshot: FeedSnapshot) => void;
  readonly onChanges: (records: readonly ChangeRecord[]) => void;
  readonly onHead: (revision: Revision) => void;
}

/**
 * One reading of the feed: head mark, snapshot, replay up to the log's end, then whatever comes, until the feed starts
 * anew. The state is handed over only past the replay, so it is always that of exactly one revision.
 */
export class FeedSession {
  readonly #places: FeedPlaces;
  readonly #sink: FeedSink;
  readonly #prefixes: readonly string[];
  readonly #over = new Signal();
  #reason = '';
  #failure: MeshError | undefined;
  #subscriptions: Subscription[] = [];
  /** Until the replay has ended. */
  #state: FeedState | undefined;
  #mark: HeadMark = { epoch: '', n: 0, seq: 0, rewriting: true };
  /** Where the replay ends. */
  #targetSeq = 0;
  #seq = 0;
  #records: ChangeRecord[] = [];
  #flushing = false;
  #closed = false;

  constructor(places: FeedPlaces, sink: FeedSink) {
    this.#places = places;
    this.#sink = sink;
    this.#prefixes = sink.types.map(typePrefix);
  }

  /** Runs until closed or until the reader must start again; gives the reason. Throws what the bus or a listener throws. */
  async run(): Promise<string> {
    const mark = await this.#settledHead();
    if (mark === undefined) return 'closed';
    const entries = await this.#places.snapshot.entries();
    const again = await readHead(this.#places);
    if (again === undefined || again.rewriting || !sameLineage(mark, again)) return 'the snapshot was rewritten while it was read';
    // After the entries: every deletion that is missing from them is in the log up to here.
    const { last } = await this.#places.log.bounds();
    this.#start(mark, entries, last);
    this.#guard(() => this.#advance(mark.seq));
    await this.#consume();
    await this.#over.wait();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#reason;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#end('closed');
    const open = this.#subscriptions;
    this.#subscriptions = [];
    await Promise.all(open.map((subscription) => subscription.close()));
  }

  /** The head mark, as soon as there is one that a reader may start from. */
  async #settledHead(): Promise<HeadMark | undefined> {
    const first = await readHead(this.#places);
    if (first !== undefined && !first.rewriting) return first;
    let settled: HeadMark | undefined;
    const changed = new Signal();
    await this.#keep(this.#places.heads.watch(({ value }) => {
      const mark = value === undefined ? undefined : toHeadMark(value);
      if (mark === undefined || mark.rewriting) return;
      settled ??= mark;
      changed.raise();
    }));
    void this.#over.wait().then(() => changed.raise());
    await changed.wait();
    return settled;
  }

  #start(mark: HeadMark, entries: readonly BucketEntry[], last: number): void {
    const known = entries.flatMap(({ value }) => (value === undefined ? [] : [toSnapshotEntry(value)]));
    const wanted = new Set(this.#sink.types);
    this.#state = new FeedState(known.filter(({ change }) => wanted.size === 0 || wanted.has(change.op === 'put' ? change.resource.type : change.key.type)));
    this.#mark = mark;
    this.#targetSeq = last;
  }

  async #consume(): Promise<void> {
    await this.#keep(this.#places.log.consume({
      afterSeq: this.#mark.seq,
      prefixes: this.#prefixes.length === 0 ? [] : [...this.#prefixes, 'feed._.epoch'],
      onMessage: (message) => this.#guard(() => this.#take(message)),
      onProgress: (seq) => this.#guard(() => this.#advance(seq)),
      onLost: (reason) => this.#end(reason),
    }));
  }

  #take(message: LogMessage): void {
    const read = toMessage(message.payload);
    const { change, revision } = read;
    if (change.op === 'epoch' || revision.epoch !== this.#mark.epoch || revision.n !== message.seq - baseOf(this.#mark)) {
      this.#end(`revision ${revision.n} of epoch ${revision.epoch} begins a new feed`);
    } else if (this.#state !== undefined) this.#state.apply(read);
    else if (change.op !== 'hidden') this.#records.push({ revision, change });
  }

  #advance(seq: number): void {
    if (this.#reason !== '') return;
    this.#seq = seq;
    if (this.#state !== undefined) {
      if (seq < this.#targetSeq) return;
      const snapshot = this.#state.at(this.#revision());
      this.#state = undefined;
      this.#sink.onSnapshot(snapshot);
      this.#sink.onHead(snapshot.revision);
    } else this.#flushSoon();
  }

  /** After everything that arrived together was taken. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    void Promise.resolve().then(() => {
      this.#flushing = false;
      this.#guard(() => this.#flush());
    });
  }

  #flush(): void {
    if (this.#closed) return;
    const records = this.#records;
    this.#records = [];
    if (records.length > 0) this.#sink.onChanges(records);
    if (this.#reason === '') this.#sink.onHead(this.#revision());
  }

  #revision(): Revision {
    return { epoch: this.#mark.epoch, n: this.#seq - baseOf(this.#mark) };
  }

  #guard(step: () => void): void {
    if (this.#closed || (this.#reason !== '' && this.#records.length === 0)) return;
    try {
      step();
    } catch (caught) {
      this.#failure = MeshError.from(caught);
      this.#end('a listener failed');
    }
  }

  #end(reason: string): void {
    if (this.#reason === '') this.#reason = reason;
    this.#over.raise();
  }

  async #keep(opening: Promise<Subscription>): Promise<void> {
    const subscription = await opening;
    if (this.#closed) await subscription.close();
    else this.#subscriptions.push(subscription);
  }
}

function sameLineage(a: HeadMark, b: HeadMark): boolean {
  return a.epoch === b.epoch && baseOf(a) === baseOf(b);
}
