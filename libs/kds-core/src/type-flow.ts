import { compareText } from '@weft/kernel';
import type { ResourceType, TypeRegistry } from '@weft/resource-model';

/** Which way resources of a type travel between control planes. */
export interface TypeFlow {
  /** The global control plane sends it to zones. */
  readonly toZones: boolean;
  /** Zones send it to the global control plane. */
  readonly toGlobal: boolean;
  /** What came from one zone goes on to the others. */
  readonly acrossZones: boolean;
}

/** The two calls that carry resources. */
export type SyncDirection = 'global-to-zone' | 'zone-to-global';

const STAYS: TypeFlow = { toZones: false, toGlobal: false, acrossZones: false };
const DOWN: TypeFlow = { toZones: true, toGlobal: false, acrossZones: false };
const UP: TypeFlow = { toZones: false, toGlobal: true, acrossZones: false };

/** Types that nobody writes by hand, and Zone, which each side keeps for itself. */
const EXCEPTIONS: Readonly<Record<string, TypeFlow>> = {
  Zone: STAYS,
  Config: DOWN,
  ServiceInsight: DOWN,
  ZoneLiveness: DOWN,
  DataplaneInsight: UP,
  ZoneIngressInsight: UP,
  ZoneEgressInsight: UP,
  ZoneWithdrawal: UP,
};

/** Services and entrances of a zone, which others must find. */
const SHARED_BY_ZONES = new Set(['MeshService', 'MeshZoneAddress', 'ZoneIngress']);

/** How resources of a type travel: it follows from where the type may be written. Source: Kuma 2.14. */
export function flowOf(type: ResourceType): TypeFlow {
  const exception = EXCEPTIONS[type.name];
  if (exception !== undefined) return exception;
  const acrossZones = SHARED_BY_ZONES.has(type.name) || isTargetRefPolicy(type);
  return {
    toZones: type.origin === 'global' || type.origin === 'both' || acrossZones,
    toGlobal: type.origin === 'zone' || type.origin === 'both',
    acrossZones,
  };
}

/** Whether a type is a policy of the second generation. */
export function isTargetRefPolicy(type: ResourceType): boolean {
  return type.policy !== undefined && type.form === 'spec';
}

/** The types that one direction carries, by name. Weft's own types are among them only for a peer that knows them. */
export function syncedTypes(registry: TypeRegistry, direction: SyncDirection, peerKnowsWeft: boolean): readonly ResourceType[] {
  return registry.all
    .filter((type) => (direction === 'global-to-zone' ? flowOf(type).toZones : flowOf(type).toGlobal))
    .filter((type) => type.weftOnly !== true || peerKnowsWeft)
    .sort((a, b) => compareText(a.name, b.name));
}
