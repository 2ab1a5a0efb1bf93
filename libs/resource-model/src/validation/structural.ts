import type { TSchema } from '@sinclair/typebox';
import { parseDuration, type Violation } from '@weft/kernel';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { joinPath, pathOfPointer } from './violation-path.ts';

// Go keeps durations as signed 64-bit nanoseconds.
const LONGEST_DURATION_MS = 9_223_372_036_854;

const ajv = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true });
ajv.addFormat('duration', (text: string) => {
  const parsed = parseDuration(text);
  return parsed.ok && Math.abs(parsed.value) <= LONGEST_DURATION_MS;
});
ajv.addFormat('byte', /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$/);

/** Compiled validators by schema; compiling costs milliseconds, so it happens once per type, when first needed. */
const compiled = new WeakMap<TSchema, ValidateFunction>();

/**
 * Everything in which `value` breaks its schema, in the order found. Paths start with `prefix`. Texts follow those of
 * Kuma's OpenAPI validation ("in body should be one of [...]"). Never throws.
 */
export function structuralViolations(schema: TSchema, value: unknown, prefix: string): readonly Violation[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const wrongType = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  return errors
    .filter(({ keyword, instancePath }) => keyword === 'type' || !wrongType.has(instancePath))
    .map((error) => violationOf(error, { value, prefix }));
}

function validatorOf(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

function violationOf(error: ErrorObject, { value, prefix }: { readonly value: unknown; readonly prefix: string }): Violation {
  const path = pathOfPointer(error.instancePath, value, prefix);
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === 'required') return { path: joinPath(path, String(params['missingProperty'])), message: 'in body is required' };
  return { path, message: messageOf(error, valueAt(error.instancePath, value)) };
}

function messageOf(error: ErrorObject, found: unknown): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const limit = String(params['limit']);
  switch (error.keyword) {
    case 'type': return `in body must be of type ${typeNames(params['type'])}: "${typeOf(found)}"`;
    case 'enum': return `in body should be one of [${(params['allowedValues'] as readonly unknown[]).join(' ')}]`;
    case 'minimum': return `in body should be greater than or equal to ${limit}`;
    case 'maximum': return `in body should be less than or equal to ${limit}`;
    case 'minLength': return `in body should be at least ${limit} chars long`;
    case 'maxLength': return `in body should be at most ${limit} chars long`;
    case 'minItems': return `in body should have at least ${limit} items`;
    case 'maxItems': return `in body should have at most ${limit} items`;
    case 'pattern': return `in body should match '${String(params['pattern'])}'`;
    case 'format': return formatMessage(String(params['format']), found);
    default: return `in body ${error.message ?? 'is not valid'}`;
  }
}

function formatMessage(format: string, found: unknown): string {
  const hint = format === 'duration' ? ' (a number and a unit, such as 10s, 1.5m or 250ms)' : format === 'byte' ? ' (base64)' : '';
  return `in body must be of type ${format}: ${JSON.stringify(found)}${hint}`;
}

function typeNames(type: unknown): string {
  return Array.isArray(type) ? type.join(' or ') : String(type).replace(',', ' or ');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function valueAt(pointer: string, root: unknown): unknown {
  let at = root;
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return at;
}
