import { base64Decode, base64Encode, getTextEncoding } from '@bufbuild/protobuf/wire';
import { err, ok, type Result } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { ZonePeer } from './peer-features.ts';
import { rsaPublicKeyOf } from './rsa-public-key.ts';
import { renamed, withSyncedName } from './synced-name.ts';

const ZONE_KEY = /^zone-token-signing-key-(.+)$/;
const GRACE_PERIOD = 'kuma.io/deletion-grace-period-started-at';

/** Choices of the sending control plane. */
export interface OutgoingOptions {
  /** Labels whose key starts with one of these stay behind (`kds.labels.skipPrefixes`). */
  readonly skipLabelPrefixes?: readonly string[];
}

/**
 * A resource of the global control plane as a zone gets it: of origin `global`, under the synced name, without status, a key
 * that signs zone tokens replaced by its public half. The error says why a key has none. Source: Kuma 2.14.
 */
export function toZone(resource: Resource, peer: ZonePeer, options: OutgoingOptions = {}): Result<Resource, string> {
  const { status: _, ...rest } = resource;
  const labelled: Resource = { ...rest, labels: { ...kept(resource.labels, options), 'kuma.io/origin': 'global' } };
  const keyed = withPublicKey(labelled);
  if (!keyed.ok) return keyed;
  // Peers without the feature know resources by their plain names.
  return ok(peer.features.has('hash-suffix') ? withSyncedName(keyed.value) : keyed.value);
}

/** A resource of a zone as the global control plane gets it: of origin `zone`, under the synced name. Source: Kuma 2.14. */
export function toGlobal(resource: Resource, zone: string, options: OutgoingOptions = {}): Resource {
  const { [GRACE_PERIOD]: _, ...labels } = kept(resource.labels, options);
  const labelled = { ...resource, labels: { ...labels, 'kuma.io/origin': 'zone', 'kuma.io/zone': zone } };
  return withSyncedName(isInsight(resource) ? withoutGenerations(labelled) : labelled);
}

function kept(labels: Resource['labels'], { skipLabelPrefixes = [] }: OutgoingOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !skipLabelPrefixes.some((prefix) => key.startsWith(prefix))));
}

function withPublicKey(resource: Resource): Result<Resource, string> {
  const kid = resource.type === 'GlobalSecret' ? ZONE_KEY.exec(resource.name)?.[1] : undefined;
  if (kid === undefined) return ok(resource);
  const { data = '' } = resource.spec as { readonly data?: string };
  const key = rsaPublicKeyOf(getTextEncoding().decodeUtf8(bytesOf(data)));
  if (!key.ok) return err(`GlobalSecret ${resource.name}: ${key.error}`);
  return ok({ ...renamed(resource, `zone-token-signing-public-key-${kid}`), spec: { data: base64Encode(getTextEncoding().encodeUtf8(key.value)) } });
}

function bytesOf(base64: string): Uint8Array {
  try {
    return base64Decode(base64);
  } catch {
    return new Uint8Array();
  }
}

function isInsight({ type }: Resource): boolean {
  return type.endsWith('Insight');
}

/** Generations move while nothing happens; sent, each would be an update. */
function withoutGenerations(resource: Resource): Resource {
  const spec = resource.spec as { readonly subscriptions?: readonly Readonly<Record<string, unknown>>[] };
  if (spec.subscriptions === undefined) return resource;
  return { ...resource, spec: { ...spec, subscriptions: spec.subscriptions.map(({ generation: _, ...rest }) => rest) } };
}
