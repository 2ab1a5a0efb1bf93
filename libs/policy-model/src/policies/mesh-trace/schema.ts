import { bool, intOrString, list, object, oneOf, opt, text, type Static } from '@weft/resource-model';
import { TelemetryBackendRefSchema } from '../../target-ref/backend-label-ref.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const TraceBackendSchema = object({
  type: oneOf(['Zipkin', 'Datadog', 'OpenTelemetry']),
  zipkin: opt(object({
    url: text(),
    traceId128bit: opt(bool({ default: false })),
    apiVersion: opt(oneOf(['httpJson', 'httpProto'], { default: 'httpJson' })),
    sharedSpanContext: opt(bool({ default: true })),
  })),
  datadog: opt(object({ url: text(), splitService: opt(bool({ default: false })) })),
  openTelemetry: opt(object({ endpoint: opt(text({ minLength: 1 })), backendRef: opt(TelemetryBackendRefSchema) })),
});
const TagSchema = object({ name: text({ minLength: 1 }), literal: opt(text()), header: opt(object({ name: text({ minLength: 1 }), default: opt(text()) })) });

/** What MeshTrace sets. */
export const MeshTraceConfSchema = object({
  backends: opt(list(TraceBackendSchema)),
  sampling: opt(object({ overall: opt(intOrString()), client: opt(intOrString()), random: opt(intOrString()) })),
  tags: opt(list(TagSchema)),
});

/** Spec of MeshTrace. Source: Kuma 2.14. */
export const MeshTraceSchema = object({ targetRef: opt(TargetRefSchema), default: opt(MeshTraceConfSchema) });

/** Spec of MeshTrace. */
export type MeshTraceSpec = Static<typeof MeshTraceSchema>;
/** What MeshTrace sets. */
export type MeshTraceConf = Static<typeof MeshTraceConfSchema>;
