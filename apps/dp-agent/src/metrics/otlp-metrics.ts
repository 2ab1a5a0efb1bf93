import { create } from '@bufbuild/protobuf';
import { KeyValueSchema, type KeyValue } from '@weft/envoy-proto/opentelemetry/proto/common/v1/common_pb.js';
import { HistogramDataPointSchema, MetricSchema, NumberDataPointSchema, SummaryDataPointSchema, type HistogramDataPoint, type Metric, type SummaryDataPoint } from '@weft/envoy-proto/opentelemetry/proto/metrics/v1/metrics_pb.js';
import type { MetricFamily, Sample } from './exposition-families.ts';

const CUMULATIVE = 2;

/** When values were read, and since when they count, in nanoseconds since 1970. */
export interface MetricTimes {
  readonly start: bigint;
  readonly now: bigint;
}

/** A family as OpenTelemetry writes it: counters as sums, what has no type as gauges. */
export function otlpMetric({ name, kind, samples }: MetricFamily, times: MetricTimes): Metric {
  switch (kind) {
    case 'counter': return create(MetricSchema, { name: samples[0]?.name ?? name, data: { case: 'sum', value: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints: samples.map((sample) => numberPoint(sample, times)) } } });
    case 'histogram': return create(MetricSchema, { name, data: { case: 'histogram', value: { aggregationTemporality: CUMULATIVE, dataPoints: grouped(samples, 'le').map((group) => histogramPoint(group, times)) } } });
    case 'summary': return create(MetricSchema, { name, data: { case: 'summary', value: { dataPoints: grouped(samples, 'quantile').map((group) => summaryPoint(group, times)) } } });
    case 'gauge': case 'untyped': return create(MetricSchema, { name, data: { case: 'gauge', value: { dataPoints: samples.map((sample) => numberPoint(sample, times)) } } });
  }
}

/** Attributes of these texts. */
export function attributesOf(texts: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(texts).map(([key, value]) => create(KeyValueSchema, { key, value: { value: { case: 'stringValue', value } } }));
}

function numberPoint({ labels, value }: Sample, { start, now }: MetricTimes): ReturnType<typeof create<typeof NumberDataPointSchema>> {
  return create(NumberDataPointSchema, { startTimeUnixNano: start, timeUnixNano: now, attributes: attributesOf(labels), value: { case: 'asDouble', value } });
}

/** Samples of one series of a histogram or summary. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** By the label that tells them apart, as a number. */
  readonly parts: (readonly [at: number, value: number])[];
  sum: number;
  count: number;
}

function grouped(samples: readonly Sample[], by: 'le' | 'quantile'): Series[] {
  const series = new Map<string, Series>();
  for (const { name, labels: { [by]: at, ...labels }, value } of samples) {
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { labels, parts: [], sum: 0, count: 0 };
    series.set(key, one);
    if (at !== undefined) one.parts.push([at === '+Inf' ? Infinity : Number(at), value]);
    else if (name.endsWith('_sum')) one.sum = value;
    else if (name.endsWith('_count')) one.count = value;
  }
  return [...series.values()];
}

/** Prometheus counts what is below each bound, OpenTelemetry what is between two. */
function histogramPoint({ labels, parts, sum, count }: Series, { start, now }: MetricTimes): HistogramDataPoint {
  const sorted = [...parts].sort(([a], [b]) => a - b);
  const bounds = sorted.map(([at]) => at).filter(Number.isFinite);
  const cumulative = [...sorted.filter(([at]) => Number.isFinite(at)).map(([, value]) => value), count];
  return create(HistogramDataPointSchema, {
    startTimeUnixNano: start, timeUnixNano: now, attributes: attributesOf(labels), count: whole(count), sum,
    explicitBounds: bounds, bucketCounts: cumulative.map((value, index) => whole(value - (cumulative[index - 1] ?? 0))),
  });
}

function summaryPoint({ labels, parts, sum, count }: Series, { start, now }: MetricTimes): SummaryDataPoint {
  return create(SummaryDataPointSchema, { startTimeUnixNano: start, timeUnixNano: now, attributes: attributesOf(labels), count: whole(count), sum, quantileValues: parts.map(([quantile, value]) => ({ quantile, value })) });
}

function whole(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.max(0, Math.round(value))) : 0n;
}
