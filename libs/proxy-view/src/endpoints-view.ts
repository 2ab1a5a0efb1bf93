import type { Endpoint, EndpointSet } from '@weft/mesh-index';
import { compareText, groupBy } from '@weft/kernel';
import { selects } from '@weft/policy-engine';
import type { DestinationView, EndpointsView, LocalityRules, LocalityView } from './proxy-view.ts';

type Groups = NonNullable<LocalityRules['groups']>;

/** Endpoints of a destination: those that are ready and carry its tags, in the localities that its viewers see. */
export function endpointsView({ clusterName, tags, locality }: Pick<DestinationView, 'clusterName' | 'tags' | 'locality'>, set: EndpointSet | undefined): EndpointsView {
  const ready = (set?.list() ?? []).filter((endpoint) => endpoint.ready && selects(tags, endpoint.tags));
  if (locality?.groups !== undefined) return { clusterName, localities: grouped(ready, locality.zone, locality.groups), overprovisioningFactor: locality.groups.overprovisioningFactor };
  const isFar = (zone: string | undefined): boolean => locality !== undefined && !locality.spread && locality.zone !== '' && zone !== undefined && zone !== locality.zone;
  return { clusterName, localities: withoutGaps([...groupBy(ready, ({ zone }) => zone)].map(([zone, endpoints]) => ({ zone, subZone: undefined, priority: isFar(zone) ? 1 : 0, endpoints: endpoints.map(shown) }))) };
}

/** The own zone by affinity, then other zones as far as a failover rule leads there. */
function grouped(ready: readonly Endpoint[], ownZone: string, { affinity, failover }: Groups): LocalityView[] {
  const isOwn = ({ zone }: Endpoint): boolean => zone === undefined || ownZone === '' || zone === ownZone;
  const near = groupBy(ready.filter(isOwn), (endpoint) => affinity.findIndex(({ key, values }) => values.includes(valueOf(endpoint, key))));
  const own = [...near].sort(([a], [b]) => order(a) - order(b)).flatMap(([at, endpoints]): LocalityView[] => {
    const group = affinity[at];
    if (group === undefined) return [{ zone: endpoints[0]?.zone, subZone: undefined, priority: 0, weight: 1, endpoints: endpoints.map(shown) }];
    return [...groupBy(endpoints, (endpoint) => valueOf(endpoint, group.key))].sort(([a], [b]) => compareText(a, b))
      .map(([value, some]) => ({ zone: some[0]?.zone, subZone: `${group.key}=${value}`, priority: 0, weight: group.weight, endpoints: some.map(shown) }));
  });
  const others = [...groupBy(ready.filter((endpoint) => !isOwn(endpoint)), ({ zone }) => zone ?? '')].flatMap(([zone, endpoints]) => {
    const rule = failover.findIndex(({ applies, type, zones }) => applies && (type === 'Any' || type === 'None' || (type === 'Only') === zones.includes(zone)));
    return rule < 0 || failover[rule]?.type === 'None' ? [] : [{ zone, subZone: undefined, priority: rule + 1, weight: 1, endpoints: endpoints.map(shown) }];
  });
  return withoutGaps([...own, ...others.sort((a, b) => a.priority - b.priority || compareText(a.zone, b.zone))]);
}

/** Envoy wants priorities one after another, beginning with 0. */
function withoutGaps(localities: readonly LocalityView[]): LocalityView[] {
  const used = [...new Set(localities.map(({ priority }) => priority))].sort((a, b) => a - b);
  return localities.map((locality) => ({ ...locality, priority: used.indexOf(locality.priority) }));
}

/** What has no affinity comes last. */
function order(at: number): number {
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

function valueOf({ tags, labels }: Endpoint, key: string): string {
  return tags[key] ?? labels[key] ?? '';
}

function shown({ address, port, weight, tags, labels }: Endpoint): LocalityView['endpoints'][number] {
  return { address, port, weight, tags, labels };
}
