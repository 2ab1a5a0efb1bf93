import { MeshError } from '@weft/kernel';
import type { ResourceStore } from '@weft/store';
import { feedSubject, messageOf, toJson, toMessage, type Disclosure, type FeedMessage, type HeadMark } from './feed-message.ts';
import { baseOf, readHead, type FeedPlaces } from './feed-places.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

/** Where a relay goes on. */
export interface RelayPosition {
  readonly epoch: string;
  /** Sequence minus revision. */
  readonly base: number;
  /** The snapshot shows everything up to here; records after it are taken from the store. */
  readonly n: number;
  /** The log holds everything up to here, so only records after it are appended. */
  readonly loggedN: number;
  readonly writer: SnapshotWriter;
}

/**
 * Finds where an earlier relay stopped: from the head mark and the log's last message. Where they do not fit the store
 * (another epoch, a log that lost messages, records trimmed beyond the mark) everything is rewritten.
 */
export async function locate(store: ResourceStore, places: FeedPlaces, disclosure: Disclosure): Promise<RelayPosition> {
  const writer = await SnapshotWriter.open(places);
  return (await resume(store, places, writer)) ?? (await rewrite(store, places, { writer, disclosure }));
}

async function resume(store: ResourceStore, places: FeedPlaces, writer: SnapshotWriter): Promise<RelayPosition | undefined> {
  const mark = await readHead(places);
  const head = await store.head();
  const { last } = await places.log.bounds();
  if (mark === undefined || mark.rewriting || mark.epoch !== head.epoch) return undefined;
  const base = baseOf(mark);
  const loggedN = last - base;
  if (last < mark.seq || loggedN > head.n || !(await isOf(places, last, { epoch: mark.epoch, n: loggedN }))) return undefined;
  try {
    await store.changesAfter(mark.n, 1);
  } catch (caught) {
    if (caught instanceof MeshError && caught.code === 'store/not-found') return undefined;
    throw caught;
  }
  return { epoch: mark.epoch, base, n: mark.n, loggedN, writer };
}

/** Whether the log's message is of this revision; a log that keeps none cannot tell, and is believed. */
async function isOf(places: FeedPlaces, seq: number, wanted: { readonly epoch: string; readonly n: number }): Promise<boolean> {
  const message = await places.log.read(seq);
  if (message === undefined) return true;
  const { revision } = toMessage(message.payload);
  return revision.epoch === wanted.epoch && revision.n === wanted.n;
}

/** Starts the feed afresh from the store's snapshot. Repeated from the start if it is interrupted anywhere. */
async function rewrite(
  store: ResourceStore, places: FeedPlaces, { writer, disclosure }: { readonly writer: SnapshotWriter; readonly disclosure: Disclosure },
): Promise<RelayPosition> {
  const { revision, resources } = await store.snapshot();
  const opened: Omit<HeadMark, 'seq' | 'rewriting'> = { epoch: revision.epoch, n: revision.n };
  const { last } = await places.log.bounds();
  await writer.mark({ ...opened, seq: last + 1, rewriting: true });
  await places.log.purge();
  const messages = resources.map((resource) => messageOf({ revision, change: { op: 'put', resource } }, disclosure));
  await writer.replaceAll(messages.filter((message) => message.change.op !== 'hidden'));
  // The message that opens the epoch takes the sequence of revision n: connected consumers start again when they see it.
  const epochMessage: FeedMessage = { revision, change: { op: 'epoch' } };
  const seq = await places.log.append(feedSubject(epochMessage), toJson(epochMessage), last);
  await writer.mark({ ...opened, seq, rewriting: false });
  return { epoch: revision.epoch, base: seq - revision.n, n: revision.n, loggedN: revision.n, writer };
}
