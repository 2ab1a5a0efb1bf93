import { hasSensitiveFields, type ResourceType, type TSchema } from '@weft/resource-model';

type Json = Readonly<Record<string, unknown>>;

const TEXT = { type: 'string' };
const PARAMETER = { type: 'object', required: ['field', 'reason'], properties: { field: TEXT, reason: TEXT } };

/** A schema of an object, as plain JSON Schema. */
export interface ObjectSchema {
  readonly properties?: Json;
  readonly required?: readonly string[];
}

/** Schema of the error document. */
export const PROBLEM_SCHEMA: Json = {
  type: 'object',
  required: ['type', 'status', 'title'],
  properties: {
    type: { const: '/std-errors' },
    status: { type: 'integer' },
    title: TEXT,
    detail: TEXT,
    invalid_parameters: { type: 'array', items: PARAMETER },
    details: { ...TEXT, deprecated: true },
    causes: { type: 'array', deprecated: true, items: { type: 'object', properties: { field: TEXT, message: TEXT } } },
  },
};

/** Schema of the answer to a write. */
export const WRITE_ANSWER_SCHEMA: Json = { type: 'object', properties: { warnings: { type: 'array', items: TEXT } } };

/** Schema of a type's REST document: meta, then the spec inlined or under `spec`. */
export function documentSchema(type: ResourceType): Json {
  const spec = openApiSchema(type.schema);
  const inline = type.form === 'inline';
  return {
    type: 'object',
    required: ['type', ...(type.scope === 'Mesh' ? ['mesh'] : []), 'name', ...(inline ? [] : ['spec']), ...(inline ? (spec.required ?? []) : [])],
    properties: {
      type: { const: type.name },
      ...(type.scope === 'Mesh' && { mesh: TEXT }),
      name: TEXT,
      creationTime: { type: 'string', format: 'date-time', readOnly: true },
      modificationTime: { type: 'string', format: 'date-time', readOnly: true },
      labels: { type: 'object', additionalProperties: TEXT },
      ...(type.shortName !== undefined && { kri: { ...TEXT, readOnly: true } }),
      ...(inline ? spec.properties : { spec: { $ref: `#/components/schemas/${type.name}Spec` }, status: { type: 'object', readOnly: true } }),
    },
  };
}

/** Schema of a page of a type's list. */
export function listSchema(type: ResourceType): Json {
  return {
    type: 'object',
    required: ['total', 'items', 'next'],
    properties: { total: { type: 'integer' }, items: { type: 'array', items: { $ref: `#/components/schemas/${type.name}` } }, next: { type: ['string', 'null'] } },
  };
}

/** A spec's schema without Weft's own annotations: sensitive fields carry `x-sensitive`. */
export function openApiSchema(schema: TSchema): ObjectSchema {
  return plain(schema) as ObjectSchema;
}

const OWN_ANNOTATIONS = new Set(['sensitive', 'protoEnum', 'protoDuration']);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  // String keys only: TypeBox keeps its own marks under symbols.
  const entries = Object.entries(value).filter(([key, member]) => !OWN_ANNOTATIONS.has(key) || typeof member !== 'boolean');
  const result = Object.fromEntries(entries.map(([key, member]) => [key, plain(member)]));
  const isSecretText = (value as Readonly<Record<string, unknown>>)['sensitive'] === true && hasSensitiveFields(value as TSchema);
  return isSecretText ? { ...result, 'x-sensitive': true } : result;
}
