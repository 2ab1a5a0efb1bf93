import { create } from '@bufbuild/protobuf';
import { AnyValueSchema, KeyValueListSchema, type AnyValue, type KeyValueList } from '@weft/envoy-proto/opentelemetry/proto/common/v1/common_pb.js';

/** A JSON value as OpenTelemetry writes it; `text` changes each text on the way. */
export function anyValue(json: unknown, text: (value: string) => string): AnyValue {
  return create(AnyValueSchema, { value: valueOf(json, text) });
}

function valueOf(json: unknown, text: (value: string) => string): AnyValue['value'] {
  if (typeof json === 'string') return { case: 'stringValue', value: text(json) };
  if (typeof json === 'boolean') return { case: 'boolValue', value: json };
  if (typeof json === 'number') return Number.isSafeInteger(json) ? { case: 'intValue', value: BigInt(json) } : { case: 'doubleValue', value: json };
  if (Array.isArray(json)) return create(AnyValueSchema, { value: { case: 'arrayValue', value: { values: json.map((item) => anyValue(item, text)) } } }).value;
  if (typeof json !== 'object' || json === null) return { case: undefined };
  return { case: 'kvlistValue', value: keyValues(Object.entries(json).map(([key, value]) => ({ key, value: anyValue(value, text) }))) };
}

/** A list of keys with values. */
export function keyValues(values: readonly { readonly key: string; readonly value: AnyValue }[]): KeyValueList {
  return create(KeyValueListSchema, { values: [...values] });
}
