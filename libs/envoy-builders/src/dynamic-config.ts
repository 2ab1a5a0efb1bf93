import { create } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteSchema, type Route } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { listenerResource, routesResource, type EnvoyResource } from './contract.ts';
import { finishChain } from './filter-chain.ts';
import { loopback, overAds, pipeAddress } from './message-parts.ts';
import { statName, systemNames } from './naming.ts';

/** One document that the agent reads from its Envoy. */
export interface DynamicDocument {
  /** For example `dns`: served at `/dns`. */
  readonly name: string;
  readonly body: string;
  /** SHA-256 of the body, as lower-case hex. */
  readonly etag: string;
}

/** Where an agent reads its documents. The file's name is Kuma's, older than what it is used for. */
export function dynamicConfigSocketPath(workdir: string): string {
  return `${workdir}/kuma-mesh-metric-config.sock`;
}

/**
 * The listener on the agent's socket. What it serves is a resource of its own ({@link buildDynamicRoutes}), so that proxies with
 * equal documents share them although each has its own folder.
 */
export function buildDynamicConfigListener(workdir: string, unified: boolean): EnvoyResource {
  const name = systemNames(unified).dynamicConfig;
  const chain = finishChain({
    match: undefined,
    tls: undefined,
    networkFilters: [],
    terminal: {
      kind: 'http',
      httpFilters: [],
      hcm: create(HttpConnectionManagerSchema, {
        statPrefix: statName(name),
        internalAddressConfig: { cidrRanges: loopback(false) },
        routeSpecifier: { case: 'rds', value: { routeConfigName: name, configSource: overAds() } },
      }),
    },
  });
  return listenerResource(create(ListenerSchema, { name, ...(unified && { statPrefix: name }), address: pipeAddress(dynamicConfigSocketPath(workdir)), filterChains: [chain] }));
}

/** The documents, each as a direct response: 304 to whoever has it already, as its ETag (SHA-256 of the body) tells. */
export function buildDynamicRoutes(documents: readonly DynamicDocument[], unified: boolean): EnvoyResource {
  const name = systemNames(unified).dynamicConfig;
  return routesResource(create(RouteConfigurationSchema, {
    name,
    virtualHosts: [{ name, domains: ['*'], routes: documents.flatMap((document) => routes(document, name, unified)) }],
    maxDirectResponseBodySizeBytes: Math.max(...documents.map(({ body }) => getTextEncoding().encodeUtf8(body).length)),
  }));
}

function routes({ name, body, etag }: DynamicDocument, listener: string, unified: boolean): Route[] {
  const path = `/${name}`;
  const routeName = unified ? `${listener}_${name}` : `${listener}:${path}`;
  const header = { name: 'If-None-Match', headerMatchSpecifier: { case: 'stringMatch' as const, value: { matchPattern: { case: 'exact' as const, value: etag } } } };
  return [
    create(RouteSchema, {
      ...(unified && { name: `${routeName}_not_modified` }),
      match: { pathSpecifier: { case: 'path', value: path }, headers: [header] },
      action: { case: 'directResponse', value: { status: 304 } },
    }),
    create(RouteSchema, {
      name: routeName,
      match: { pathSpecifier: { case: 'path', value: path } },
      action: { case: 'directResponse', value: { status: 200, body: { specifier: { case: 'inlineString', value: body } } } },
      responseHeadersToAdd: [{ header: { key: 'Etag', value: etag } }],
    }),
  ];
}
