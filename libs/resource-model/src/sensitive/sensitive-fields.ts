import type { TSchema } from '@sinclair/typebox';
import { isObject } from '../validation/conform.ts';
import { joinPath } from '../validation/violation-path.ts';

/** Sensitive values by the path at which they stood, e.g. `mtls.backends[0].conf.key.inlineString`. */
export type SensitiveValues = Readonly<Record<string, unknown>>;

/** A spec without its sensitive values, and those values. */
export interface Extracted {
  readonly spec: unknown;
  readonly values: SensitiveValues;
}

/**
 * Takes the values of fields marked `sensitive` out of a spec: the fields are absent from what remains, so that it may
 * be stored and published. Values belong in secret storage, written in the same batch. Linear in the spec.
 */
export function extractSensitive(schema: TSchema, spec: unknown): Extracted {
  const values: Record<string, unknown> = {};
  return { spec: without(schema, spec, '', values), values };
}

/** The inverse of {@link extractSensitive}. Paths that lead nowhere in the spec are ignored. */
export function restoreSensitive(schema: TSchema, spec: unknown, values: SensitiveValues): unknown {
  return Object.keys(values).length === 0 ? spec : withValues(schema, spec, '', values);
}

/** Whether any field of a schema is sensitive. */
export function hasSensitiveFields(schema: TSchema): boolean {
  if (isSensitive(schema)) return true;
  const items = schema['items'] as TSchema | undefined;
  return (items !== undefined && hasSensitiveFields(items)) || Object.values(propertiesOf(schema)).some(hasSensitiveFields);
}

function without(schema: TSchema, value: unknown, path: string, values: Record<string, unknown>): unknown {
  if (Array.isArray(value)) {
    const items = schema['items'] as TSchema | undefined;
    return items === undefined ? value : value.map((item, index) => without(items, item, joinPath(path, index), values));
  }
  if (!isObject(value)) return value;
  const properties = propertiesOf(schema);
  const entries = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const property = properties[key];
    const at = joinPath(path, key);
    if (property === undefined) return [[key, member]];
    if (!isSensitive(property)) return [[key, without(property, member, at, values)]];
    values[at] = member;
    return [];
  });
  return Object.fromEntries(entries);
}

function withValues(schema: TSchema, value: unknown, path: string, values: SensitiveValues): unknown {
  if (Array.isArray(value)) {
    const items = schema['items'] as TSchema | undefined;
    return items === undefined ? value : value.map((item, index) => withValues(items, item, joinPath(path, index), values));
  }
  if (!isObject(value)) return value;
  const known = Object.entries(propertiesOf(schema)).flatMap(([key, property]): [string, unknown][] => {
    const at = joinPath(path, key);
    if (isSensitive(property) && Object.hasOwn(values, at)) return [[key, values[at]]];
    return Object.hasOwn(value, key) ? [[key, withValues(property, value[key], at, values)]] : [];
  });
  return { ...value, ...Object.fromEntries(known) };
}

function propertiesOf(schema: TSchema): Readonly<Record<string, TSchema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, TSchema>>;
}

function isSensitive(schema: TSchema): boolean {
  return schema['sensitive'] === true;
}
