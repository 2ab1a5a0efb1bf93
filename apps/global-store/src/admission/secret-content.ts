import { restoreSensitive, type ResourceType, type SensitiveValues } from '@weft/resource-model';

/** Whether a type's whole content is one secret. */
export function isSecretType(type: string): boolean {
  return type === 'Secret' || type === 'GlobalSecret';
}

/**
 * What goes into secret storage for a resource: the bytes themselves for Secret and GlobalSecret, JSON of the
 * sensitive values by path for other types. Undefined where there is nothing to hide.
 */
export function encodeClear(type: string, values: SensitiveValues): Uint8Array | undefined {
  const { data = '' } = values;
  if (isSecretType(type)) return new Uint8Array(Buffer.from(typeof data === 'string' ? data : '', 'base64'));
  return Object.keys(values).length === 0 ? undefined : new Uint8Array(Buffer.from(JSON.stringify(values)));
}

/** The spec with what {@link encodeClear} took out of it. */
export function restoreClear(type: ResourceType, spec: unknown, clear: Uint8Array): unknown {
  const values = isSecretType(type.name) ? { data: Buffer.from(clear).toString('base64') } : (JSON.parse(Buffer.from(clear).toString('utf8')) as SensitiveValues);
  return restoreSensitive(type.schema, spec, values);
}

/**
 * The spec as a writer meant it who could not see what is sensitive: where a sensitive value was, and the document has
 * an empty object in its place, the stored value stays. `stored` is what {@link encodeClear} made of the previous spec.
 */
export function keepUnseen(type: ResourceType, spec: unknown, stored: Uint8Array): unknown {
  const values = JSON.parse(Buffer.from(stored).toString('utf8')) as SensitiveValues;
  const unseen = Object.entries(values).filter(([path]) => isEmptyObject(parentAt(spec, path)));
  return restoreSensitive(type.schema, spec, Object.fromEntries(unseen));
}

function parentAt(spec: unknown, path: string): unknown {
  let at: unknown = spec;
  for (const part of (path.match(/[^.[\]"]+/g) ?? []).slice(0, -1)) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  return at;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
