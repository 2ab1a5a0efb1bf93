import { compareText } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';
import { dataplaneKind, dataplaneStatus, type DataplaneKind, type DataplaneStatus } from './dataplane-status.ts';
import { serviceInsights, type ObservedDataplane } from './service-insight.ts';

/** What a mesh insight is made of. */
export interface MeshFacts {
  readonly mesh: Resource;
  readonly dataplanes: readonly (ObservedDataplane & { readonly versions?: { readonly kumaDp?: string; readonly envoy?: string }; readonly supportedBackends?: readonly string[] })[];
  /** How many resources of each mesh-scoped type there are; zeros may be left out. */
  readonly counts: ReadonlyMap<ResourceType, number>;
}

type Stat = Partial<Record<'total' | DataplaneStatus, number>>;

/** The document of `GET /mesh-insights/{mesh}`: zeros are left out, maps are sorted. Source: Kuma 2.14. */
export function meshInsightDocument({ mesh, dataplanes, counts }: MeshFacts): unknown {
  const status = (one: MeshFacts['dataplanes'][number]): DataplaneStatus => dataplaneStatus(one.dataplane, one.connected);
  const statOf = (members: readonly MeshFacts['dataplanes'][number][]): Stat => stat(members.map(status));
  const kind = (wanted: DataplaneKind): Stat => statOf(dataplanes.filter(({ dataplane }) => dataplaneKind(dataplane) === wanted));
  const by = (key: (one: MeshFacts['dataplanes'][number]) => readonly string[]): Record<string, Stat> => {
    const names = [...new Set(dataplanes.flatMap(key))].sort(compareText);
    return Object.fromEntries(names.map((name) => [name, statOf(dataplanes.filter((one) => key(one).includes(name)))]));
  };
  const internal = serviceInsights(mesh.name, dataplanes).filter(({ serviceType }) => serviceType === 'internal').length;
  const totals = [...counts].filter(([, total]) => total > 0).sort(([a], [b]) => compareText(a.name, b.name));
  const issued = by(({ issuedBackend }) => (issuedBackend === undefined ? [] : [issuedBackend]));
  const supported = by(({ supportedBackends = [] }) => supportedBackends);
  return {
    type: 'MeshInsight',
    name: mesh.name,
    creationTime: mesh.creationTime,
    modificationTime: mesh.modificationTime,
    dataplanes: statOf(dataplanes),
    policies: Object.fromEntries(totals.filter(([type]) => type.policy !== undefined).map(([type, total]) => [type.name, { total }])),
    dpVersions: { kumaDp: by(({ versions }) => [versions?.kumaDp ?? 'unknown']), envoy: by(({ versions }) => [versions?.envoy ?? 'unknown']) },
    mTLS: { ...(Object.keys(issued).length > 0 && { issuedBackends: issued }), ...(Object.keys(supported).length > 0 && { supportedBackends: supported }) },
    services: { ...(internal > 0 && { total: internal, internal }) },
    dataplanesByType: {
      standard: kind('standard'),
      gateway: statOf(dataplanes.filter(({ dataplane }) => dataplaneKind(dataplane) !== 'standard')),
      gatewayBuiltin: kind('gatewayBuiltin'),
      gatewayDelegated: kind('gatewayDelegated'),
    },
    resources: Object.fromEntries(totals.map(([type, total]) => [type.name, { total }])),
  };
}

function stat(statuses: readonly DataplaneStatus[]): Stat {
  const counted: Stat = {};
  for (const status of statuses) {
    counted.total = (counted.total ?? 0) + 1;
    counted[status] = (counted[status] ?? 0) + 1;
  }
  return counted;
}
