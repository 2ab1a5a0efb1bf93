import type { Violation } from '@weft/kernel';
import type { SecureDataSource } from '../schema/secure-data-source.ts';

const FIELDS = { File: 'file', EnvVar: 'envVar', Secret: 'secretRef', InsecureInline: 'insecureInline' } as const;

/** The field that a source's type asks for must be there, and no other. */
export function secureDataSourceViolations(path: string, source: SecureDataSource): readonly Violation[] {
  const wanted = FIELDS[source.type];
  const others = Object.values(FIELDS).filter((field) => field !== wanted && source[field] !== undefined);
  return [
    ...(source[wanted] === undefined ? [{ path: `${path}.${wanted}`, message: `must be set if type is ${source.type}` }] : []),
    ...others.map((field) => ({ path: `${path}.${field}`, message: `must not be set if type is ${source.type}` })),
  ];
}
