import { compareText } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { dataplaneKind, servicesOf } from './dataplane-status.ts';

/** What a service insight is made of: a dataplane, whether it is connected, and the backend that issued its certificate. */
export interface ObservedDataplane {
  readonly dataplane: Resource;
  readonly connected: boolean;
  readonly issuedBackend?: string;
}

/** Types as the query `type` names them; `internal` is not shown in documents. */
export const SERVICE_TYPES = ['internal', 'external', 'gateway_delegated', 'gateway_builtin'] as const;

/** How one service of a mesh fares. */
export interface ServiceInsight {
  readonly mesh: string;
  readonly name: string;
  readonly serviceType: (typeof SERVICE_TYPES)[number];
  readonly total: number;
  readonly online: number;
  readonly offline: number;
  readonly status: 'online' | 'offline' | 'partially_degraded';
  readonly issuedBackends: Readonly<Record<string, number>>;
  /** Sorted. */
  readonly zones: readonly string[];
  readonly creationTime: string;
  readonly modificationTime: string;
}

/** Counts the services of one mesh, sorted by name. A proxy counts as online while it is connected and its ports of the service are ready. */
export function serviceInsights(mesh: string, observed: readonly ObservedDataplane[]): readonly ServiceInsight[] {
  const byService = new Map<string, { one: ObservedDataplane; ready: boolean }[]>();
  for (const one of observed) {
    for (const [service, ready] of servicesOf(one.dataplane)) {
      const members = byService.get(service);
      if (members === undefined) byService.set(service, [{ one, ready }]);
      else members.push({ one, ready });
    }
  }
  return [...byService]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, members]) => summarise(mesh, name, members));
}

/** The document of the API; zeros are left out, as Kuma 2.14 does. */
export function serviceInsightDocument(insight: ServiceInsight): unknown {
  const { mesh, name, serviceType, total, online, offline } = insight;
  return {
    type: 'ServiceInsight',
    mesh,
    name,
    creationTime: insight.creationTime,
    modificationTime: insight.modificationTime,
    ...(serviceType !== 'internal' && { serviceType }),
    status: insight.status,
    dataplanes: { ...(total > 0 && { total }), ...(online > 0 && { online }), ...(offline > 0 && { offline }) },
    ...(Object.keys(insight.issuedBackends).length > 0 && { issuedBackends: insight.issuedBackends }),
    ...(serviceType === 'internal' && { addressPort: `${name}.mesh:80` }),
    ...(insight.zones.length > 0 && { zones: insight.zones }),
  };
}

function summarise(mesh: string, name: string, members: readonly { one: ObservedDataplane; ready: boolean }[]): ServiceInsight {
  const online = members.filter(({ one, ready }) => one.connected && ready).length;
  const dataplanes = members.map(({ one }) => one.dataplane);
  const issuedBackends: Record<string, number> = {};
  for (const { one } of members) if (one.issuedBackend !== undefined) issuedBackends[one.issuedBackend] = (issuedBackends[one.issuedBackend] ?? 0) + 1;
  const zones = new Set(dataplanes.flatMap(({ labels }) => labels['kuma.io/zone'] ?? []));
  return {
    mesh,
    name,
    serviceType: serviceTypeOf(dataplanes[0]),
    total: members.length,
    online,
    offline: members.length - online,
    status: online === 0 ? 'offline' : online < members.length ? 'partially_degraded' : 'online',
    issuedBackends,
    zones: [...zones].sort(compareText),
    creationTime: dataplanes.map(({ creationTime }) => creationTime).sort(compareText)[0] ?? '',
    modificationTime: dataplanes.map(({ modificationTime }) => modificationTime).sort(compareText).at(-1) ?? '',
  };
}

function serviceTypeOf(dataplane: Resource | undefined): ServiceInsight['serviceType'] {
  const kind = dataplane === undefined ? 'standard' : dataplaneKind(dataplane);
  return kind === 'standard' ? 'internal' : kind === 'gatewayBuiltin' ? 'gateway_builtin' : 'gateway_delegated';
}
