import { create } from '@bufbuild/protobuf';
import { extension, RATE_LIMIT_REFUSAL } from '@weft/envoy-builders';
import { AccessLogFilterSchema, AccessLogSchema, type AccessLog, type AccessLogFilter } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import { SubstitutionFormatStringSchema } from '@weft/envoy-proto/envoy/config/core/v3/substitution_format_string_pb.js';
import { FileAccessLogSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/file/v3/file_pb.js';
import { ExpressionFilterSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/filters/cel/v3/cel_pb.js';
import { StdoutAccessLogSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/stream/v3/stream_pb.js';

const REQUEST = '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"';
const DENIED = {
  http: { where: 'response.code_details', details: '%RESPONSE_CODE_DETAILS%', what: REQUEST },
  tcp: { where: 'connection.termination_details', details: '%CONNECTION_TERMINATION_DETAILS%', what: 'connection' },
} as const;

/** An access log of denials only: when, who (the URIs of the certificate), what, and by which rule. */
export function denialLog(kind: 'http' | 'tcp', path: string): AccessLog {
  const { where, details, what } = DENIED[kind];
  const filter = extension('envoy.access_loggers.extension_filters.cel', ExpressionFilterSchema, { expression: `${where}.startsWith("rbac_access_denied")` });
  return refusalLog({ path, verb: 'denied', what, details }, create(AccessLogFilterSchema, { filterSpecifier: { case: 'extensionFilter', value: filter } }));
}

/** An access log of requests beyond a limit only: when, who, what, and by which policy. */
export function limitLog(path: string): AccessLog {
  const filter = create(AccessLogFilterSchema, { filterSpecifier: { case: 'responseFlagFilter', value: { flags: ['RL'] } } });
  return refusalLog({ path, verb: 'limited', what: REQUEST, details: RATE_LIMIT_REFUSAL }, filter);
}

function refusalLog({ path, verb, what, details }: { readonly path: string; readonly verb: string; readonly what: string; readonly details: string }, filter: AccessLogFilter): AccessLog {
  return create(AccessLogSchema, { ...logger(path, `[%START_TIME%] ${verb} ${what} from %DOWNSTREAM_PEER_URI_SAN% to %DOWNSTREAM_LOCAL_ADDRESS%: ${details}\n`), filter });
}

/** The file /dev/stdout cannot be opened where Envoy's output is a socket, as under an agent: standard output has a logger of its own. */
function logger(path: string, line: string): ReturnType<typeof extension> {
  const format = create(SubstitutionFormatStringSchema, { format: { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: line } } } });
  return path === '/dev/stdout'
    ? extension('envoy.access_loggers.stdout', StdoutAccessLogSchema, { accessLogFormat: { case: 'logFormat', value: format } })
    : extension('envoy.access_loggers.file', FileAccessLogSchema, { path, accessLogFormat: { case: 'logFormat', value: format } });
}
