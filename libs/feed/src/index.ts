export { consumeFeed, type FeedConsumer, type FeedConsumerOptions } from './consume-feed.ts';
export { feedSubject, HEAD_KEY, messageOf, snapshotKey, typePrefix, type Disclosure, type Envelope, type FeedMessage, type HeadMark, type SnapshotEntry } from './feed-message.ts';
export type { FeedLogger } from './feed-places.ts';
export type { FeedSnapshot } from './feed-state.ts';
export { RELAY_LEASE, startRelay, type Relay, type RelayOptions } from './relay.ts';
