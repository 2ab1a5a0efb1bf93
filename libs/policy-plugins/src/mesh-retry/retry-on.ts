/** What a `retryOn` list says, sorted by where Envoy wants it. */
export interface RetryConditions {
  readonly retryOn: string;
  readonly statusCodes: readonly number[];
  readonly methods: readonly string[];
}

const DEFAULT_ON = {
  http: ['gateway-error', 'connect-failure', 'refused-stream'],
  grpc: ['cancelled', 'connect-failure', 'gateway-error', 'refused-stream', 'reset', 'resource-exhausted', 'unavailable'],
} as const;

/** Kuma's names to Envoy's. `Canceled` becomes `cancelled`, the word that Envoy knows. */
const CONDITIONS: Readonly<Record<string, string>> = {
  '5xx': '5xx', GatewayError: 'gateway-error', Reset: 'reset', Retriable4xx: 'retriable-4xx', ConnectFailure: 'connect-failure', EnvoyRatelimited: 'envoy-ratelimited',
  RefusedStream: 'refused-stream', Http3PostConnectFailure: 'http3-post-connect-failure', Canceled: 'cancelled', DeadlineExceeded: 'deadline-exceeded',
  Internal: 'internal', ResourceExhausted: 'resource-exhausted', Unavailable: 'unavailable',
};

const METHOD = 'HttpMethod';

/** Splits `retryOn`. A list that holds status codes and methods only keeps the protocol's default conditions. */
export function retryConditions(list: readonly string[], protocol: 'http' | 'grpc'): RetryConditions {
  const named = list.flatMap((item) => CONDITIONS[item] ?? []);
  const statusCodes = list.filter((item) => /^\d+$/.test(item)).map(Number);
  const conditions = named.length > 0 ? named : DEFAULT_ON[protocol];
  return {
    retryOn: [...conditions, ...(statusCodes.length > 0 ? ['retriable-status-codes'] : [])].join(','),
    statusCodes,
    methods: list.filter((item) => item.startsWith(METHOD)).map((item) => item.slice(METHOD.length).toUpperCase()),
  };
}
