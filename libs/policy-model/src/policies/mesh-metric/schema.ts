import { bool, duration, list, object, oneOf, opt, text, uint32, type Static } from '@weft/resource-model';
import { TelemetryBackendRefSchema } from '../../target-ref/backend-label-ref.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const SelectorSchema = object({ type: text({ description: 'Prefix, Regex, Exact or Contains.' }), match: text() });
const SidecarSchema = object({
  profiles: opt(object({
    appendProfiles: opt(list(object({ name: text({ description: 'All, Basic or None.' }) }))),
    exclude: opt(list(SelectorSchema)),
    include: opt(list(SelectorSchema)),
  })),
  includeUnused: opt(bool({ default: false })),
});
const MetricBackendSchema = object({
  type: oneOf(['Prometheus', 'OpenTelemetry']),
  prometheus: opt(object({
    clientId: opt(text()),
    port: opt(uint32({ default: 5670 })),
    path: opt(text({ default: '/metrics' })),
    tls: opt(object({ mode: opt(oneOf(['Disabled', 'ProvidedTLS', 'ActiveMTLSBackend'], { default: 'Disabled' })) })),
  })),
  openTelemetry: opt(object({ endpoint: opt(text()), backendRef: opt(TelemetryBackendRefSchema), refreshInterval: opt(duration()) })),
});

/** What MeshMetric sets. */
export const MeshMetricConfSchema = object({
  sidecar: opt(SidecarSchema),
  applications: opt(list(object({ name: opt(text()), path: opt(text({ default: '/metrics' })), address: opt(text()), port: uint32() }))),
  backends: opt(list(MetricBackendSchema)),
});

/** Spec of MeshMetric. Source: Kuma 2.14. */
export const MeshMetricSchema = object({ targetRef: opt(TargetRefSchema), default: opt(MeshMetricConfSchema) });

/** Spec of MeshMetric. */
export type MeshMetricSpec = Static<typeof MeshMetricSchema>;
/** What MeshMetric sets. */
export type MeshMetricConf = Static<typeof MeshMetricConfSchema>;
