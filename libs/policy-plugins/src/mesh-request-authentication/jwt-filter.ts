import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { duration, extension, sortedRecord } from '@weft/envoy-builders';
import { JwtAuthenticationSchema, type JwtProviderSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { confOf, durationMs, objects, textOf, texts, type Conf } from '../conf.ts';
import { serverClusterName } from '../external-server.ts';

/** The filter that verifies tokens, and under which its metadata hold their claims. */
export const JWT_FILTER = 'envoy.filters.http.jwt_authn';

/** Claims of which items are told apart by spaces (RFC 8693 §4.2): they are compared item by item. */
const SPACE_DELIMITED = ['scope'];

/** How long to wait for keys after a failure to fetch them. */
const REFETCH_MS = 10_000;

/**
 * Verifies the tokens of a request. One that is not good is refused with 401; a request without a token goes on, with no
 * claims. The claims of a good one stand in the metadata under its provider's name.
 */
export function jwtFilter(providers: readonly Conf[]): HttpFilter {
  const names = providers.map(({ name }) => textOf(name) ?? '');
  return create(HttpFilterSchema, extension(JWT_FILTER, JwtAuthenticationSchema, {
    providers: sortedRecord(Object.fromEntries(providers.map((provider, index) => [names[index] ?? '', jwtProvider(provider)]))),
    rules: [{
      match: { pathSpecifier: { case: 'prefix', value: '/' } },
      requirementType: {
        case: 'requires',
        value: {
          requiresType: {
            case: 'requiresAny',
            value: { requirements: [...names.map((value) => ({ requiresType: { case: 'providerName' as const, value } })), { requiresType: { case: 'allowMissing' as const, value: {} } }] },
          },
        },
      },
    }],
  }));
}

function jwtProvider(provider: Conf): MessageInitShape<typeof JwtProviderSchema> {
  const from = confOf(provider['from']);
  return {
    issuer: textOf(provider['issuer']) ?? '',
    audiences: texts(provider['audiences']),
    requireExpiration: true,
    jwksSourceSpecifier: keysOf(confOf(provider['jwks'])),
    forward: provider['forward'] !== false,
    fromHeaders: objects(from['headers']).map((header) => ({ name: textOf(header['name']) ?? '', valuePrefix: textOf(header['prefix']) ?? '' })),
    fromParams: texts(from['queryParams']),
    fromCookies: texts(from['cookies']),
    payloadInMetadata: textOf(provider['name']) ?? '',
    normalizePayloadInMetadata: { spaceDelimitedClaims: SPACE_DELIMITED },
    clockSkewSeconds: Math.round((durationMs(provider['clockSkew']) ?? 60_000) / 1000),
  };
}

type KeySource = NonNullable<MessageInitShape<typeof JwtProviderSchema>['jwksSourceSpecifier']>;

/** Keys that are fetched are fetched ahead of the first request, and the listener does not wait for them. */
function keysOf({ inline, remote }: Conf): KeySource {
  if (typeof inline === 'string') return { case: 'localJwks', value: { specifier: { case: 'inlineString', value: inline } } };
  const { uri, timeout, cacheDuration } = confOf(remote);
  const from = textOf(uri) ?? '';
  return {
    case: 'remoteJwks',
    value: {
      httpUri: { uri: from, httpUpstreamType: { case: 'cluster', value: serverClusterName('jwks', from) }, timeout: duration(durationMs(timeout) ?? 5_000) },
      cacheDuration: duration(durationMs(cacheDuration) ?? 600_000),
      asyncFetch: { fastListener: true, failedRefetchDuration: duration(REFETCH_MS) },
    },
  };
}
