import type { DescMessage } from '@bufbuild/protobuf';
import { formatDuration } from '@weft/kernel';
import type { TSchema } from '@weft/resource-model';
import fc from 'fast-check';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/);
const map = fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 });
const milliseconds = fc.integer({ min: 1, max: 100_000_000 });

/**
 * Specs that hold every kind of field of a schema, none with the zero value of its type (protobuf does not carry those). With
 * `message`, of the alternatives of a oneof at most one is given, and timestamps are times.
 */
export function specOf(schema: TSchema, message?: DescMessage): fc.Arbitrary<unknown> {
  if (schema['items'] !== undefined) return fc.array(specOf(schema['items'] as TSchema, message), { minLength: 1, maxLength: 2 });
  if (schema['properties'] !== undefined) return objectOf(schema['properties'] as Record<string, TSchema>, message);
  if (schema['enum'] !== undefined) return fc.constantFrom(...choicesOf(schema));
  return scalarOf(schema, message);
}

/** The first name of a protobuf enum is its zero. */
function choicesOf(schema: TSchema): readonly unknown[] {
  const names = schema['enum'] as readonly unknown[];
  return schema['protoEnum'] === true ? names.slice(1) : names;
}

function scalarOf(schema: TSchema, message: DescMessage | undefined): fc.Arbitrary<unknown> {
  if (message?.typeName === 'google.protobuf.Timestamp') return fc.date({ min: new Date(1_000_000), max: new Date(2_000_000_000_000), noInvalidDate: true }).map((date) => date.toISOString().replace('.000Z', 'Z'));
  if (schema['format'] === 'duration') return milliseconds.map((ms) => (schema['protoDuration'] === true ? protoDuration(ms) : formatDuration(ms)));
  if (schema['format'] === 'byte') return fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  switch (schema['type']) {
    case 'boolean': return fc.constant(true);
    case 'integer': return fc.integer({ min: Math.max(1, Number(schema['minimum'] ?? 1)), max: Math.min(1_000_000, Number(schema['maximum'] ?? 1_000_000)) });
    case 'number': return fc.integer({ min: 1, max: 100 }).map((quarter) => quarter / 4);
    case 'object': return message?.typeName === 'google.protobuf.Struct' || message === undefined ? map : fc.constant({});
    case 'string': return word;
    default: return message === undefined || message.typeName === 'google.protobuf.Struct' ? map : fc.constant({});
  }
}

/** As proto-JSON writes it: no decimals, or three. */
function protoDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}

function objectOf(properties: Record<string, TSchema>, message: DescMessage | undefined): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).filter(([key]) => message === undefined || fieldOf(message, key) !== undefined);
  return fc.record(Object.fromEntries(fields.map(([key, schema]) => [key, fieldArbitrary(key, schema, message)])), { requiredKeys: [] }).map((record) => onePerOneof(record, message));
}

function fieldArbitrary(key: string, schema: TSchema, message: DescMessage | undefined): fc.Arbitrary<unknown> {
  const field = message && fieldOf(message, key);
  if (field === undefined) return specOf(schema);
  if (field.fieldKind === 'map') return field.mapKind === 'message' && field.message.typeName !== 'google.protobuf.Struct' && schema['patternProperties'] !== undefined ? fc.dictionary(word, specOf(Object.values(schema['patternProperties'] as Record<string, TSchema>)[0] ?? schema, field.message), { minKeys: 1, maxKeys: 2 }) : map;
  // Counters of 64 bits are text in JSON.
  if (field.fieldKind === 'scalar' && schema['type'] === 'string' && !field.longAsString && String(field.scalar) === '4') return fc.constant('7');
  return specOf(schema, field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message') ? field.message : undefined);
}

/** The field of a message that stands under this key in JSON. */
function fieldOf(message: DescMessage, key: string): DescMessage['fields'][number] | undefined {
  return message.fields.find(({ jsonName }) => jsonName === key);
}

function onePerOneof(record: object, message: DescMessage | undefined): object {
  const taken = new Set<string>();
  return Object.fromEntries(Object.entries(record).filter(([key]) => {
    const oneof = message && fieldOf(message, key)?.oneof?.name;
    if (oneof === undefined) return true;
    const first = !taken.has(oneof);
    taken.add(oneof);
    return first;
  }));
}

/** The fields of a schema, as paths, that the message lacks: what stays behind when a resource travels. */
export function fieldsWithoutNumber(schema: TSchema, message: DescMessage, path = ''): readonly string[] {
  if (schema['items'] !== undefined) return fieldsWithoutNumber(schema['items'] as TSchema, message, path);
  return Object.entries((schema['properties'] ?? {}) as Record<string, TSchema>).flatMap(([key, inner]) => {
    const field = fieldOf(message, key);
    const at = path === '' ? key : `${path}.${key}`;
    if (field === undefined) return [at];
    const nested = field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message') ? field.message : undefined;
    return nested === undefined || nested.typeName.startsWith('google.protobuf.') ? [] : fieldsWithoutNumber(inner, nested, at);
  });
}
