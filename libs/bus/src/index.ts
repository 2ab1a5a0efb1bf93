export type { Bucket, BucketEntry, BucketOptions, Bus, BusStatus, ConsumeOptions, Log, LogMessage, RequestOptions, Requests, Subscription } from './bus.ts';
export { bucketKey, decodeKeyPart, encodeKeyPart, parseBucketKey } from './bucket-key.ts';
export { askForText, collectAdminAnswer, sendText } from './text-parts.ts';
export { adminAnswerParts, adminOpenOf, BUCKETS, envoyShowIn, FEED_LOG, previewOf, proxyConfigOf, REQUESTS, textParts } from './subjects.ts';
export type { AppWrite, EnvoyAdminRequest, EnvoyShowRequest, LeaseRequest, PreviewRequest, ProxyConfigRequest, ProxyHealth, RegisterProxy, RequestKind, SignedLeaf, SignLeafRequest, SignServerRequest, SignWorkloadRequest, SyncApply, SyncHeld, SyncHeldRequest, SyncPeer } from './subjects.ts';
export { answer, ask } from './typed-requests.ts';
