import type { Violation } from '@weft/kernel';

type Fields = Readonly<Record<string, unknown>>;

function given(value: Fields, names: readonly string[]): number {
  return names.filter((name) => value[name] !== undefined).length;
}

/** At least one of these fields is there. */
export function atLeastOne(path: string, value: Fields, names: readonly string[]): readonly Violation[] {
  return given(value, names) === 0 ? [{ path, message: `must have at least one defined: ${names.join(', ')}` }] : [];
}

/** Exactly one of these fields is there; `what` begins the message. */
export function exactlyOne(path: string, value: Fields, { what, names }: { readonly what: string; readonly names: readonly string[] }): readonly Violation[] {
  const count = given(value, names);
  if (count === 1) return [];
  return [{ path, message: `${what} must have ${count === 0 ? 'exactly one' : 'only one type'} defined: ${names.join(', ')}` }];
}

/** The block that `type` names is there. `blocks` gives the field of each type. */
export function blockOfType(path: string, value: Fields, blocks: Readonly<Record<string, string>>): readonly Violation[] {
  const field = blocks[String(value['type'])];
  return field !== undefined && value[field] === undefined ? [{ path: `${path}.${field}`, message: 'must be defined' }] : [];
}
