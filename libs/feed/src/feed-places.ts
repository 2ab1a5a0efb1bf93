import { BUCKETS, FEED_LOG, type Bucket, type Bus, type Log } from '@weft/bus';
import { HEAD_KEY, toHeadMark, type HeadMark } from './feed-message.ts';

/** The three places on the bus that make up the feed. */
export interface FeedPlaces {
  readonly log: Log;
  readonly snapshot: Bucket;
  readonly heads: Bucket;
}

/** Opens the feed's places, making them where needed. */
export async function openFeed(bus: Bus): Promise<FeedPlaces> {
  return {
    log: await bus.log(FEED_LOG.name, FEED_LOG.subjectPrefix),
    snapshot: await bus.bucket(BUCKETS.feedSnapshot.name),
    heads: await bus.bucket(BUCKETS.feedHead.name),
  };
}

/** The head mark, or undefined before the first relay. */
export async function readHead(places: FeedPlaces): Promise<HeadMark | undefined> {
  const value = await places.heads.get(HEAD_KEY);
  return value === undefined ? undefined : toHeadMark(value);
}

/** Sequence minus revision: constant for as long as one snapshot lineage lasts. */
export function baseOf(mark: HeadMark): number {
  return mark.seq - mark.n;
}

/** Where the feed reports what it does. Any structured logger fits. */
export interface FeedLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
