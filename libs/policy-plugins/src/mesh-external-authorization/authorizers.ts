import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { duration, extension, stringMatcher } from '@weft/envoy-builders';
import { ApiVersion } from '@weft/envoy-proto/envoy/config/core/v3/config_source_pb.js';
import { ExtAuthzSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { InboundRule } from '@weft/proxy-view';
import { confOf, durationMs, firstByName, numberOf, objects, textOf, texts, type Conf } from '../conf.ts';
import { serverClusterName } from '../external-server.ts';
import { HTTP_RBAC } from '../rbac/rbac-filter.ts';

/** All authorizers, by name; of those with one name the first, which is of the most specific policy. */
export function authorizersOf(rules: readonly InboundRule[]): ReadonlyMap<string, Conf> {
  return firstByName(rules.flatMap(({ conf }) => objects(confOf(conf)['authorizers'])));
}

/** What the name of a permission ends in that an authorizer has to agree to. Names of authorizers hold no underscore. */
export function agreementOf(authorizer: string): string {
  return `_by_${authorizer}`;
}

/**
 * Asks an authorizer about the requests that the permissions let in only with its agreement: the RBAC filter has left the
 * name of the permission in the metadata. Whoever is refused, and everyone while it does not answer, gets 403.
 */
export function authorizerFilter(name: string, authorizer: Conf): HttpFilter {
  const { maxBytes, allowPartial } = confOf(authorizer['body']);
  const max = numberOf(maxBytes);
  return create(HttpFilterSchema, extension('envoy.filters.http.ext_authz', ExtAuthzSchema, {
    services: serviceOf(authorizer),
    transportApiVersion: ApiVersion.V3,
    includePeerCertificate: true,
    statPrefix: name,
    filterEnabledMetadata: {
      filter: HTTP_RBAC,
      path: [{ segment: { case: 'key', value: 'enforced_effective_policy_id' } }],
      value: { matchPattern: { case: 'stringMatch', value: { matchPattern: { case: 'suffix', value: agreementOf(name) } } } },
    },
    ...(max !== undefined && { withRequestBody: { maxRequestBytes: max, allowPartialMessage: allowPartial === true } }),
    ...allowedHeaders(authorizer),
  }));
}

/** An http authorizer gets few headers unless told more; with grpc it gets all. */
function allowedHeaders(authorizer: Conf): Pick<MessageInitShape<typeof ExtAuthzSchema>, 'allowedHeaders'> {
  const headers = texts(authorizer['requestHeaders']);
  return headers.length === 0 ? {} : { allowedHeaders: exactly(headers) };
}

function serviceOf(authorizer: Conf): NonNullable<MessageInitShape<typeof ExtAuthzSchema>['services']> {
  const uri = textOf(authorizer['uri']) ?? '';
  const cluster = serverClusterName('authorizer', uri);
  const timeout = duration(durationMs(authorizer['timeout']) ?? 1_000);
  if (uri.startsWith('grpc')) return { case: 'grpcService', value: { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: cluster } }, timeout } };
  const workloadHeaders = texts(authorizer['workloadHeaders']);
  return {
    case: 'httpService',
    value: {
      serverUri: { uri, httpUpstreamType: { case: 'cluster', value: cluster }, timeout },
      pathPrefix: /^[a-z]+:\/\/[^/]+(\/.*?)?\/?$/.exec(uri)?.[1] ?? '',
      ...(workloadHeaders.length > 0 && { authorizationResponse: { allowedUpstreamHeaders: exactly(workloadHeaders) } }),
    },
  };
}

function exactly(names: readonly string[]): { patterns: ReturnType<typeof stringMatcher>[] } {
  return { patterns: names.map((value) => stringMatcher({ kind: 'exact', value })) };
}
