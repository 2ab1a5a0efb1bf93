import { fromBinary, toJson, type DescMessage, type JsonObject } from '@bufbuild/protobuf';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import type { ProxyKey } from '@weft/proxy-view';
import type { ConfigEngine } from '../config-engine.ts';

const SCHEMAS = { cds: ClusterSchema, eds: ClusterLoadAssignmentSchema, lds: ListenerSchema, rds: RouteConfigurationSchema } satisfies Readonly<Record<string, DescMessage>>;

/** A resource of a proxy in protobuf's JSON form; undefined where it has none of that name. */
export function readResource(engine: ConfigEngine, key: ProxyKey, { type, name }: { readonly type: keyof typeof SCHEMAS; readonly name: string }): JsonObject | undefined {
  const found = engine.config(key)?.snapshot[type].get(name);
  if (found === undefined) return undefined;
  const schema: DescMessage = SCHEMAS[type];
  return toJson(schema, fromBinary(schema, found.body), { registry: envoyRegistry }) as JsonObject;
}

/** `<sni> -> <cluster>[<subset>]` of each way that a listener leads, in order. */
export function readPassages(engine: ConfigEngine, key: ProxyKey, listener: string): readonly string[] {
  interface Chain { readonly filterChainMatch?: { readonly serverNames?: readonly string[] }; readonly filters: readonly { readonly typedConfig: { readonly cluster?: string; readonly metadataMatch?: { readonly filterMetadata: Readonly<Record<string, Readonly<Record<string, string>>>> } } }[] }
  const { filterChains = [] } = (readResource(engine, key, { type: 'lds', name: listener }) ?? {}) as unknown as { readonly filterChains?: readonly Chain[] };
  return filterChains.map(({ filterChainMatch, filters }) => {
    const { cluster, metadataMatch } = filters[0]?.typedConfig ?? {};
    const subset = Object.entries(metadataMatch?.filterMetadata['envoy.lb'] ?? {}).map(([tag, value]) => `${tag}=${value}`);
    return `${filterChainMatch?.serverNames?.[0] ?? '*'} -> ${cluster ?? 'nothing'}${subset.length === 0 ? '' : `[${subset.join(',')}]`}`;
  });
}

/** `<address>:<port>` of each endpoint of a cluster, in order. */
export function readEndpoints(engine: ConfigEngine, key: ProxyKey, cluster: string): readonly string[] {
  interface Assignment { readonly endpoints?: readonly { readonly lbEndpoints: readonly { readonly endpoint: { readonly address: { readonly socketAddress: { readonly address: string; readonly portValue: number } } } }[] }[] }
  const { endpoints = [] } = (readResource(engine, key, { type: 'eds', name: cluster }) ?? {}) as unknown as Assignment;
  return endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ endpoint: { address: { socketAddress } } }) => `${socketAddress.address}:${socketAddress.portValue}`));
}
