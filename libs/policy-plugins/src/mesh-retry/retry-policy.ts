import { create } from '@bufbuild/protobuf';
import { duration, extension, filterMetadata } from '@weft/envoy-builders';
import {
  RetryPolicySchema, RetryPolicy_RateLimitedRetryBackOffSchema, RetryPolicy_ResetHeaderFormat, RetryPolicy_RetryBackOffSchema, RetryPolicy_RetryHostPredicateSchema, RetryPolicy_RetryPrioritySchema,
  type RetryPolicy, type RetryPolicy_RetryHostPredicate,
} from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { OmitHostMetadataConfigSchema } from '@weft/envoy-proto/envoy/extensions/retry/host/omit_host_metadata/v3/omit_host_metadata_config_pb.js';
import { PreviousHostsPredicateSchema } from '@weft/envoy-proto/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import { PreviousPrioritiesConfigSchema } from '@weft/envoy-proto/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js';
import { confOf, durationMs, numberOf, objects, textOf, texts, type Conf } from '../conf.ts';
import { headerMatcher } from '../header-matcher.ts';
import { retryConditions } from './retry-on.ts';

/** Envoy's retry policy from the `http` or `grpc` block; undefined for `numRetries: 0`. */
export function retryPolicy(conf: Conf, protocol: 'http' | 'grpc'): RetryPolicy | undefined {
  const retries = numberOf(conf['numRetries']);
  if (retries === 0) return undefined;
  const conditions = retryConditions(texts(conf['retryOn']), protocol);
  const policy = create(RetryPolicySchema, {
    retryOn: conditions.retryOn,
    retriableStatusCodes: [...conditions.statusCodes],
    retriableHeaders: objects(conf['retriableResponseHeaders']).map(headerMatcher),
    retriableRequestHeaders: [
      ...objects(conf['retriableRequestHeaders']).map(headerMatcher),
      ...conditions.methods.map((method) => headerMatcher({ name: ':method', value: method })),
    ],
  });
  if (retries !== undefined) policy.numRetries = retries;
  const perTryMs = durationMs(conf['perTryTimeout']);
  if (perTryMs !== undefined) policy.perTryTimeout = duration(perTryMs);
  backOff(policy, conf, protocol);
  hostSelection(policy, conf);
  return policy;
}

function backOff(policy: RetryPolicy, conf: Conf, protocol: 'http' | 'grpc'): void {
  if (conf['backOff'] !== undefined) {
    const { baseInterval, maxInterval } = confOf(conf['backOff']);
    const baseMs = durationMs(baseInterval) ?? (protocol === 'grpc' ? 25 : undefined);
    const maxMs = durationMs(maxInterval);
    policy.retryBackOff = create(RetryPolicy_RetryBackOffSchema, { ...(baseMs !== undefined && { baseInterval: duration(baseMs) }), ...(maxMs !== undefined && { maxInterval: duration(maxMs) }) });
  }
  if (conf['rateLimitedBackOff'] === undefined) return;
  const limited = confOf(conf['rateLimitedBackOff']);
  const limitedMaxMs = durationMs(limited['maxInterval']);
  policy.rateLimitedRetryBackOff = create(RetryPolicy_RateLimitedRetryBackOffSchema, {
    resetHeaders: objects(limited['resetHeaders']).map((header) => ({
      name: textOf(header['name']) ?? '',
      format: header['format'] === 'UnixTimestamp' ? RetryPolicy_ResetHeaderFormat.UNIX_TIMESTAMP : RetryPolicy_ResetHeaderFormat.SECONDS,
    })),
    ...(limitedMaxMs !== undefined && { maxInterval: duration(limitedMaxMs) }),
  });
}

function hostSelection(policy: RetryPolicy, conf: Conf): void {
  const selections = objects(conf['hostSelection']);
  policy.retryHostPredicate = selections.flatMap(hostPredicate);
  const priorities = selections.find(({ predicate }) => predicate === 'OmitPreviousPriorities');
  if (priorities !== undefined) {
    policy.retryPriority = create(RetryPolicy_RetryPrioritySchema, extension('envoy.retry_priorities.previous_priorities', PreviousPrioritiesConfigSchema, { updateFrequency: numberOf(priorities['updateFrequency']) ?? 2 }));
  }
  const attempts = numberOf(conf['hostSelectionMaxAttempts']);
  if (attempts !== undefined) policy.hostSelectionRetryMaxAttempts = BigInt(attempts);
}

function hostPredicate(selection: Conf): RetryPolicy_RetryHostPredicate[] {
  if (selection['predicate'] === 'OmitPreviousHosts') return [create(RetryPolicy_RetryHostPredicateSchema, extension('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema, {}))];
  if (selection['predicate'] !== 'OmitHostsWithTags') return [];
  const tags = Object.fromEntries(Object.entries(confOf(selection['tags'])).map(([key, value]) => [key, String(value)]));
  return [create(RetryPolicy_RetryHostPredicateSchema, extension('envoy.retry_host_predicates.omit_host_metadata', OmitHostMetadataConfigSchema, { metadataMatch: filterMetadata({ 'envoy.lb': tags }) }))];
}
