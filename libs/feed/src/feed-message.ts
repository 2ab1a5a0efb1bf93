import { bucketKey, encodeKeyPart, FEED_LOG } from '@weft/bus';
import type { Json } from '@weft/kernel';
import type { Change, ChangeRecord, FeedVisibility, Resource, ResourceKey, Revision } from '@weft/resource-model';

/**
 * One message of the feed's log. Every revision of the store is exactly one message, so that sequence minus `n` is the
 * same through an epoch: `hidden` stands for a change that the feed does not show, `epoch` opens an epoch.
 */
export interface FeedMessage {
  readonly revision: Revision;
  readonly change: Change | { readonly op: 'hidden' } | { readonly op: 'epoch' };
}

/** An entry of the snapshot bucket: a put or an envelope, with the revision that wrote it. */
export type SnapshotEntry = FeedMessage & { readonly change: Exclude<Change, { readonly op: 'delete' }> };

/** What the feed says of a secret. */
export type Envelope = Extract<Change, { readonly op: 'envelope' }>;

/** Where the feed is written up to: the content of key {@link HEAD_KEY} in the head bucket. */
export interface HeadMark {
  readonly epoch: string;
  /** The snapshot shows every change up to this one, and perhaps newer ones. */
  readonly n: number;
  /** Sequence of the log's message for `n`. */
  readonly seq: number;
  /** True while the snapshot is being rewritten from the store: nobody may start from it. */
  readonly rewriting: boolean;
}

/** Key of the head mark. */
export const HEAD_KEY = 'head';

/** Subject token of messages that belong to no resource; no type has this name. */
const NO_TYPE = '_';

/** Key of a resource in the snapshot bucket: `<type>.<mesh>.<name>`. */
export function snapshotKey(key: ResourceKey): string {
  return bucketKey(key.type, key.mesh, key.name);
}

/** Subject of a message: `feed.<type>.<mesh>.<name>`. */
export function feedSubject(message: FeedMessage): string {
  const key = messageKey(message);
  return FEED_LOG.subjectPrefix + (key === undefined ? `${NO_TYPE}.${message.change.op}` : snapshotKey(key));
}

/** Subject prefix of a type, for consumers. */
export function typePrefix(type: string): string {
  return `${FEED_LOG.subjectPrefix}${encodeKeyPart(type)}.`;
}

/** The resource that a message is of, if any. */
export function messageKey({ change }: FeedMessage): ResourceKey | undefined {
  if (change.op === 'put') return change.resource;
  return 'key' in change ? change.key : undefined;
}

/** What the relay needs to know to turn store records into messages. */
export interface Disclosure {
  visibility(type: string): FeedVisibility;
  /** Tells a change of a secret's content from a rewrite. */
  envelopeDigest(resource: Resource): string;
}

/** The message of a change record, with what the feed may not show taken out. */
export function messageOf(record: ChangeRecord, disclosure: Disclosure): FeedMessage {
  const key = messageKey(record);
  const visibility = key === undefined ? 'none' : disclosure.visibility(key.type);
  if (visibility === 'none') return { revision: record.revision, change: { op: 'hidden' } };
  if (visibility === 'full' || record.change.op !== 'put') return record;
  return { revision: record.revision, change: envelopeOf(record.change.resource, disclosure) };
}

function envelopeOf(resource: Resource, disclosure: Disclosure): Envelope {
  const { type, mesh, name, version } = resource;
  return { op: 'envelope', key: { type, mesh, name }, version, digest: disclosure.envelopeDigest(resource) };
}

/** Plain data as the bus takes it. */
export function toJson(data: FeedMessage | HeadMark): Json {
  return data as unknown as Json;
}

/** The inverse of {@link toJson} for a message of the log. */
export function toMessage(json: Json): FeedMessage {
  return json as unknown as FeedMessage;
}

/** The inverse of {@link toJson} for a value of the snapshot bucket. */
export function toSnapshotEntry(json: Json): SnapshotEntry {
  return json as unknown as SnapshotEntry;
}

/** The inverse of {@link toJson} for the head mark. */
export function toHeadMark(json: Json): HeadMark {
  return json as unknown as HeadMark;
}
