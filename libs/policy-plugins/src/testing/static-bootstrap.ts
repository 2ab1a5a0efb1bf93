import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { EnvoyResource } from '@weft/envoy-builders';
import { resourceJson } from './golden-case.ts';

/** How resources that come by ADS stand in a static bootstrap. */
export interface StaticBootstrapOptions {
  /** Routes inside the listeners; otherwise by RDS, as they are served. */
  readonly inlineRoutes: boolean;
  /** Secrets by name, from the resources; otherwise by SDS, as they are served. */
  readonly staticSecrets: boolean;
  /** Clusters with the endpoints that EDS would bring. Default false. */
  readonly staticEndpoints?: boolean;
  readonly adminPort?: number;
}

/** A bootstrap that holds the resources, in the JSON form with proto field names. */
export function staticBootstrap(resources: readonly EnvoyResource[], options: StaticBootstrapOptions): JsonObject {
  const of = (type: EnvoyResource['type']): JsonObject[] => resources.filter((resource) => resource.type === type).map(resourceJson);
  const routes = new Map(of('rds').map((route) => [route['name'], route]));
  const endpoints = new Map(of('eds').map((assignment) => [assignment['cluster_name'], assignment]));
  const listeners = of('lds').map((listener) => changed(listener, (object) => standalone(object, routes, options)));
  return {
    node: { id: 'default.test', cluster: 'test' },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: options.adminPort ?? 0 } } },
    dynamic_resources: { ads_config: { api_type: 'DELTA_GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'control_plane' } }] } },
    static_resources: {
      listeners,
      clusters: [CONTROL_PLANE, ...of('cds').map((cluster) => changed(withEndpoints(cluster, options.staticEndpoints === true ? endpoints : new Map()), (object) => standalone(object, routes, options)))],
      secrets: options.staticSecrets ? of('sds') : [],
    },
  };
}

/** Folders of recorded configuration. */
const OTHER_MACHINE = '/tmp/workdir/';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const CONTROL_PLANE: JsonObject = {
  name: 'control_plane',
  load_assignment: { cluster_name: 'control_plane', endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } } }] }] },
  typed_extension_protocol_options: { [HTTP_OPTIONS]: { '@type': `type.googleapis.com/${HTTP_OPTIONS}`, explicit_http_config: { http2_protocol_options: {} } } },
};

function standalone(object: JsonObject, routes: ReadonlyMap<JsonValue | undefined, JsonObject>, options: StaticBootstrapOptions): JsonObject {
  const made: JsonObject = { ...object };
  const { rds } = object;
  if (options.inlineRoutes && rds !== undefined) {
    delete made['rds'];
    made['route_config'] = routes.get((rds as JsonObject)['route_config_name']) ?? {};
  }
  if (options.staticSecrets) delete made['sds_config'];
  // Envoy opens the file at once, and the folder is of another machine.
  if (typeof object['path'] === 'string' && object['path'].startsWith(OTHER_MACHINE) && 'log_format' in object) made['path'] = '/dev/null';
  return made;
}

function withEndpoints(cluster: JsonObject, endpoints: ReadonlyMap<JsonValue | undefined, JsonObject>): JsonObject {
  const assignment = endpoints.get(cluster['name']);
  if (assignment === undefined) return cluster;
  const { eds_cluster_config: _eds, ...rest } = cluster;
  return { ...rest, type: 'STATIC', load_assignment: assignment };
}

function changed(value: JsonObject, change: (object: JsonObject) => JsonObject): JsonObject {
  const inside = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, changedValue(member, change)]));
  return change(inside);
}

function changedValue(value: JsonValue, change: (object: JsonObject) => JsonObject): JsonValue {
  if (Array.isArray(value)) return value.map((item) => changedValue(item, change));
  return typeof value === 'object' && value !== null ? changed(value, change) : value;
}
