import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricRegistry } from './counters.ts';

/** Each sample wakes the process: at 10 ms that alone was half of what an idle control plane of 500 proxies cost. */
const SAMPLE_MS = 100;

/** Adds what is worth knowing of any process: memory, CPU, event-loop delay since the last look. Returns what stops measuring. */
export function addProcessMetrics(metrics: MetricRegistry): () => void {
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  // Samples are the times between two looks, the wait itself included.
  const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? Math.max(nanoseconds / 1e9 - SAMPLE_MS / 1e3, 0) : 0);
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  metrics.gauge('process_cpu_seconds_total', 'CPU time, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge('nodejs_eventloop_lag_p50_seconds', 'Median delay of the event loop since the last scrape.', () => seconds(delay.percentile(50)));
  metrics.gauge('nodejs_eventloop_lag_p99_seconds', '99th percentile of the delay of the event loop since the last scrape.', () => seconds(delay.percentile(99)));
  metrics.gauge('nodejs_eventloop_lag_max_seconds', 'Longest delay of the event loop since the last scrape.', () => {
    const longest = seconds(delay.max);
    delay.reset();
    return longest;
  });
  return () => void delay.disable();
}
