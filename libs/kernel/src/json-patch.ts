import { equalData } from './canonical-json.ts';

/** One operation of a JSON Patch (RFC 6902); `path` is a JSON Pointer (RFC 6901). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** What makes one JSON value of another: member by member, and element by element in lists of equal length; other lists are replaced. */
export function jsonPatch(before: unknown, after: unknown, path = ''): readonly JsonPatchOperation[] {
  if (equalData(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) return after.flatMap((value, index) => jsonPatch(before[index], value, `${path}/${index}`));
  if (isObject(before) && isObject(after)) return objectPatch(before, after, path);
  return [{ op: 'replace', path, value: after }];
}

function objectPatch(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>, path: string): readonly JsonPatchOperation[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): readonly JsonPatchOperation[] => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!Object.hasOwn(after, key)) return [{ op: 'remove', path: at }];
    return Object.hasOwn(before, key) ? jsonPatch(before[key], after[key], at) : [{ op: 'add', path: at, value: after[key] }];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
