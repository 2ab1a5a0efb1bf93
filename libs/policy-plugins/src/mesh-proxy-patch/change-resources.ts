import type { DescMessage, Message } from '@bufbuild/protobuf';
import { clusterResource, listenerResource, passthroughName, type EnvoyResource } from '@weft/envoy-builders';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { FilterSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema, type Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { VirtualHostSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import type { RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HttpFilterSchema, type HttpConnectionManager } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { patchMessage, valueOf } from './change-message.ts';
import { changeFilters } from './filter-list.ts';
import type { Modification, Placed } from './modification.ts';
import { changeManagers, filtersOf } from './route-layout.ts';

/** Origin of what a MeshProxyPatch adds. */
export const PATCH_ORIGIN = 'mesh-proxy-patch';

/** Applies one modification to the resources of one origin. What an `Add` makes is placed where the origin is its own. */
export function changeResources(placed: readonly Placed[], modification: Modification, origin: string): readonly Placed[] {
  switch (modification.kind) {
    case 'cluster': return changeWhole(placed, modification, { origin, type: 'cds', desc: ClusterSchema, wrap: clusterResource });
    case 'listener': return changeWhole(placed, modification, { origin, type: 'lds', desc: ListenerSchema, wrap: listenerResource });
    case 'networkFilter': return onListeners(placed, modification, (listener) => {
      for (const chain of listener.filterChains) changeFilters(FilterSchema, chain.filters, modification);
    });
    case 'httpFilter': return onListeners(placed, modification, (listener) => changeManagers(filtersOf(listener), (hcm) => changeFilters(HttpFilterSchema, hcm.httpFilters, modification)));
    case 'virtualHost': return onListeners(placed, modification, (listener) => changeManagers(filtersOf(listener), (hcm) => changeVirtualHosts(hcm, modification)));
  }
}

interface WholeKind<Desc extends DescMessage> {
  readonly origin: string;
  readonly type: EnvoyResource['type'];
  readonly desc: Desc;
  readonly wrap: (message: never) => EnvoyResource;
}

function changeWhole<Desc extends DescMessage>(placed: readonly Placed[], modification: Modification, { origin, type, desc, wrap }: WholeKind<Desc>): readonly Placed[] {
  if (modification.operation === 'Add') {
    const added = wrap(valueOf(desc, modification) as never);
    // The newer of one name takes the place of the older, wherever that came from.
    const others = placed.filter(({ resource }) => resource.type !== type || resource.name !== added.name);
    return origin === PATCH_ORIGIN ? [...others, { origin, resource: added }] : others;
  }
  const isMeant = (one: Placed): boolean => one.resource.type === type && matches(one, modification);
  if (modification.operation === 'Remove') return placed.filter((one) => !isMeant(one));
  return placed.map((one) => {
    if (!isMeant(one)) return one;
    patchMessage(desc, one.resource.message as never, modification);
    return { ...one, resource: wrap(one.resource.message as never) };
  });
}

function onListeners(placed: readonly Placed[], modification: Modification, change: (listener: Listener) => void): readonly Placed[] {
  for (const one of placed) if (one.resource.type === 'lds' && matchesListener(one, modification)) change(one.resource.message as Listener);
  return placed;
}

function matches({ origin, resource }: Placed, { match }: Modification): boolean {
  return (match.origin ?? origin) === origin && (match.name ?? resource.name) === resource.name && (resource.type !== 'lds' || hasTags(resource.message, match.tags));
}

function matchesListener({ origin, resource }: Placed, { match }: Modification): boolean {
  const named = match.listenerName === undefined || resource.name === match.listenerName || PASSTHROUGH.some((names) => names.includes(resource.name) && names.includes(match.listenerName ?? ''));
  return named && (match.origin ?? origin) === origin && hasTags(resource.message, match.tags);
}

/** Both names of each passthrough listener: a patch may use either. */
const PASSTHROUGH = (['inbound', 'outbound'] as const).flatMap((direction) => ([4, 6] as const).map((family) => [passthroughName(direction, family, false), passthroughName(direction, family, true)]));

function hasTags(listener: Message, tags: Readonly<Record<string, unknown>>): boolean {
  const own = (listener as Listener).metadata?.filterMetadata['io.kuma.tags'] ?? {};
  return Object.entries(tags).every(([key, value]) => own[key] === value);
}

function changeVirtualHosts({ routeSpecifier }: HttpConnectionManager, modification: Modification): boolean {
  if (routeSpecifier.case !== 'routeConfig') return false;
  const { operation, match } = modification;
  const config = routeSpecifier.value;
  if (match.routeConfigurationName !== undefined && !routeNames(config).includes(match.routeConfigurationName)) return false;
  const hosts = config.virtualHosts;
  const meant = (name: string): boolean => (match.name ?? name) === name;
  if (operation === 'Add') hosts.push(valueOf(VirtualHostSchema, modification));
  else if (operation === 'Remove') config.virtualHosts = hosts.filter(({ name }) => !meant(name));
  else for (const host of hosts) if (meant(host.name)) patchMessage(VirtualHostSchema, host, modification);
  return true;
}

/** An inbound's routes are called after its listener here, and after its service in Kuma: a patch may use either. */
function routeNames({ name, virtualHosts }: RouteConfiguration): readonly string[] {
  return name.startsWith('inbound:') ? [name, ...virtualHosts.map((host) => `inbound:${host.name}`)] : [name];
}
