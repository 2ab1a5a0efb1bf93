import { duration, list, object, opt, type Static } from '@weft/resource-model';
import { MatchSchema } from '../../match/schema.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

/** What MeshTimeout sets. Durations as Go writes them. */
export const MeshTimeoutConfSchema = object({
  connectionTimeout: opt(duration({ description: 'Time to establish a connection.' })),
  idleTimeout: opt(duration({ description: 'Time a connection may be without requests or bytes; 0s: no limit.' })),
  http: opt(object({
    requestTimeout: opt(duration()),
    streamIdleTimeout: opt(duration()),
    maxStreamDuration: opt(duration()),
    maxConnectionDuration: opt(duration()),
    requestHeadersTimeout: opt(duration()),
  })),
});

const EntrySchema = object({ targetRef: TargetRefSchema, default: opt(MeshTimeoutConfSchema) });

/** Spec of MeshTimeout. Source: Kuma 2.14. */
export const MeshTimeoutSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(EntrySchema)),
  from: opt(list(EntrySchema)),
  rules: opt(list(object({ matches: opt(list(MatchSchema)), default: opt(MeshTimeoutConfSchema) }))),
});

/** Spec of MeshTimeout. */
export type MeshTimeoutSpec = Static<typeof MeshTimeoutSchema>;
/** What MeshTimeout sets. */
export type MeshTimeoutConf = Static<typeof MeshTimeoutConfSchema>;
