import { clone, equals } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { routesResource, type EnvoyResource } from '@weft/envoy-builders';
import { packAny } from '@weft/envoy-proto';
import type { Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import type { Filter } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { RouteConfigurationSchema, type RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HttpConnectionManagerSchema, type HttpConnectionManager } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';

/** Changes the HTTP connection managers among filters. `change` tells whether it did. */
export function changeManagers(filters: readonly Filter[], change: (hcm: HttpConnectionManager) => boolean): void {
  for (const filter of filters) {
    const hcm = filter.configType.case === 'typedConfig' ? anyUnpack(filter.configType.value, HttpConnectionManagerSchema) : undefined;
    if (hcm !== undefined && change(hcm)) filter.configType = { case: 'typedConfig', value: packAny(HttpConnectionManagerSchema, hcm) };
  }
}

/** All filters of a listener's chains. */
export function filtersOf(listener: Listener): Filter[] {
  return listener.filterChains.flatMap(({ filters }) => filters);
}

/** How a connection manager referred to routes, by their name. */
export type RouteSources = ReadonlyMap<string, HttpConnectionManager['routeSpecifier']>;

/** Moves the RouteConfigurations among the resources into their listeners: the layout that patches are written for. */
export function inlineRoutes(resources: readonly EnvoyResource[]): { readonly resources: readonly EnvoyResource[]; readonly sources: RouteSources } {
  const routes = new Map(resources.filter(({ type }) => type === 'rds').map(({ name, message }) => [name, message as RouteConfiguration]));
  const sources = new Map<string, HttpConnectionManager['routeSpecifier']>();
  for (const { message } of resources.filter(({ type }) => type === 'lds')) {
    changeManagers(filtersOf(message as Listener), (hcm) => {
      const config = hcm.routeSpecifier.case === 'rds' ? routes.get(hcm.routeSpecifier.value.routeConfigName) : undefined;
      if (config === undefined) return false;
      sources.set(config.name, hcm.routeSpecifier);
      hcm.routeSpecifier = { case: 'routeConfig', value: clone(RouteConfigurationSchema, config) };
      return true;
    });
  }
  return { resources: resources.filter(({ type, name }) => type !== 'rds' || !sources.has(name)), sources };
}

/** The way back, for routes that were resources before. Where chains differ in them now, they stay inside. */
export function separateRoutes(resources: readonly EnvoyResource[], sources: RouteSources): readonly EnvoyResource[] {
  const separate = new Map<string, RouteConfiguration>();
  for (const { message } of resources.filter(({ type }) => type === 'lds')) {
    changeManagers(filtersOf(message as Listener), (hcm) => {
      const config = hcm.routeSpecifier.case === 'routeConfig' ? hcm.routeSpecifier.value : undefined;
      const source = sources.get(config?.name ?? '');
      if (config === undefined || source === undefined) return false;
      const other = separate.get(config.name);
      if (other !== undefined && !equals(RouteConfigurationSchema, other, config)) return false;
      separate.set(config.name, config);
      hcm.routeSpecifier = source;
      return true;
    });
  }
  return [...resources, ...[...separate.values()].map(routesResource)];
}
