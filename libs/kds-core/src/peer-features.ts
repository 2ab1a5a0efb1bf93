/** What a zone control plane says of itself, and what follows for what it is sent. */
export interface ZonePeer {
  /** Its name: the metadata key `client-id`. */
  readonly zone: string;
  /** From the metadata key `features` of the call and from `node.metadata.features`. */
  readonly features: ReadonlySet<PeerFeature>;
}

/**
 * Features of a peer that change what it is sent. Kuma's own, and `weft-sync`: it knows Weft's own types, takes up where it
 * was, and reads responses in parts (docs/adr/0027).
 */
export const PEER_FEATURES = ['zone-ping-health', 'zone-token', 'hash-suffix', 'hg-mz-selector', 'producer-policy-flow', 'optional-top-level-target-ref', 'weft-sync'] as const;

/** One of {@link PEER_FEATURES}. */
export type PeerFeature = (typeof PEER_FEATURES)[number];

/** The features among `names` that are known; others are of peers newer than this one, and change nothing. */
export function knownFeatures(names: Iterable<string>): ReadonlySet<PeerFeature> {
  const given = new Set(names);
  return new Set(PEER_FEATURES.filter((feature) => given.has(feature)));
}
