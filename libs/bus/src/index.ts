export type { Bucket, BucketEntry, BucketOptions, Bus, BusStatus, ConsumeOptions, Log, LogMessage, RequestOptions, Requests, Subscription } from './bus.ts';
export { bucketKey, decodeKeyPart, encodeKeyPart, parseBucketKey } from './bucket-key.ts';
export { adminAnswerParts, BUCKETS, FEED_LOG, REQUESTS } from './subjects.ts';
export type { AppWrite, EnvoyAdminRequest, LeaseRequest, ProxyHealth, RegisterProxy, RequestKind, SignedLeaf, SignLeafRequest, SignServerRequest, SignWorkloadRequest } from './subjects.ts';
export { answer, ask } from './typed-requests.ts';
