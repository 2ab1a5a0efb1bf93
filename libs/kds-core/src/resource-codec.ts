import { create, fromBinary, fromJson, toBinary, toJson, type DescMessage, type JsonValue, type MessageInitShape } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { AnySchema, type Any } from '@bufbuild/protobuf/wkt';
import { typeUrlOf } from '@weft/envoy-proto';
import { KumaResourceSchema, type KumaResource } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { legacyMessageOf } from '@weft/kds-proto';
import { compareText, err, MeshError, ok, type Result } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';
import { zeroStatusOf } from './zero-status.ts';

/** Type URL of every resource in transit. */
export const KUMA_RESOURCE_URL = typeUrlOf(KumaResourceSchema);

/**
 * A resource as `kuma.mesh.v1alpha1.KumaResource`. Specs of legacy types become protobuf (fields that Kuma's message lacks stay
 * behind), those of newer types JSON. Equal resources give equal bytes, but for the order of keys in JSON. Throws `internal/bug`
 * for a spec that breaks its type's schema, or a legacy type without message.
 */
export function encodeResource(type: ResourceType, resource: Resource): Uint8Array {
  const { name, mesh, labels } = resource;
  const status = statusOf(resource);
  const init: MessageInitShape<typeof KumaResourceSchema> = {
    meta: { name, mesh, labels: sorted(labels) },
    spec: create(AnySchema, type.form === 'inline' ? legacySpec(messageOf(type), resource) : { value: jsonBytes(resource.spec ?? {}) }),
    ...(status !== undefined && { status: create(AnySchema, { value: jsonBytes(status) }) }),
  };
  return toBinary(KumaResourceSchema, create(KumaResourceSchema, init));
}

/**
 * Reads a resource of `type`. Version is 0 and times are empty: they are the reader's. The spec is as its writer gave it; for
 * legacy types in proto-JSON. The error says what is wrong with the bytes. Never throws.
 */
export function decodeResource(type: ResourceType, bytes: Uint8Array): Result<Resource, string> {
  try {
    return decode(type, fromBinary(KumaResourceSchema, bytes));
  } catch (caught) {
    return err(`the bytes are no ${type.name}: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
}

function decode(type: ResourceType, { meta, spec, status }: KumaResource): Result<Resource, string> {
  if (meta === undefined || meta.name === '') return err(`a ${type.name} without a name`);
  if ((type.scope === 'Mesh') !== (meta.mesh !== '')) return err(`${type.name} ${meta.name}: it is of ${type.scope === 'Mesh' ? 'mesh scope, but names no mesh' : `global scope, but names mesh ${meta.mesh}`}`);
  const content = type.form === 'inline' ? fromLegacy(messageOf(type), spec) : fromJsonBytes(spec);
  if (!content.ok) return err(`${type.name} ${meta.name}: ${content.error}`);
  const state = status === undefined ? undefined : fromJsonBytes(status);
  if (state?.ok === false) return err(`${type.name} ${meta.name}: status: ${state.error}`);
  return ok({
    type: type.name,
    mesh: meta.mesh,
    name: meta.name,
    labels: sorted(meta.labels),
    creationTime: '',
    modificationTime: '',
    version: 0,
    spec: content.value,
    ...(state !== undefined && { status: state.value }),
  });
}

function statusOf({ type, status }: Resource): unknown {
  const zero = zeroStatusOf(type);
  if (zero === undefined) return undefined;
  const known = Object.keys((status ?? {}));
  return { ...(status as object | undefined), ...Object.fromEntries(Object.entries(zero).filter(([key]) => !known.includes(key))) };
}

function messageOf(type: ResourceType): DescMessage {
  const message = legacyMessageOf(type.name);
  if (message === undefined) throw new MeshError('internal/bug', `no message for the legacy type ${type.name}`);
  return message;
}

function legacySpec(message: DescMessage, { spec }: Resource): MessageInitShape<typeof AnySchema> {
  const content = fromJson(message, sortedMaps((spec ?? {}) as JsonValue, message), { ignoreUnknownFields: true });
  return { typeUrl: typeUrlOf(message), value: toBinary(message, content) };
}

function fromLegacy(message: DescMessage, spec: Any | undefined): Result<unknown, string> {
  if (spec === undefined) return ok({});
  if (spec.typeUrl !== typeUrlOf(message)) return err(`its spec is "${spec.typeUrl}", not "${typeUrlOf(message)}"`);
  return ok(toJson(message, fromBinary(message, spec.value)));
}

function fromJsonBytes(any: Any | undefined): Result<unknown, string> {
  if (any === undefined || any.value.length === 0) return ok({});
  if (any.typeUrl !== '') return err(`JSON was expected, not "${any.typeUrl}"`);
  return ok(JSON.parse(getTextEncoding().decodeUtf8(any.value)) as unknown);
}

function jsonBytes(value: unknown): Uint8Array {
  return getTextEncoding().encodeUtf8(JSON.stringify(value));
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => compareText(a, b)));
}

/** protobuf-es writes maps in the order of their keys in JSON: equal resources give equal bytes only if that order is fixed. */
function sortedMaps(json: JsonValue, message: DescMessage): JsonValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const isStruct = message.typeName === 'google.protobuf.Struct';
  const entries = Object.entries(json).map(([key, value]): [string, JsonValue] => {
    const field = message.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    if (isStruct) return [key, sortedDeep(value)];
    if (field?.fieldKind === 'map' && isRecord(value)) return [key, sorted(mapValues(value, (one) => (field.mapKind === 'message' ? sortedMaps(one, field.message) : one)))];
    if (field?.fieldKind === 'list' && field.listKind === 'message' && Array.isArray(value)) return [key, value.map((one) => sortedMaps(one, field.message))];
    return [key, field?.fieldKind === 'message' ? sortedMaps(value, field.message) : value];
  });
  return isStruct ? sorted(Object.fromEntries(entries)) : Object.fromEntries(entries);
}

function sortedDeep(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(sortedDeep);
  return isRecord(json) ? sorted(mapValues(json, sortedDeep)) : json;
}

function isRecord(json: JsonValue): json is Record<string, JsonValue> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function mapValues(record: Readonly<Record<string, JsonValue>>, change: (value: JsonValue) => JsonValue): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
