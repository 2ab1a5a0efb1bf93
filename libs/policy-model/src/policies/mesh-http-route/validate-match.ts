import type { Violation } from '@weft/kernel';
import { regexViolations } from '../../rules/regex.ts';
import type { HeaderMatch, HttpMatch } from './schema.ts';

/** Rules of one match. */
export function httpMatchViolations({ path: route, headers = [], queryParams = [] }: HttpMatch, path: string): readonly Violation[] {
  const repeated = queryParams.flatMap(({ name }, index) =>
    queryParams.findIndex((other) => other.name === name) < index ? [{ path: `${path}.queryParams[${index}].name`, message: `multiple entries for name ${name}` }] : []);
  const patterns = queryParams.flatMap(({ type, value }, index) => (type === 'RegularExpression' ? regexViolations(`${path}.queryParams[${index}].value`, value) : []));
  return [...(route === undefined ? [] : pathViolations(route, `${path}.path.value`)), ...repeated, ...patterns, ...headers.flatMap((header, index) => headerViolations(header, `${path}.headers[${index}]`))];
}

/** Rules of one header condition. */
export function headerViolations({ type, value }: HeaderMatch, path: string): readonly Violation[] {
  const stray = (type === 'Present' || type === 'Absent') && value !== undefined && value !== '';
  if (type === 'RegularExpression') return regexViolations(`${path}.value`, value ?? '');
  return stray ? [{ path: `${path}.value`, message: 'must not be defined' }] : [];
}

/** Rules of one path condition; `path` is that of its value. */
export function pathViolations({ type, value }: NonNullable<HttpMatch['path']>, path: string): readonly Violation[] {
  if (type === 'RegularExpression') return regexViolations(path, value);
  if (!value.startsWith('/')) return [{ path, message: 'must be an absolute path' }];
  const trailing = type === 'PathPrefix' && value !== '/' && value.endsWith('/');
  return trailing ? [{ path, message: 'does not need a trailing slash because only a `/`-separated prefix or an entire path is matched' }] : [];
}
