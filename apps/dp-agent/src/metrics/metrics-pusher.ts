import { create, toBinary } from '@bufbuild/protobuf';
import { ExportMetricsServiceRequestSchema } from '@weft/envoy-proto/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js';
import type { Metric } from '@weft/envoy-proto/opentelemetry/proto/metrics/v1/metrics_pb.js';
import { metricFamilies, type MetricFamily } from './exposition-families.ts';
import type { PushTarget } from './metrics-config.ts';
import { exportMetrics } from './otlp-export.ts';
import { attributesOf, otlpMetric, type MetricTimes } from './otlp-metrics.ts';

/** So many values stand in one message, which then stays well below what collectors take. */
const MOST_SAMPLES = 5000;
const NANOS_PER_MS = 1_000_000n;

/** What a pusher works with. */
export interface MetricsPusherOptions {
  readonly target: PushTarget;
  readonly labels: Readonly<Record<string, string>>;
  readonly lines: () => AsyncIterable<readonly string[]>;
  /** Hears of a push that failed. */
  readonly onTrouble: (why: string) => void;
}

/** Pushes all metrics to a collector, at once and then each interval; never two pushes at a time. */
export class MetricsPusher {
  readonly #options: MetricsPusherOptions;
  readonly #start = BigInt(Date.now()) * NANOS_PER_MS;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MetricsPusherOptions) {
    this.#options = options;
    void this.#push();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #push(): Promise<void> {
    await this.#pushAll().catch((error: unknown) => this.#options.onTrouble(error instanceof Error ? error.message : String(error)));
    if (!this.#closed) this.#timer = setTimeout(() => void this.#push(), this.#options.target.refreshIntervalMs);
  }

  async #pushAll(): Promise<void> {
    const times: MetricTimes = { start: this.#start, now: BigInt(Date.now()) * NANOS_PER_MS };
    let metrics: Metric[] = [];
    let samples = 0;
    for await (const family of metricFamilies(this.#options.lines())) {
      for (const part of partsOf(family)) {
        if (samples > 0 && samples + part.samples.length > MOST_SAMPLES) {
          await this.#send(metrics);
          metrics = [];
          samples = 0;
        }
        metrics.push(otlpMetric(part, times));
        samples += part.samples.length;
      }
      if (this.#closed) return;
    }
    if (metrics.length > 0) await this.#send(metrics);
  }

  #send(metrics: Metric[]): Promise<void> {
    const { target, labels } = this.#options;
    const message = create(ExportMetricsServiceRequestSchema, { resourceMetrics: [{ resource: { attributes: attributesOf(labels) }, scopeMetrics: [{ metrics }] }] });
    return exportMetrics(target, toBinary(ExportMetricsServiceRequestSchema, message));
  }
}

/** A family of single values in parts that fit a message; the samples of a histogram stay together. */
function partsOf(family: MetricFamily): MetricFamily[] {
  const { kind, samples } = family;
  if (kind === 'histogram' || kind === 'summary' || samples.length <= MOST_SAMPLES) return [family];
  return Array.from({ length: Math.ceil(samples.length / MOST_SAMPLES) }, (_, index) => ({ ...family, samples: samples.slice(index * MOST_SAMPLES, (index + 1) * MOST_SAMPLES) }));
}
