import { knownFeatures, type PeerFeature, type SyncNode } from '@weft/kds-core';

/** Room for names and framing around the resources of a message. */
const FRAMING_BYTES = 256 * 1024;
/** A Weft peer takes parts: smaller ones show sooner that something moves. */
const PART_BYTES = 1024 * 1024;

/** What a peer says that it knows, in `node.metadata.features` of its first request. */
export function featuresOf(node: SyncNode | undefined): ReadonlySet<PeerFeature> {
  const features = node?.metadata?.['features'];
  return knownFeatures(Array.isArray(features) ? features.filter((feature) => typeof feature === 'string') : []);
}

/** How large the resources of one response may be, in bytes, where a message may have `maxMessageBytes`. */
export function maxResponseBytes(maxMessageBytes: number, weftPeer: boolean): number {
  const limit = maxMessageBytes - FRAMING_BYTES;
  return weftPeer ? Math.min(limit, PART_BYTES) : limit;
}
