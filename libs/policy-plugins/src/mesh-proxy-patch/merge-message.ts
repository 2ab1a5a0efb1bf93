import { create, fromBinary, toBinary, type DescField, type DescMessage, type MessageShape, type Registry } from '@bufbuild/protobuf';
import { isReflectMessage, reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { AnySchema, DurationSchema, type Any } from '@bufbuild/protobuf/wkt';

/** What is replaced as a whole, as people expect it of a single value. */
const ATOMS: ReadonlySet<string> = new Set([DurationSchema.typeName]);

/**
 * Merges a message into another of the same type as protobuf does: single fields are replaced, messages merged field by
 * field, lists appended, map entries replaced by key. Beyond that, a Duration is replaced as a whole, and an Any of the
 * same type is merged in its content, where the registry knows it.
 */
export function mergeMessage<Desc extends DescMessage>(desc: Desc, target: MessageShape<Desc>, patch: MessageShape<Desc>, registry: Registry): void {
  mergeReflected(reflect(desc, target), reflect(desc, patch), registry);
}

function mergeReflected(target: ReflectMessage, patch: ReflectMessage, registry: Registry): void {
  for (const field of patch.fields) if (patch.isSet(field)) mergeField(field, { target, patch }, registry);
}

function mergeField(field: DescField, { target, patch }: { readonly target: ReflectMessage; readonly patch: ReflectMessage }, registry: Registry): void {
  if (field.fieldKind === 'list') {
    const list = target.get(field);
    for (const item of patch.get(field)) list.add(item);
  } else if (field.fieldKind === 'map') {
    const map = target.get(field);
    for (const [key, value] of patch.get(field)) map.set(key, value);
  } else if (field.fieldKind === 'message' && target.isSet(field) && !ATOMS.has(field.message.typeName)) {
    const [own, other] = [target.get(field), patch.get(field)];
    if (isAny(own) && isAny(other)) target.set(field, reflect(AnySchema, mergeAny(own.message as Any, other.message as Any, registry)));
    else {
      mergeReflected(own, other, registry);
      target.set(field, own);
    }
  } else {
    target.set(field, patch.get(field));
  }
}

function isAny(message: unknown): message is ReflectMessage {
  return isReflectMessage(message, AnySchema);
}

/** Content of one type is merged; another type replaces what was there. */
function mergeAny(target: Any, patch: Any, registry: Registry): Any {
  const desc = registry.getMessage(patch.typeUrl.slice(patch.typeUrl.lastIndexOf('/') + 1));
  if (desc === undefined || target.typeUrl !== patch.typeUrl) return patch;
  const merged = fromBinary(desc, target.value);
  mergeMessage(desc, merged, fromBinary(desc, patch.value), registry);
  return create(AnySchema, { typeUrl: target.typeUrl, value: toBinary(desc, merged) });
}
