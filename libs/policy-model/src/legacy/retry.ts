import { list, object, opt, protoDuration, protoEnum, uint32, type Static } from '@weft/resource-model';
import { BY_SERVICE, confRequired, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

const HTTP_METHODS = ['NONE', 'CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'] as const;
const HTTP_RETRY_ON = ['all_5xx', 'gateway_error', 'reset', 'connect_failure', 'envoy_ratelimited', 'retriable_4xx', 'refused_stream', 'retriable_status_codes', 'retriable_headers', 'http3_post_connect_failure'] as const;
const GRPC_RETRY_ON = ['cancelled', 'deadline_exceeded', 'internal', 'resource_exhausted', 'unavailable'] as const;
const BackOffSchema = object({ baseInterval: opt(protoDuration()), maxInterval: opt(protoDuration()) });
const shared = { numRetries: opt(uint32()), perTryTimeout: opt(protoDuration()), backOff: opt(BackOffSchema) };

const RetryConfSchema = object({
  http: opt(object({
    ...shared,
    retriableStatusCodes: opt(list(uint32())),
    retriableMethods: opt(list(protoEnum(HTTP_METHODS))),
    retryOn: opt(list(protoEnum(HTTP_RETRY_ON))),
  })),
  tcp: opt(object({ maxConnectAttempts: opt(uint32()) })),
  grpc: opt(object({ ...shared, retryOn: opt(list(protoEnum(GRPC_RETRY_ON))) })),
});

interface RetrySpec {
  readonly conf?: Static<typeof RetryConfSchema>;
}

/** Retry: repetition of requests between services. */
export const retryType = legacyPolicyType<RetrySpec>({
  name: 'Retry', plural: 'retries', cliName: 'retry', displayName: 'Retry', pluralDisplayName: 'Retries',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(RetryConfSchema) }),
  selectors: BY_SERVICE,
  validateConf: ({ conf }) => [
    ...confRequired(conf),
    ...(conf !== undefined && Object.keys(conf).length === 0 ? [{ path: 'conf', message: 'missing protocol configuration' }] : []),
    ...(['http', 'grpc'] as const).flatMap((protocol) => {
      const backOff = conf?.[protocol]?.backOff;
      return backOff !== undefined && backOff.baseInterval === undefined ? [{ path: `conf.${protocol}.backOff.baseInterval`, message: 'must have a positive value' }] : [];
    }),
  ],
});
