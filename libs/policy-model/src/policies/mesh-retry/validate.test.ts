import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshRetryType } from './mesh-retry.ts';

const CONF = 'spec.to[0].default.conf';
const conf = (value: unknown) => ({ to: [{ targetRef: { kind: 'Mesh' }, default: value }] });

const CASES: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', {}, [`${CONF}: at least one of the 'tcp', 'http', 'grpc' must be specified`]],
  ['empty blocks', { tcp: {}, http: {}, grpc: {} }, ['tcp', 'http', 'grpc'].map((block) => `${CONF}.${block}: must not be empty`)],
  ['attempts at choosing a host alone', { http: { hostSelectionMaxAttempts: 3 } }, [`${CONF}.http: must not be empty`]],
  ['no connection attempts', { tcp: { maxConnectAttempt: 0 } }, [`${CONF}.tcp.maxConnectAttempt: must be greater than 0`]],
  ['an empty back-off', { http: { numRetries: 1, backOff: {} } }, [`${CONF}.http.backOff: must not be empty`]],
  ['conditions', { http: { retryOn: ['5xx', '5XX', '429', '299', 'HttpMethodGet'] } }, [`${CONF}.http.retryOn[1]: unknown item '5XX'`, `${CONF}.http.retryOn[3]: unknown item '299'`]],
  ['gRPC conditions', { grpc: { retryOn: ['Canceled', '5xx'] } }, [`${CONF}.grpc.retryOn[1]: unknown item '5xx'`]],
  [
    'a rate-limited back-off without headers',
    { grpc: { rateLimitedBackOff: { maxInterval: '0s' } } },
    [`${CONF}.grpc.rateLimitedBackOff.resetHeaders: must be defined`, `${CONF}.grpc.rateLimitedBackOff.maxInterval: must be greater than zero when defined`],
  ],
  [
    'host selection',
    { http: { hostSelection: [{ predicate: 'OmitHostsWithTags' }, { predicate: 'OmitPreviousPriorities', updateFrequency: 0 }, { predicate: 'OmitPreviousPriorities' }, { predicate: 'Any' }] } },
    [
      `${CONF}.http.hostSelection[0].tags: must be defined`,
      `${CONF}.http.hostSelection[1].updateFrequency: must be defined and greater than zero`,
      `${CONF}.http.hostSelection[2].predicate: OmitPreviousPriorities must only be specified once`,
      `${CONF}.http.hostSelection[3].predicate: unknown predicate type 'Any'`,
    ],
  ],
  ['no retries at all', { http: { numRetries: 0 } }, []],
];

describe('MeshRetry', () => {
  it.each(CASES)('%s', (_, value, expected) => expect(violationsOf(meshRetryType, conf(value))).toEqual(expected));
});
