import { create } from '@bufbuild/protobuf';
import { AnyValueSchema, KeyValueListSchema, type AnyValue, type KeyValueList } from '@weft/envoy-proto/opentelemetry/proto/common/v1/common_pb.js';

/** A JSON value in OpenTelemetry's form; `text` changes each text on the way. Envoy takes texts, lists and maps only: all else becomes text. */
export function anyValue(json: unknown, text: (value: string) => string): AnyValue {
  return create(AnyValueSchema, { value: valueOf(json, text) });
}

function valueOf(json: unknown, text: (value: string) => string): AnyValue['value'] {
  if (typeof json === 'string') return { case: 'stringValue', value: text(json) };
  if (Array.isArray(json)) return create(AnyValueSchema, { value: { case: 'arrayValue', value: { values: json.map((item) => anyValue(item, text)) } } }).value;
  if (typeof json !== 'object' || json === null) return { case: 'stringValue', value: String(json) };
  return { case: 'kvlistValue', value: keyValues(Object.entries(json).map(([key, value]) => ({ key, value: anyValue(value, text) }))) };
}

/** A list of keys with values. */
export function keyValues(values: readonly { readonly key: string; readonly value: AnyValue }[]): KeyValueList {
  return create(KeyValueListSchema, { values: [...values] });
}
