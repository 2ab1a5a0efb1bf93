import { compareText } from '@weft/kernel';
import type { ResourceType } from '@weft/resource-model';
import { dataplaneKind, dataplaneStatus } from './dataplane-status.ts';
import { serviceInsights, type ObservedDataplane } from './service-insight.ts';

/** How many there are, and how many of them are connected. */
interface Connected {
  readonly online: number;
  readonly total: number;
}

/** What the insight over everything is made of. */
export interface GlobalFacts {
  /** RFC 3339. */
  readonly now: string;
  readonly dataplanes: readonly ObservedDataplane[];
  /** Zones whose control plane is connected, and all. */
  readonly zones: Connected;
  readonly zoneIngresses: Connected;
  readonly zoneEgresses: Connected;
  /** How many resources of each type there are, over all meshes. */
  readonly counts: ReadonlyMap<ResourceType, number>;
}

interface Health {
  offline: number;
  online: number;
  partiallyDegraded: number;
  total: number;
}

/** The document of `GET /global-insight`. Zeros are shown, except in `resources`. Source: Kuma 2.14. */
export function globalInsightDocument({ now, dataplanes, zones, zoneIngresses, zoneEgresses, counts }: GlobalFacts): unknown {
  const health = { gatewayBuiltin: empty(), gatewayDelegated: empty(), standard: empty() };
  for (const { dataplane, connected } of dataplanes) count(health[dataplaneKind(dataplane)], dataplaneStatus(dataplane, connected));
  const services = { external: { total: 0 }, gatewayBuiltin: empty(), gatewayDelegated: empty(), internal: empty() };
  const meshes = [...new Set(dataplanes.map(({ dataplane }) => dataplane.mesh))];
  for (const { serviceType, status } of meshes.flatMap((mesh) => serviceInsights(mesh, dataplanes.filter(({ dataplane }) => dataplane.mesh === mesh)))) {
    const bucket = serviceType === 'gateway_builtin' ? services.gatewayBuiltin : serviceType === 'gateway_delegated' ? services.gatewayDelegated : services.internal;
    count(bucket, status === 'partially_degraded' ? 'partiallyDegraded' : status);
  }
  const total = (name: string): number => [...counts].find(([type]) => type.name === name)?.[1] ?? 0;
  const entries = [...counts].filter(([type, number]) => number > 0 && (type.scope === 'Mesh' || type.name === 'HostnameGenerator'));
  return {
    createdAt: now,
    dataplanes: health,
    meshes: { total: total('Mesh') },
    policies: { total: [...counts].reduce((sum, [type, number]) => sum + (type.policy === undefined ? 0 : number), 0) },
    resources: Object.fromEntries(entries.sort(([a], [b]) => compareText(a.name, b.name)).map(([type, number]) => [type.name, { total: number }])),
    services,
    zones: { controlPlanes: zones, zoneEgresses, zoneIngresses },
  };
}

function empty(): Health {
  return { offline: 0, online: 0, partiallyDegraded: 0, total: 0 };
}

function count(health: Health, status: keyof Omit<Health, 'total'>): void {
  health[status] += 1;
  health.total += 1;
}
