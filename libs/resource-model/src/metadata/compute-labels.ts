import { compareText, type Violation } from '@weft/kernel';
import type { Resource } from '../resource.ts';
import type { ResourceType } from '../resource-type.ts';
import type { DataplaneSpec } from '../types/dataplane/schema.ts';
import type { ControlPlaneSite } from './site.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The labels of a resource with those that follow from what it is and where it is written, sorted by key: mesh,
 * origin, zone and environment, kind of proxy. A resource that says it comes from elsewhere keeps what it says.
 * Source: Kuma 2.14.
 */
export function computeLabels(type: ResourceType, resource: Resource, site: ControlPlaneSite): Labels {
  const all: Labels = { ...resource.labels, ...meshLabel(type, resource), ...originLabels(type, resource, site), ...proxyLabels(resource) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => compareText(a, b)));
}

function meshLabel(type: ResourceType, { mesh }: Resource): Labels {
  return type.scope === 'Mesh' ? { 'kuma.io/mesh': mesh } : {};
}

// Objects that stand for meshes and control planes carry no origin.
const WITHOUT_ORIGIN = ['Mesh', 'Zone'];

/** Its labels say where it is, not whose it is. */
export const PLACED_ONLY: readonly string[] = ['Workload'];

function originLabels(type: ResourceType, { labels }: Resource, site: ControlPlaneSite): Labels {
  const providedHere = type.origin === 'zone' || type.origin === 'both' || !site.federated;
  if (site.mode !== 'zone' || !providedHere || type.internal === true || WITHOUT_ORIGIN.includes(type.name)) return {};
  if ((labels['kuma.io/origin'] ?? 'zone') !== 'zone') return {};
  return { ...(!PLACED_ONLY.includes(type.name) && { 'kuma.io/origin': 'zone' }), 'kuma.io/zone': site.zone, 'kuma.io/env': site.environment };
}

function proxyLabels({ type, spec }: Resource): Labels {
  if (type === 'ZoneIngress' || type === 'ZoneEgress') return { 'kuma.io/proxy-type': type.toLowerCase() };
  if (type !== 'Dataplane') return {};
  const { gateway, listeners = [] } = (spec as DataplaneSpec).networking ?? {};
  return {
    'kuma.io/proxy-type': gateway === undefined ? 'sidecar' : 'gateway',
    ...(listeners.some((one) => one.type === 'ZoneIngress') && { 'kuma.io/listener-zoneingress': 'enabled' }),
    ...(listeners.some((one) => one.type === 'ZoneEgress') && { 'kuma.io/listener-zoneegress': 'enabled' }),
  };
}

const IMMUTABLE = ['kuma.io/display-name', 'kuma.io/origin', 'kuma.io/zone'];

/** Changes of labels that are fixed at creation: display name, origin, zone. `next` are the labels after {@link computeLabels}. */
export function immutableLabelViolations(previous: Labels, next: Labels): readonly Violation[] {
  return IMMUTABLE.flatMap((key) => {
    const [was, is] = [previous[key], next[key]];
    if (was === undefined || was === is) return [];
    const change = is === undefined ? `removed (was "${was}")` : `changed from "${was}" to "${is}"`;
    return [{ path: `labels["${key}"]`, message: `is immutable, cannot be ${change}` }];
  });
}
