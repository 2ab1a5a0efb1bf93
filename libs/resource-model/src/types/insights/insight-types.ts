import type { ResourceType } from '../../resource-type.ts';
import { anything } from '../../schema/fields.ts';

/** Facts that are counted when they are asked for; their shapes are those of the handlers that make them. */
function insight(facts: Pick<ResourceType, 'name' | 'scope' | 'plural' | 'singularDisplayName'>): ResourceType {
  return { ...facts, pluralDisplayName: `${facts.singularDisplayName}s`, form: 'inline', schema: anything(), readOnly: true, origin: 'none', feed: 'none' };
}

/** MeshInsight: what there is in a mesh. */
export const meshInsightType = insight({ name: 'MeshInsight', scope: 'Global', plural: 'mesh-insights', singularDisplayName: 'Mesh Insight' });
/** ServiceInsight: the services of a mesh and how many of their proxies are online. */
export const serviceInsightType = insight({ name: 'ServiceInsight', scope: 'Mesh', plural: 'service-insights', singularDisplayName: 'Service Insight' });
/** ZoneIngressInsight: connections of an ingress. */
export const zoneIngressInsightType = insight({ name: 'ZoneIngressInsight', scope: 'Global', plural: 'zone-ingress-insights', singularDisplayName: 'Zone Ingress Insight' });
/** ZoneEgressInsight: connections of an egress. */
export const zoneEgressInsightType = insight({ name: 'ZoneEgressInsight', scope: 'Global', plural: 'zoneegressinsights', singularDisplayName: 'Zone Egress Insight' });
