import type { DataplaneEntry } from '@weft/mesh-index';
import { ZONE, type Policy } from '@weft/policy-engine';
import type { MeshLoadBalancingStrategyConf } from '@weft/policy-model';
import type { KnownTarget } from './service-target.ts';
import type { LocalityRules, MeshView } from './proxy-view.ts';

/** Where proxies of a class are: their zone, and the values that they have of tags by which some destination is near. */
export interface Whereabouts {
  readonly zone: string;
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/** Where a proxy is, as far as these policies (MeshLoadBalancingStrategy) ask. */
export function whereaboutsOf({ resource, inbounds }: DataplaneEntry, policies: readonly Policy[]): Whereabouts {
  const keys = new Set(policies.flatMap(({ to }) => to.flatMap(({ conf }) => affinityOf(conf).map(({ key }) => key))));
  const valuesOf = (key: string): readonly string[] => {
    const values = inbounds.flatMap(({ tags }) => tags?.[key] ?? []);
    return [...new Set(values.length > 0 ? values : [resource.labels[key] ?? []].flat())].sort();
  };
  return { zone: valuesOf(ZONE)[0] ?? '', tags: Object.fromEntries([...keys].sort().map((key) => [key, valuesOf(key)])) };
}

/** The weight of the first affinity tag; each further one counts a tenth of the one before, and what has none of them 1. */
const FIRST_WEIGHT = 9;

/**
 * How the endpoints of a destination are grouped for proxies there. Undefined: by zone, all alike. As in Kuma 2.14, services
 * that are resources prefer their own zone also without a policy; those by tag only where a policy or the mesh says so.
 */
export function localityRules({ target }: Pick<KnownTarget, 'target'>, policy: unknown, { zone, tags, localityAware = false }: Whereabouts & Pick<MeshView, 'localityAware'>): LocalityRules | undefined {
  const conf = (policy as MeshLoadBalancingStrategyConf | undefined)?.localityAwareness;
  if (conf === undefined && target.kind === 'tag' && policy === undefined && !localityAware) return undefined;
  const { disabled = false, localZone, crossZone } = conf ?? {};
  if (localZone === undefined && crossZone === undefined) return { zone, spread: disabled };
  const affinity = affinityOf(policy);
  const percentage = Number(crossZone?.failoverThreshold?.percentage ?? Number.NaN);
  return {
    zone,
    spread: disabled,
    groups: {
      affinity: affinity.map(({ key, weight }, at) => ({ key, values: tags[key] ?? [], weight: weight ?? FIRST_WEIGHT * 10 ** (affinity.length - 1 - at) })),
      failover: (crossZone?.failover ?? []).map(({ from, to }) => ({ applies: from === undefined || from.zones.includes(zone), type: to.type, zones: to.zones ?? [] })),
      overprovisioningFactor: Number.isFinite(percentage) ? Math.floor(100 / percentage) * 100 : DEFAULT_OVERPROVISIONING,
    },
  };
}

/** Percent: the next priority takes part once less than half of the endpoints before it are healthy. */
const DEFAULT_OVERPROVISIONING = 200;

function affinityOf(conf: unknown): readonly { readonly key: string; readonly weight?: number | undefined }[] {
  return (conf as MeshLoadBalancingStrategyConf | undefined)?.localityAwareness?.localZone?.affinityTags ?? [];
}
