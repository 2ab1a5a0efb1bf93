import { list, object, opt, protoEnum, stringMap, text, uint32 } from '@weft/resource-model';
import { Type } from '@sinclair/typebox';
import { legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

const BackendSchema = object({ weight: opt(uint32()), destination: opt(stringMap()) });
const HeaderFilterSchema = object({ set: opt(list(object({ name: opt(text()), value: opt(text()) }))), add: opt(list(object({ name: opt(text()), value: opt(text()) }))), remove: opt(list(text())) });
const PathSchema = object({ replaceFull: opt(text()), replacePrefixMatch: opt(text()), hostToBackendHostname: opt(Type.Boolean()) });

const FilterSchema = object({
  requestHeader: opt(HeaderFilterSchema),
  responseHeader: opt(HeaderFilterSchema),
  mirror: opt(object({ backend: opt(BackendSchema), percentage: opt(Type.Number()) })),
  redirect: opt(object({ scheme: opt(text()), hostname: opt(text()), port: opt(uint32()), statusCode: opt(uint32()), path: opt(PathSchema) })),
  rewrite: opt(PathSchema),
});

const HttpMatchSchema = object({
  path: opt(object({ match: opt(protoEnum(['EXACT', 'PREFIX', 'REGEX'])), value: opt(text()) })),
  method: opt(protoEnum(['NONE', 'CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'])),
  headers: opt(list(object({ match: opt(protoEnum(['EXACT', 'REGEX', 'ABSENT', 'PRESENT'])), name: opt(text()), value: opt(text()) }))),
  queryParameters: opt(list(object({ match: opt(protoEnum(['EXACT', 'REGEX'])), name: opt(text()), value: opt(text()) }))),
});

const MeshGatewayRouteConfSchema = object({
  tcp: opt(object({ rules: opt(list(object({ backends: opt(list(BackendSchema)) }))) })),
  http: opt(object({ hostnames: opt(list(text())), rules: opt(list(object({ matches: opt(list(HttpMatchSchema)), filters: opt(list(FilterSchema)), backends: opt(list(BackendSchema)) }))) })),
});

/** MeshGatewayRoute: where a builtin gateway sends requests. */
export const meshGatewayRouteType = legacyPolicyType<{ readonly conf?: { readonly tcp?: object; readonly http?: object } }>({
  name: 'MeshGatewayRoute', plural: 'meshgatewayroutes', cliName: 'meshgatewayroute', displayName: 'Mesh Gateway Route',
  schema: object({ selectors: opt(SelectorsSchema), conf: opt(MeshGatewayRouteConfSchema) }),
  selectors: [{ field: 'selectors', service: true }],
  validateConf: ({ conf }) => (conf === undefined || (conf.tcp === undefined) === (conf.http === undefined) ? [{ path: 'conf', message: 'must have exactly one defined: tcp, http' }] : []),
});
