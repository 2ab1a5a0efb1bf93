import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { equalData } from '@weft/kernel';

/** One operation of RFC 6902. Admission saw to its shape. */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string | undefined;
  readonly value?: unknown;
}

/**
 * Applies JSON patches in order, to a copy. As in Kuma 2.14, `add` makes parents that are missing, and removing what is
 * absent is no fault. Anything else that cannot be done throws, and says which operation it was.
 */
export function applyJsonPatches(document: JsonObject, operations: readonly JsonPatchOperation[]): JsonObject {
  const copy = structuredCopy(document) as JsonObject;
  for (const operation of operations) apply(copy, operation);
  return copy;
}

function apply(document: JsonObject, operation: JsonPatchOperation): void {
  const { op, path, from = '' } = operation;
  switch (op) {
    case 'add': return add(document, operation, structuredCopy(operation.value as JsonValue));
    case 'remove': return remove(document, path);
    case 'replace': {
      found(document, operation, path);
      return put(document, path, structuredCopy(operation.value as JsonValue));
    }
    case 'copy': return add(document, operation, structuredCopy(found(document, operation, from)));
    case 'move': {
      const moved = found(document, operation, from);
      remove(document, from);
      return add(document, operation, moved);
    }
    case 'test': {
      if (!equalData(found(document, operation, path), operation.value)) throw failed(operation, 'another value is there');
    }
  }
}

function add(document: JsonObject, operation: JsonPatchOperation, value: JsonValue): void {
  const keys = segments(operation.path);
  const last = keys.pop() ?? '';
  const parent = keys.reduce<JsonValue>((holder, key, at) => childOrNew(holder, key, { next: keys[at + 1] ?? last, operation }), document);
  if (!Array.isArray(parent)) {
    if (!isObject(parent)) throw failed(operation, 'its parent holds no members');
    parent[last] = value;
    return;
  }
  const index = last === '-' ? parent.length : indexIn(parent, last);
  if (index === undefined || index > parent.length) throw failed(operation, `there is no place ${last} in a list of ${parent.length}`);
  parent.splice(index, 0, value);
}

function childOrNew(holder: JsonValue, key: string, { next, operation }: { readonly next: string; readonly operation: JsonPatchOperation }): JsonValue {
  const known = child(holder, key);
  if (known !== undefined) return known;
  const made: JsonValue = next === '-' || next === '0' ? [] : {};
  if (isObject(holder)) holder[key] = made;
  else if (Array.isArray(holder) && (key === '-' || key === String(holder.length))) holder.push(made);
  else throw failed(operation, `there is no ${key}`);
  return made;
}

function remove(document: JsonObject, path: string): void {
  const keys = segments(path);
  const last = keys.pop() ?? '';
  const parent = keys.reduce<JsonValue | undefined>(child, document);
  if (isObject(parent)) Reflect.deleteProperty(parent, last);
  else if (Array.isArray(parent) && child(parent, last) !== undefined) parent.splice(Number(last), 1);
}

function put(document: JsonObject, path: string, value: JsonValue): void {
  const keys = segments(path);
  const last = keys.pop() ?? '';
  const parent = keys.reduce<JsonValue | undefined>(child, document);
  if (Array.isArray(parent)) parent[Number(last)] = value;
  else if (isObject(parent)) parent[last] = value;
}

function found(document: JsonObject, operation: JsonPatchOperation, path: string): JsonValue {
  const value = segments(path).reduce<JsonValue | undefined>(child, document);
  if (value === undefined) throw failed(operation, `there is no ${path}`);
  return value;
}

function child(holder: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(holder)) return holder[indexIn(holder, key) ?? -1];
  return isObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function indexIn(list: readonly JsonValue[], key: string): number | undefined {
  return /^(0|[1-9]\d*)$/.test(key) && Number(key) <= list.length ? Number(key) : undefined;
}

/** RFC 6901. */
function segments(pointer: string): string[] {
  return pointer.split('/').slice(1).map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function failed({ op, path }: JsonPatchOperation, reason: string): Error {
  return new Error(`JSON patch ${op} ${path}: ${reason}`);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function structuredCopy(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(structuredCopy);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, structuredCopy(member)])) : value;
}
