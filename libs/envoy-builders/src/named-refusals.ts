import { create } from '@bufbuild/protobuf';
import { ComparisonFilter_Op, AccessLogFilterSchema, type AccessLogFilter } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption, type Metadata } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ExpressionFilterSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/filters/cel/v3/cel_pb.js';
import { LocalReplyConfigSchema, type LocalReplyConfig } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { extension, filterMetadata } from './message-parts.ts';

/** Header of a refusal that says who refused, e.g. `rbac_access_denied_matched_policy[kri_mtp_default___who_from_1]`. */
export const REFUSED_BY = 'x-weft-refused-by';

const REFUSALS = [401, 403, 429];

/** Envoy's details of a request that found no token in its bucket, whatever status it is answered with. */
const RATE_LIMITED = 'local_rate_limited';
const LIMITED_BY = { namespace: 'weft.io', key: 'rate-limited-by' } as const;

/** Who limited a request, as Envoy fills it in: `local_rate_limited[kri_mrl_default___backend_]`. Holds for requests of routes with {@link rateLimitedBy}. */
export const RATE_LIMIT_REFUSAL = `${RATE_LIMITED}[%METADATA(ROUTE:${LIMITED_BY.namespace}:${LIMITED_BY.key})%]`;

/** Metadata of a route whose limit this policy has set. Envoy's own details of a refusal name nobody. */
export function rateLimitedBy(kri: string): Metadata {
  return filterMetadata({ [LIMITED_BY.namespace]: { [LIMITED_BY.key]: kri } });
}

/** Answers of the proxy itself that refuse a request get the header {@link REFUSED_BY}; what the workload answers stays as it is. */
export function namedRefusals(): LocalReplyConfig {
  return create(LocalReplyConfigSchema, {
    mappers: [
      { filter: isRateLimited(), headersToAdd: [refusedBy(RATE_LIMIT_REFUSAL)] },
      { filter: { filterSpecifier: { case: 'orFilter', value: { filters: REFUSALS.map(hasStatus) } } }, headersToAdd: [refusedBy('%RESPONSE_CODE_DETAILS%')] },
    ],
  });
}

function refusedBy(value: string): Pick<HeaderValueOption, 'appendAction'> & { header: { key: string; value: string } } {
  return { header: { key: REFUSED_BY, value }, appendAction: HeaderValueOption_HeaderAppendAction.ADD_IF_ABSENT };
}

/** By its details: the status may be another than 429, and the response flag is set only after the answer was made. */
function isRateLimited(): AccessLogFilter {
  const filter = extension('envoy.access_loggers.extension_filters.cel', ExpressionFilterSchema, { expression: `response.code_details == "${RATE_LIMITED}"` });
  return create(AccessLogFilterSchema, { filterSpecifier: { case: 'extensionFilter', value: filter } });
}

function hasStatus(code: number): AccessLogFilter {
  return create(AccessLogFilterSchema, {
    filterSpecifier: { case: 'statusCodeFilter', value: { comparison: { op: ComparisonFilter_Op.EQ, value: { defaultValue: code, runtimeKey: `weft.refusal.${code}` } } } },
  });
}
