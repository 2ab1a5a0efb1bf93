import { Type, type Static, type TSchema, type TUnsafe } from '@sinclair/typebox';

/** An optional field. */
export function opt<T extends TSchema>(schema: T) {
  return Type.Optional(schema);
}

/** A closed list of strings. Static type: the union of them. */
export function oneOf<const T extends readonly string[]>(values: T, options: FieldOptions = {}): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/**
 * An enum of a protobuf message: proto-JSON accepts the name or the number (`numbers[i]`, by default i), and writes the
 * name.
 */
export function protoEnum<const T extends readonly string[]>(values: T, options: FieldOptions & { readonly numbers?: readonly number[] } = {}): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], protoEnum: true, ...options });
}

/** Text, with annotations. */
export function text(options: FieldOptions & { readonly minLength?: number; readonly maxLength?: number } = {}) {
  return Type.String(options);
}

/** A duration as Go writes it ("1h0m0s", "250ms"); parsing normalises to that form. */
export function duration(options: FieldOptions = {}) {
  return Type.String({ format: 'duration', ...options });
}

/** A protobuf Duration: JSON writes seconds ("15s", "0.250s"); any Go duration is accepted. */
export function protoDuration(options: FieldOptions = {}) {
  return Type.String({ format: 'duration', protoDuration: true, ...options });
}

/** An integer of 0 to 2^32-1, or within the given bounds. */
export function uint32(options: FieldOptions & { readonly minimum?: number; readonly maximum?: number } = {}) {
  return Type.Integer({ minimum: 0, maximum: 4294967295, ...options });
}

/** A signed 32-bit integer. Bounds beyond the type are semantic rules, with messages of their own. */
export function int32(options: FieldOptions & { readonly minimum?: number; readonly maximum?: number } = {}) {
  return Type.Integer({ minimum: -2147483648, maximum: 2147483647, ...options });
}

/** A number, or text that holds a decimal number (Kubernetes IntOrString, "10.5"). */
export function intOrString(options: FieldOptions = {}) {
  return Type.Unsafe<number | string>({ type: ['integer', 'string'], ...options });
}

/** A boolean, with annotations. */
export function bool(options: FieldOptions = {}) {
  return Type.Boolean(options);
}

/** A map of strings: tags, labels. */
export function stringMap(options: FieldOptions = {}) {
  return Type.Record(Type.String(), Type.String(), options);
}

/** A list. */
export function list<T extends TSchema>(items: T, options: FieldOptions & { readonly minItems?: number; readonly maxItems?: number } = {}) {
  return Type.Array(items, options);
}

/** An object with exactly these fields; others are dropped on parsing, with a warning. */
export function object<P extends Record<string, TSchema>>(properties: P, options: FieldOptions = {}) {
  return Type.Object(properties, options);
}

/** Bytes as base64 text. */
export function bytes(options: FieldOptions = {}) {
  return Type.String({ format: 'byte', ...options });
}

/** Free-form data, kept as it is. */
export function anything(options: FieldOptions = {}) {
  return Type.Unknown(options);
}

/** Annotations that schemas carry beside their shape. */
export interface FieldOptions {
  readonly description?: string;
  readonly default?: unknown;
  /** The value goes to secret storage at admission; see `extractSensitive`. */
  readonly sensitive?: boolean;

}

export type { Static, TSchema };
