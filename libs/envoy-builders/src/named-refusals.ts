import { create } from '@bufbuild/protobuf';
import { ComparisonFilter_Op, AccessLogFilterSchema, type AccessLogFilter } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import { HeaderValueOption_HeaderAppendAction } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { LocalReplyConfigSchema, type LocalReplyConfig } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';

/** Header of a refusal that says who refused, e.g. `rbac_access_denied_matched_policy[kri_mtp_default___who_from_1]`. */
export const REFUSED_BY = 'x-weft-refused-by';

const REFUSALS = [401, 403, 429];

/** Answers of the proxy itself that refuse a request get the header {@link REFUSED_BY}; what the workload answers stays as it is. */
export function namedRefusals(): LocalReplyConfig {
  return create(LocalReplyConfigSchema, {
    mappers: [{
      filter: { filterSpecifier: { case: 'orFilter', value: { filters: REFUSALS.map(hasStatus) } } },
      headersToAdd: [{ header: { key: REFUSED_BY, value: '%RESPONSE_CODE_DETAILS%' }, appendAction: HeaderValueOption_HeaderAppendAction.ADD_IF_ABSENT }],
    }],
  });
}

function hasStatus(code: number): AccessLogFilter {
  return create(AccessLogFilterSchema, {
    filterSpecifier: { case: 'statusCodeFilter', value: { comparison: { op: ComparisonFilter_Op.EQ, value: { defaultValue: code, runtimeKey: `weft.refusal.${code}` } } } },
  });
}
