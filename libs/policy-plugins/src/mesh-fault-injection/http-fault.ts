import { create } from '@bufbuild/protobuf';
import { duration } from '@weft/envoy-builders';
import { FaultDelaySchema, FaultRateLimitSchema } from '@weft/envoy-proto/envoy/extensions/filters/common/fault/v3/fault_pb.js';
import { FaultAbortSchema, HTTPFaultSchema, type HTTPFault } from '@weft/envoy-proto/envoy/extensions/filters/http/fault/v3/fault_pb.js';
import type { HeaderMatcher } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { confOf, durationMs, numberOf, textOf, type Conf } from '../conf.ts';
import { fractionalPercent } from '../fractional-percent.ts';

/** One item of `http` as Envoy's fault filter, for requests that all these headers match; none: for all. Without a percentage: never. */
export function httpFault(conf: Conf, headers: readonly HeaderMatcher[]): HTTPFault {
  return create(HTTPFaultSchema, { headers: [...headers], ...abort(conf['abort']), ...delay(conf['delay']), ...bandwidth(conf['responseBandwidth']) });
}

type Fields = Partial<Pick<HTTPFault, 'abort' | 'delay' | 'responseRateLimit'>>;

function abort(value: unknown): Fields {
  const httpStatus = numberOf(confOf(value)['httpStatus']);
  if (httpStatus === undefined) return {};
  return { abort: create(FaultAbortSchema, { errorType: { case: 'httpStatus', value: httpStatus }, percentage: percentage(value) }) };
}

function delay(value: unknown): Fields {
  const ms = durationMs(confOf(value)['value']);
  // Envoy refuses a delay of nothing.
  if (ms === undefined || ms === 0) return {};
  return { delay: create(FaultDelaySchema, { faultDelaySecifier: { case: 'fixedDelay', value: duration(ms) }, percentage: percentage(value) }) };
}

const KBPS = { k: 1, M: 1_000, G: 1_000_000 } as const;
const LIMIT = /^(\d+)\s?([kMG])bps$/;

function bandwidth(value: unknown): Fields {
  const [, digits, unit] = LIMIT.exec(textOf(confOf(value)['limit']) ?? '') ?? [];
  if (digits === undefined || unit === undefined) return {};
  const limitKbps = BigInt(digits) * BigInt(KBPS[unit as keyof typeof KBPS]);
  return { responseRateLimit: create(FaultRateLimitSchema, { limitType: { case: 'fixedLimit', value: { limitKbps } }, percentage: percentage(value) }) };
}

function percentage(value: unknown): ReturnType<typeof fractionalPercent> {
  return fractionalPercent(confOf(value)['percentage'], 0);
}
