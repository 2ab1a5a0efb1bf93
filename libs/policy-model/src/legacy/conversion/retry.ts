import { plain, present, toOnly, type Conversion, type Plain } from './conversion.ts';

const CONDITIONS: Readonly<Record<string, string>> = {
  all_5xx: '5xx', gateway_error: 'GatewayError', reset: 'Reset', connect_failure: 'ConnectFailure', envoy_ratelimited: 'EnvoyRatelimited', retriable_4xx: 'Retriable4xx',
  refused_stream: 'RefusedStream', http3_post_connect_failure: 'Http3PostConnectFailure', cancelled: 'Canceled', deadline_exceeded: 'DeadlineExceeded', internal: 'Internal',
  resource_exhausted: 'ResourceExhausted', unavailable: 'Unavailable',
};

/** Retry: MeshRetry, where status codes and methods are conditions too. */
export function convertRetry(conf: Plain): Conversion {
  const http = plain(conf['http']);
  const attempts = plain(conf['tcp'])['maxConnectAttempts'];
  const dropped = texts(http['retryOn']).includes('retriable_headers');
  return toOnly('MeshRetry', {
    tcp: attempts === undefined ? undefined : { maxConnectAttempt: attempts },
    http: conf['http'] === undefined ? undefined : shared(http, [
      ...conditions(http['retryOn']),
      ...texts(http['retriableMethods']).filter((method) => method !== 'NONE').map((method) => `HttpMethod${method.charAt(0)}${method.slice(1).toLowerCase()}`),
      ...(Array.isArray(http['retriableStatusCodes']) ? http['retriableStatusCodes'].map(String) : []),
    ]),
    grpc: conf['grpc'] === undefined ? undefined : shared(plain(conf['grpc']), conditions(plain(conf['grpc'])['retryOn'])),
  }, dropped ? ['http.retryOn: retriable_headers is dropped: no headers could be named with it'] : []);
}

function shared(conf: Plain, retryOn: readonly string[]): Plain {
  const { baseInterval, maxInterval } = plain(conf['backOff']);
  return present({ numRetries: conf['numRetries'], perTryTimeout: conf['perTryTimeout'], backOff: present({ baseInterval, maxInterval }), retryOn: retryOn.length === 0 ? undefined : retryOn }) ?? {};
}

/** Those about status codes follow from the codes themselves. */
function conditions(list: unknown): string[] {
  return texts(list).flatMap((name) => CONDITIONS[name] ?? []);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
