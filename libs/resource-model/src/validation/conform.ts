import type { TSchema } from '@sinclair/typebox';
import { formatDuration, parseDuration } from '@weft/kernel';
import { joinPath } from './violation-path.ts';

/** How {@link conform} reads. */
export interface ConformOptions {
  /** Accept what proto-JSON accepts: numbers as text, enums by number. */
  readonly protoJson: boolean;
  /** Where the value stands in the document. */
  readonly path: string;
}

/** A value brought into the shape of its schema, as far as it fits, and the paths of fields that the schema lacks. */
export interface Conformed {
  readonly value: unknown;
  readonly unknownFields: readonly string[];
}

/**
 * Reads a value by its schema: keeps the fields that the schema has, in its order; drops nulls and unknown fields;
 * fills in defaults; writes durations in one form. What does not fit is left as it is for structural validation to
 * report. Never throws; linear in the value.
 */
export function conform(schema: TSchema, value: unknown, options: ConformOptions): Conformed {
  const unknownFields: string[] = [];
  return { value: read(schema, value, { protoJson: options.protoJson, unknownFields }, options.path), unknownFields };
}

interface Reading {
  readonly protoJson: boolean;
  readonly unknownFields: string[];
}

function read(schema: TSchema, value: unknown, reading: Reading, path: string): unknown {
  if (Array.isArray(value)) return schema['items'] === undefined ? value : value.map((item, index) => read(schema['items'] as TSchema, item, reading, joinPath(path, index)));
  if (isObject(value)) return readObject(schema, value, reading, path);
  return readScalar(schema, value, reading);
}

function readObject(schema: TSchema, value: Record<string, unknown>, reading: Reading, path: string): unknown {
  const properties = schema['properties'] as Record<string, TSchema> | undefined;
  if (properties === undefined) return value; // a map, or free-form data
  for (const key of Object.keys(value)) if (!Object.hasOwn(properties, key)) reading.unknownFields.push(joinPath(path, key));
  const entries = Object.entries(properties).flatMap(([key, property]): [string, unknown][] => {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (given !== undefined && given !== null) return [[key, read(property, given, reading, joinPath(path, key))]];
    return 'default' in property ? [[key, property.default]] : [];
  });
  return Object.fromEntries(entries);
}

function readScalar(schema: TSchema, value: unknown, { protoJson }: Reading): unknown {
  if (typeof value === 'string' && schema['format'] === 'duration') return readDuration(value, schema['protoDuration'] === true);
  if (!protoJson) return value;
  if (typeof value === 'number' && schema['protoEnum'] === true) return enumName(schema, value) ?? value;
  if (typeof value === 'string' && schema['type'] === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value);
  return value;
}

function enumName(schema: TSchema, value: number): string | undefined {
  const numbers = schema['numbers'] as readonly number[] | undefined;
  return (schema['enum'] as readonly string[])[numbers?.indexOf(value) ?? value];
}

function readDuration(value: string, proto: boolean): string {
  const parsed = parseDuration(value);
  if (!parsed.ok) return value;
  return proto ? `${Number((parsed.value / 1000).toFixed(9))}s` : formatDuration(parsed.value);
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
