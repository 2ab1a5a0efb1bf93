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
