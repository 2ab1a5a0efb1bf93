export { buildCluster, buildEgress, buildEgressCluster, buildInbound, buildIngress, buildOutbound, buildTransparentProxy, finishedChanges } from './build.ts';
export { buildLogCollector, outboundLogCollectors, ownLogCollectors } from './mesh-access-log/log-collectors.ts';
export { buildTraceCollector, traceCollector } from './mesh-trace/trace-collector.ts';
export { metricDocument } from './mesh-metric/metric-document.ts';
export { buildMetrics } from './mesh-metric/metric-listeners.ts';
export { metricSettings, servedBackends, type MetricSettings, type PrometheusBackend } from './mesh-metric/metric-settings.ts';
export { agentSocket, otelDocument } from './telemetry/otel-document.ts';
export { POLICY_PLUGINS } from './plugins.ts';
export type { FinishedChange, PolicyPlugin } from './policy-plugin.ts';
