import { create } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteSchema, type Route } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { RouteConfigurationSchema, type RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { LuaSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/lua/v3/lua_pb.js';
import { HttpConnectionManagerSchema, HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { listenerResource, routesResource, type EnvoyResource } from './contract.ts';
import { finishChain } from './filter-chain.ts';
import { extension, loopback, overAds, pipeAddress } from './message-parts.ts';
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

/** What the listener serves. */
export interface DynamicDocuments {
  /** Names, which come as a resource of their own. */
  readonly names: boolean;
  /** Documents of this proxy alone. */
  readonly own: readonly DynamicDocument[];
}

/**
 * The listener on the agent's socket. The names that it serves are a resource of its own ({@link buildDynamicRoutes}), so that proxies
 * with equal names share them although each has its own folder; a proxy's own documents stand in its listener.
 */
export function buildDynamicConfigListener(workdir: string, unified: boolean, { names, own }: DynamicDocuments = { names: true, own: [] }): EnvoyResource {
  const name = systemNames(unified).dynamicConfig;
  const chain = finishChain({
    match: undefined,
    tls: undefined,
    networkFilters: [],
    terminal: {
      kind: 'http',
      httpFilters: names && own.length > 0 ? [answeringFilter(own)] : [],
      hcm: create(HttpConnectionManagerSchema, {
        statPrefix: statName(name),
        internalAddressConfig: { cidrRanges: loopback(false) },
        routeSpecifier: names
          ? { case: 'rds', value: { routeConfigName: name, configSource: overAds() } }
          : { case: 'routeConfig', value: documentRoutes(own, unified) },
      }),
    },
  });
  return listenerResource(create(ListenerSchema, { name, ...(unified && { statPrefix: name }), address: pipeAddress(dynamicConfigSocketPath(workdir)), filterChains: [chain] }));
}

/** The documents, each as a direct response: 304 to whoever has it already, as its ETag (SHA-256 of the body) tells. */
export function buildDynamicRoutes(documents: readonly DynamicDocument[], unified: boolean): EnvoyResource {
  return routesResource(documentRoutes(documents, unified));
}

/** A connection manager has one route configuration. Where that is the shared one of names, a filter answers for the proxy's own. */
function answeringFilter(documents: readonly DynamicDocument[]): HttpFilter {
  const answers = documents.map(({ name, body, etag }) => [
    `  if path == "/${name}" then`,
    `    if headers:get("if-none-match") == "${etag}" then handle:respond({[":status"] = "304"}, "")`,
    `    else handle:respond({[":status"] = "200", ["etag"] = "${etag}"}, ${luaText(body)}) end`,
    '  end',
  ].join('\n'));
  const script = ['function envoy_on_request(handle)', '  local headers = handle:headers()', '  local path = headers:get(":path")', ...answers, 'end', ''].join('\n');
  return create(HttpFilterSchema, extension('envoy.filters.http.lua', LuaSchema, { defaultSourceCode: { specifier: { case: 'inlineString', value: script } } }));
}

/** A text between long brackets, of a level that does not occur in it. */
function luaText(text: string): string {
  let level = '=';
  while (text.includes(`]${level}]`)) level += '=';
  return `[${level}[${text}]${level}]`;
}

function documentRoutes(documents: readonly DynamicDocument[], unified: boolean): RouteConfiguration {
  const name = systemNames(unified).dynamicConfig;
  return create(RouteConfigurationSchema, {
    name,
    virtualHosts: [{ name, domains: ['*'], routes: documents.flatMap((document) => routes(document, name, unified)) }],
    maxDirectResponseBodySizeBytes: Math.max(...documents.map(({ body }) => getTextEncoding().encodeUtf8(body).length)),
  });
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
