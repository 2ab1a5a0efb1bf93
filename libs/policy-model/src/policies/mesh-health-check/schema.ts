import { bool, duration, int32, intOrString, list, object, opt, text, type Static } from '@weft/resource-model';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const HeaderValueSchema = object({ name: text({ minLength: 1, maxLength: 256 }), value: text() });

/** What MeshHealthCheck sets. */
export const MeshHealthCheckConfSchema = object({
  interval: opt(duration({ description: '1m where absent.' })),
  timeout: opt(duration({ description: '15s where absent.' })),
  unhealthyThreshold: opt(int32()),
  healthyThreshold: opt(int32()),
  initialJitter: opt(duration()),
  intervalJitter: opt(duration()),
  intervalJitterPercent: opt(int32()),
  healthyPanicThreshold: opt(intOrString()),
  failTrafficOnPanic: opt(bool()),
  eventLogPath: opt(text()),
  alwaysLogHealthCheckFailures: opt(bool()),
  noTrafficInterval: opt(duration()),
  tcp: opt(object({ disabled: opt(bool()), send: opt(text()), receive: opt(list(text())) })),
  http: opt(object({
    disabled: opt(bool()),
    path: opt(text()),
    requestHeadersToAdd: opt(object({ set: opt(list(HeaderValueSchema, { maxItems: 16 })), add: opt(list(HeaderValueSchema, { maxItems: 16 })) })),
    expectedStatuses: opt(list(int32())),
  })),
  grpc: opt(object({ disabled: opt(bool()), serviceName: opt(text()), authority: opt(text()) })),
  reuseConnection: opt(bool()),
});

/** Spec of MeshHealthCheck. Source: Kuma 2.14. */
export const MeshHealthCheckSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(object({ targetRef: TargetRefSchema, default: opt(MeshHealthCheckConfSchema) }))),
});

/** Spec of MeshHealthCheck. */
export type MeshHealthCheckSpec = Static<typeof MeshHealthCheckSchema>;
/** What MeshHealthCheck sets. */
export type MeshHealthCheckConf = Static<typeof MeshHealthCheckConfSchema>;
