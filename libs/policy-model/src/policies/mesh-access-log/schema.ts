import { anything, bool, list, object, oneOf, opt, text, type Static } from '@weft/resource-model';
import { MatchSchema } from '../../match/schema.ts';
import { TelemetryBackendRefSchema } from '../../target-ref/backend-label-ref.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const KeyValueSchema = object({ key: text(), value: text() });
const FormatSchema = object({ type: oneOf(['Plain', 'Json']), plain: opt(text()), json: opt(list(KeyValueSchema)), omitEmptyValues: opt(bool({ default: false })) });
const AccessLogBackendSchema = object({
  type: oneOf(['Tcp', 'File', 'OpenTelemetry']),
  tcp: opt(object({ format: opt(FormatSchema), address: text({ minLength: 1 }) })),
  file: opt(object({ format: opt(FormatSchema), path: text({ minLength: 1 }) })),
  openTelemetry: opt(object({
    attributes: opt(list(KeyValueSchema)),
    body: opt(anything()),
    endpoint: opt(text({ minLength: 1 })),
    backendRef: opt(TelemetryBackendRefSchema),
  })),
});

/** What MeshAccessLog sets. */
export const MeshAccessLogConfSchema = object({ backends: opt(list(AccessLogBackendSchema)) });
const EntrySchema = object({ targetRef: TargetRefSchema, default: opt(MeshAccessLogConfSchema) });

/** Spec of MeshAccessLog. Source: Kuma 2.14. */
export const MeshAccessLogSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(EntrySchema)),
  from: opt(list(EntrySchema)),
  rules: opt(list(object({ matches: opt(list(MatchSchema)), default: opt(MeshAccessLogConfSchema) }))),
});

/** Spec of MeshAccessLog. */
export type MeshAccessLogSpec = Static<typeof MeshAccessLogSchema>;
/** One place that logs go to. */
export type AccessLogBackend = Static<typeof AccessLogBackendSchema>;
