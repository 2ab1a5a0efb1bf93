import { create } from '@bufbuild/protobuf';
import { duration, extension, rateLimitedBy } from '@weft/envoy-builders';
import { packAny } from '@weft/envoy-proto';
import { FilterSchema, type Filter } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import type { Route } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { LocalRateLimitSchema as HttpRateLimitSchema, type LocalRateLimit as HttpRateLimit } from '@weft/envoy-proto/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { LocalRateLimitSchema as TcpRateLimitSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/local_ratelimit/v3/local_rate_limit_pb.js';
import { StatusCode } from '@weft/envoy-proto/envoy/type/v3/http_status_pb.js';
import { TokenBucketSchema, type TokenBucket } from '@weft/envoy-proto/envoy/type/v3/token_bucket_pb.js';
import { confOf, durationMs, numberOf, textOf, type Conf } from '../conf.ts';
import { headersToAdd, headersToSet } from '../header-changes.ts';
import { perIdentity } from './per-identity.ts';

const HTTP_FILTER = 'envoy.filters.http.local_ratelimit';
const HTTP_STATS = 'rate_limit';

/** Kuma names the network filter by its type, and dashboards know it so. */
const TCP_FILTER = 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit';

/** The HTTP filter: only requests of routes with a limit pass it. */
export function httpRateLimitFilter(): HttpFilter {
  return create(HttpFilterSchema, { ...extension(HTTP_FILTER, HttpRateLimitSchema, { statPrefix: HTTP_STATS }), disabled: true });
}

/**
 * Sets a route's limit from `local.http`, and whose it is (`requestRate.origin`: KRI); takes both away where it is
 * disabled or has no rate.
 */
export function limitRoute(route: Route, conf: Conf): void {
  const limit = httpRateLimit(conf);
  if (limit === undefined) {
    Reflect.deleteProperty(route.typedPerFilterConfig, HTTP_FILTER);
    delete route.metadata;
    return;
  }
  route.typedPerFilterConfig[HTTP_FILTER] = packAny(HttpRateLimitSchema, limit);
  route.metadata = rateLimitedBy(textOf(confOf(conf['requestRate'])['origin']) ?? '');
}

function httpRateLimit(conf: Conf): HttpRateLimit | undefined {
  const tokenBucket = conf['disabled'] === true ? undefined : bucket(conf['requestRate']);
  if (tokenBucket === undefined) return undefined;
  const refusal = confOf(conf['onRateLimit']);
  const headers = confOf(refusal['headers']);
  // Envoy refuses codes that it has no name for, and takes 429 where there is none.
  const status = Object.values(StatusCode).find((code) => code === refusal['status']);
  return create(HttpRateLimitSchema, {
    statPrefix: HTTP_STATS,
    ...(typeof status === 'number' && { status: { code: status } }),
    ...(conf['perIdentity'] === true ? perIdentity(tokenBucket, bucket(conf['totalRate'])) : { tokenBucket }),
    filterEnabled: { defaultValue: { numerator: 100 }, runtimeKey: 'local_rate_limit_enabled' },
    filterEnforced: { defaultValue: { numerator: 100 }, runtimeKey: 'local_rate_limit_enforced' },
    responseHeadersToAdd: [...headersToSet(headers['set']), ...headersToAdd(headers['add'])],
  });
}

/** The network filter of `local.tcp`; undefined where that is disabled or has no rate. */
export function connectionRateFilter(conf: Conf): Filter | undefined {
  const tokenBucket = conf['disabled'] === true ? undefined : bucket(conf['connectionRate']);
  return tokenBucket === undefined ? undefined : create(FilterSchema, extension(TCP_FILTER, TcpRateLimitSchema, { statPrefix: 'tcp_rate_limit', tokenBucket }));
}

function bucket(value: unknown): TokenBucket | undefined {
  const rate = confOf(value);
  const tokens = numberOf(rate['num']);
  const intervalMs = durationMs(rate['interval']);
  if (tokens === undefined || intervalMs === undefined) return undefined;
  return create(TokenBucketSchema, { maxTokens: tokens, tokensPerFill: tokens, fillInterval: duration(intervalMs) });
}
