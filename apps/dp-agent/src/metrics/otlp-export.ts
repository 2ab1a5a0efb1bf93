import type { PushTarget } from './metrics-config.ts';
import { sendOtlp } from '../otel/send-otlp.ts';

/** Sends one ExportMetricsServiceRequest by way of a socket. Rejects where the collector does not take it. */
export function exportMetrics({ socketPath, httpPath }: PushTarget, message: Uint8Array): Promise<void> {
  return sendOtlp({ at: { socketPath }, httpPath, headers: {} }, 'metrics', message);
}
