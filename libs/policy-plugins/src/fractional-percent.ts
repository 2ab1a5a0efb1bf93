import { create } from '@bufbuild/protobuf';
import { FractionalPercent_DenominatorType as Denominator, FractionalPercentSchema, type FractionalPercent } from '@weft/envoy-proto/envoy/type/v3/percent_pb.js';
import { numberOf } from './conf.ts';

/** A percentage (a number, or text such as "2.5") with the smallest denominator that holds its decimals; `otherwise` where there is none. */
export function fractionalPercent(value: unknown, otherwise: number): FractionalPercent {
  const percent = numberOf(value) ?? otherwise;
  const decimals = (String(percent).split('.')[1] ?? '').length;
  if (decimals === 0) return create(FractionalPercentSchema, { numerator: percent });
  return decimals <= 2
    ? create(FractionalPercentSchema, { numerator: Math.round(percent * 100), denominator: Denominator.TEN_THOUSAND })
    : create(FractionalPercentSchema, { numerator: Math.round(percent * 10_000), denominator: Denominator.MILLION });
}
