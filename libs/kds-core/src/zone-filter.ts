import type { Resource, ResourceType } from '@weft/resource-model';
import type { ZonePeer } from './peer-features.ts';
import { flowOf, isTargetRefPolicy } from './type-flow.ts';

/** What of other zones matters for what one zone is sent. */
export interface ZoneDirectory {
  /** Whether a zone exists and takes part (`Zone.enabled` is not false). */
  isEnabled(zone: string): boolean;
}

const CLUSTER_ID = 'kuma-cluster-id';
/** Secrets that each control plane makes for itself. */
const OWN_SECRETS = /^(envoy-admin-ca|admin-user-token|inter-cp-ca|user-token-revocations|user-token-signing-key.*)$/;

/** Whether the global control plane sends a resource to a zone. Source: Kuma 2.14; Weft's own types only to peers that know them. */
export function goesToZone(type: ResourceType, resource: Resource, context: { readonly peer: ZonePeer; readonly zones: ZoneDirectory }): boolean {
  const { peer, zones } = context;
  const flow = flowOf(type);
  if (!flow.toZones || isDisabled(resource)) return false;
  if (type.weftOnly === true && !peer.features.has('weft-sync')) return false;
  if (type.name === 'Config' || type.name === 'GlobalSecret') return !isOwnOfEach(resource);
  if (type.name === 'HostnameGenerator' && selectsMultiZone(resource) && !peer.features.has('hg-mz-selector')) return false;
  if (isTargetRefPolicy(type) && targetOf(resource) === undefined && !peer.features.has('optional-top-level-target-ref')) return false;
  const origin = originZoneOf(resource);
  if (origin === undefined) return true;
  return flow.acrossZones && origin !== peer.zone && zones.isEnabled(origin) && (!isTargetRefPolicy(type) || isProducerFor(resource, peer));
}

/** Whether a zone sends a resource to the global control plane: what is its own. Source: Kuma 2.14. */
export function goesToGlobal(type: ResourceType, resource: Resource, peerKnowsWeft: boolean): boolean {
  return flowOf(type).toGlobal && isLocal(resource) && !isDisabled(resource) && (type.weftOnly !== true || peerKnowsWeft);
}

/** Whether a resource is of those that each control plane makes for itself, which none takes from another. */
export function isOwnOfEach({ type, name }: Pick<Resource, 'type' | 'name'>): boolean {
  return type === 'Config' ? name !== CLUSTER_ID : type === 'GlobalSecret' && OWN_SECRETS.test(name);
}

/** Whether a resource was made in this zone, and not received from the global control plane. */
export function isLocal({ labels }: Pick<Resource, 'labels'>): boolean {
  return labels['kuma.io/origin'] !== 'global';
}

/** The zone that a resource at the global control plane came from; undefined where it was made there. */
export function originZoneOf({ labels }: Pick<Resource, 'labels'>): string | undefined {
  return labels['kuma.io/origin'] === 'zone' ? labels['kuma.io/zone'] : undefined;
}

function isDisabled({ labels }: Resource): boolean {
  return labels['kuma.io/kds-sync'] === 'disabled';
}

function selectsMultiZone({ spec }: Resource): boolean {
  return (spec as { readonly selector?: { readonly meshMultiZoneService?: unknown } }).selector?.meshMultiZoneService !== undefined;
}

interface TopTarget {
  readonly kind?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

function targetOf({ spec }: Resource): TopTarget | undefined {
  return (spec as { readonly targetRef?: TopTarget }).targetRef;
}

/** A policy of another zone goes on only as the producer's word to its consumers. */
function isProducerFor(resource: Resource, peer: ZonePeer): boolean {
  if (resource.labels['kuma.io/policy-role'] !== 'producer' || !peer.features.has('producer-policy-flow')) return false;
  const target = targetOf(resource);
  const pinned = target?.kind === 'MeshSubset' ? target.tags?.['kuma.io/zone'] : undefined;
  return pinned === undefined || pinned === peer.zone;
}
