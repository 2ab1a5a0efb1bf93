import { fromBinary, toJson, type DescMessage } from '@bufbuild/protobuf';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import { TYPE_URLS, type ProxySnapshot, type XdsType } from '@weft/xds-core';

const SCHEMAS: Readonly<Record<Exclude<XdsType, 'sds'>, DescMessage>> = {
  cds: ClusterSchema, eds: ClusterLoadAssignmentSchema, lds: ListenerSchema, rds: RouteConfigurationSchema,
};

/** One Envoy resource in protobuf's JSON form. */
export function dumpResource(type: Exclude<XdsType, 'sds'>, body: Uint8Array): unknown {
  return toJson(SCHEMAS[type], fromBinary(SCHEMAS[type], body), { registry: envoyRegistry });
}

/** What a proxy was given, by type URL and name, in protobuf's JSON form. Of secrets only name and version are told. */
export function dumpSnapshot(snapshot: ProxySnapshot): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const types = Object.keys(SCHEMAS) as Exclude<XdsType, 'sds'>[];
  const dump: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const type of types) {
    dump[TYPE_URLS[type]] = Object.fromEntries([...snapshot[type]].map(([name, { body }]) => [name, dumpResource(type, body)]));
  }
  dump[TYPE_URLS.sds] = Object.fromEntries([...snapshot.sds].map(([name, { version }]) => [name, { name, version }]));
  return dump;
}
