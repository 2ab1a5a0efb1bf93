import { invalidParameter } from '../http/problem.ts';

/** The body of a token request, before its fields were looked at. */
export type TokenRequest = Readonly<Record<string, unknown>> | null;

/** A text field; empty where it is missing. Throws `resource/invalid` for another shape. */
export function text(body: TokenRequest, field: string): string {
  const value = body?.[field] ?? '';
  if (typeof value !== 'string') throw invalidParameter(field, 'must be text');
  return value;
}

/** A list of texts; empty where it is missing. */
export function texts(body: TokenRequest, field: string): readonly string[] {
  const value = body?.[field] ?? [];
  if (!isTexts(value)) throw invalidParameter(field, 'must be a list of texts');
  return value;
}

/** A map from text to lists of texts; empty where it is missing. */
export function textLists(body: TokenRequest, field: string): Readonly<Record<string, readonly string[]>> {
  const value = body?.[field] ?? {};
  if (typeof value !== 'object' || Array.isArray(value) || !Object.values(value).every(isTexts)) throw invalidParameter(field, 'must be a map with lists of texts');
  return value as Record<string, readonly string[]>;
}

/** Whether a field is there, and not null. */
export function isPresent(body: TokenRequest, field: string): boolean {
  return body?.[field] !== undefined && body[field] !== null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
