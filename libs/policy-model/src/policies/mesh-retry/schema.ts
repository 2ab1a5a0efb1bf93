import { duration, int32, list, object, oneOf, opt, stringMap, text, uint32, type Static } from '@weft/resource-model';
import { HeaderMatchSchema } from '../mesh-http-route/schema.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const BackOffSchema = object({ baseInterval: opt(duration()), maxInterval: opt(duration()) });
const RateLimitedBackOffSchema = object({
  resetHeaders: opt(list(object({ name: text({ minLength: 1 }), format: oneOf(['Seconds', 'UnixTimestamp']) }))),
  maxInterval: opt(duration()),
});
const HostSelectionSchema = object({
  predicate: text({ description: 'OmitPreviousHosts, OmitHostsWithTags or OmitPreviousPriorities.' }),
  tags: opt(stringMap()),
  updateFrequency: opt(int32({ default: 2 })),
});
const COMMON = {
  numRetries: opt(uint32({ description: 'Unset: one; 0: no retry policy at all.' })),
  perTryTimeout: opt(duration()),
  backOff: opt(BackOffSchema),
  rateLimitedBackOff: opt(RateLimitedBackOffSchema),
  retryOn: opt(list(text())),
};

/** What MeshRetry sets, per protocol. */
export const MeshRetryConfSchema = object({
  tcp: opt(object({ maxConnectAttempt: opt(uint32()) })),
  http: opt(object({
    ...COMMON,
    retriableResponseHeaders: opt(list(HeaderMatchSchema)),
    retriableRequestHeaders: opt(list(HeaderMatchSchema)),
    hostSelection: opt(list(HostSelectionSchema)),
    hostSelectionMaxAttempts: opt(int32()),
  })),
  grpc: opt(object(COMMON)),
});

/** Spec of MeshRetry. Source: Kuma 2.14. */
export const MeshRetrySchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(object({ targetRef: TargetRefSchema, default: opt(MeshRetryConfSchema) }))),
});

/** Spec of MeshRetry. */
export type MeshRetrySpec = Static<typeof MeshRetrySchema>;
/** What MeshRetry sets. */
export type MeshRetryConf = Static<typeof MeshRetryConfSchema>;
