const HTTP_CONDITIONS = new Set([
  '5xx', 'GatewayError', 'Reset', 'Retriable4xx', 'ConnectFailure', 'EnvoyRatelimited', 'RefusedStream', 'Http3PostConnectFailure',
  ...['Connect', 'Delete', 'Get', 'Head', 'Options', 'Patch', 'Post', 'Put', 'Trace'].map((method) => `HttpMethod${method}`),
]);
const GRPC_CONDITIONS = new Set(['Canceled', 'DeadlineExceeded', 'Internal', 'ResourceExhausted', 'Unavailable']);

// Ranges of status codes in the IANA registry (with 418, which Go knows too).
const STATUS_RANGES = [[100, 103], [200, 208], [226, 226], [300, 305], [307, 308], [400, 418], [421, 426], [428, 429], [431, 431], [451, 451], [500, 508], [510, 511]] as const;

/** Whether an item of `http.retryOn` is known: a condition, a method, or a registered status code. */
export function isHttpRetryOn(item: string): boolean {
  return HTTP_CONDITIONS.has(item) || (/^\d{3}$/.test(item) && STATUS_RANGES.some(([first, last]) => Number(item) >= first && Number(item) <= last));
}

/** Whether an item of `grpc.retryOn` is known. */
export function isGrpcRetryOn(item: string): boolean {
  return GRPC_CONDITIONS.has(item);
}
