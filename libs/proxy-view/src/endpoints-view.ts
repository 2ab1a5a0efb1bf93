import type { Endpoint, EndpointSet } from '@weft/mesh-index';
import { compareText, contentHash, groupBy } from '@weft/kernel';
import { selects } from '@weft/policy-engine';
import type { DestinationView, EndpointsView, LocalityRules, LocalityView } from './proxy-view.ts';

type Groups = NonNullable<LocalityRules['groups']>;

const LAST_RESORT = Number.MAX_SAFE_INTEGER;

/** Endpoints of a destination: those that are ready and carry its tags, in the localities that its viewers see. Other zones are reached with TLS only. */
export function endpointsView({ clusterName, target, tags, tls, locality }: Pick<DestinationView, 'clusterName' | 'target' | 'tags' | 'tls' | 'locality'>, set: Pick<EndpointSet, 'list'> | undefined): EndpointsView {
  const all = set?.list() ?? [];
  // Servers outside the mesh speak no mesh TLS: where a service has instances in the mesh, these are meant.
  const inside = all.filter(({ external }) => external !== true);
  const usable = (inside.length > 0 ? inside : all).filter((endpoint) => endpoint.ready && selects(tags, endpoint.tags) && (tls !== undefined || endpoint.remote !== true));
  const ready = weighed(merged(usable), target.kind);
  if (locality?.groups !== undefined) return { clusterName, localities: grouped(ready, locality.zone, locality.groups), overprovisioningFactor: locality.groups.overprovisioningFactor };
  const isFar = (zone: string | undefined): boolean => locality !== undefined && !locality.spread && locality.zone !== '' && zone !== undefined && zone !== locality.zone;
  return { clusterName, localities: withoutGaps([...groupBy(ready, ({ zone }) => zone)].map(([zone, endpoints]) => ({ zone, subZone: undefined, priority: unlessLowered(isFar(zone) ? 1 : 0, endpoints), endpoints: endpoints.map(shown) }))) };
}

/** Each entrance of another zone once, as heavy as all that stands behind it. */
function merged(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  if (!endpoints.some(({ remote }) => remote === true)) return endpoints;
  const places = groupBy(endpoints, (endpoint) => (endpoint.remote === true ? `${endpoint.zone ?? ''} ${endpoint.address} ${endpoint.port}` : endpoint));
  return [...places.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [others.reduce((sum, { weight, tags }) => ({ ...sum, weight: sum.weight + weight, tags: inCommon(sum.tags, tags) }), first)]));
}

function inCommon(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(a).filter(([key, value]) => b[key] === value));
}

/** By tag, every entrance of a zone weighs as much as all of its instances: an instance here weighs as many times one. */
function weighed(endpoints: readonly Endpoint[], kind: DestinationView['target']['kind']): readonly Endpoint[] {
  const entrances = kind === 'tag' ? endpoints.filter(({ remote }) => remote === true).length : 0;
  return entrances < 2 ? endpoints : endpoints.map((endpoint) => (endpoint.remote === true ? endpoint : { ...endpoint, weight: endpoint.weight * entrances }));
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
    return rule < 0 || failover[rule]?.type === 'None' ? [] : [{ zone, priority: unlessLowered(rule + 1, endpoints), endpoints }];
  });
  const isPassed = ({ endpoints }: ReachedZone): boolean => endpoints.every((endpoint) => endpoint.passed === true);
  const far = [...others.filter((one) => !isPassed(one)), ...behindEgresses(others.filter(isPassed))].map(({ zone, priority, endpoints }) => ({ zone, subZone: undefined, priority, weight: 1, endpoints: endpoints.map(shown) }));
  return withoutGaps([...own, ...far.sort((a, b) => a.priority - b.priority || compareText(a.zone, b.zone))]);
}

/** Another zone that a rule leads to. */
interface ReachedZone {
  readonly zone: string;
  readonly priority: number;
  readonly endpoints: readonly Endpoint[];
}

/** Where the own zone's egresses lead to other zones, they are the same for all of these: which of them is meant, they decide by the same rules. */
function behindEgresses(zones: readonly ReachedZone[]): ReachedZone[] {
  if (zones.length === 0) return [];
  const places = groupBy(zones.flatMap(({ endpoints }) => endpoints), ({ address, port }) => `${address} ${port}`);
  const endpoints = [...places.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [others.reduce((sum, { tags }) => ({ ...sum, tags: inCommon(sum.tags, tags) }), first)]));
  const name = contentHash(zones.map(({ zone }) => zone).sort(compareText).join(' ')).slice(0, 8);
  return [{ zone: `egress_${name}`, priority: Math.min(...zones.map(({ priority }) => (priority === LAST_RESORT ? LAST_RESORT : 1))), endpoints }];
}

/** A zone of which nothing answers is the last resort, after all that rules lead to. */
function unlessLowered(priority: number, endpoints: readonly Endpoint[]): number {
  return endpoints.some(({ lowered }) => lowered === true) ? LAST_RESORT : priority;
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

function shown({ address, port, weight, tags, labels, zone, remote }: Endpoint): LocalityView['endpoints'][number] {
  return { address, port, weight, tags, labels, ...(remote === true && zone !== undefined && { remoteZone: zone }) };
}
