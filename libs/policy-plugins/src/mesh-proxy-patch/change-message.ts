import { clone, fromJson, toJson, type DescMessage, type JsonObject, type Message, type MessageShape } from '@bufbuild/protobuf';
import { AnySchema, type Any } from '@bufbuild/protobuf/wkt';
import { everyEnvoyType, readEnvoyYaml } from '@weft/envoy-proto';
import { applyJsonPatches, type JsonPatchOperation } from './json-patch.ts';
import { mergeMessage } from './merge-message.ts';
import type { Modification } from './modification.ts';

const read = new WeakMap<Modification, Message>();

/** A copy of what the modification's `value` describes. Throws where it is none; admission has seen to that. */
export function valueOf<Desc extends DescMessage>(desc: Desc, modification: Modification): MessageShape<Desc> {
  const known = read.get(modification);
  if (known !== undefined) return clone(desc, known as MessageShape<Desc>);
  const made = readEnvoyYaml(desc, modification.value ?? '');
  if (!made.ok) throw new Error(`MeshProxyPatch: the value of a ${modification.kind} is not valid: ${made.error}`);
  read.set(modification, made.value);
  return clone(desc, made.value);
}

/** Patches a message in place: by JSON patches on its JSON form, or by merging the value into it. */
export function patchMessage<Desc extends DescMessage>(desc: Desc, target: MessageShape<Desc>, modification: Modification): void {
  if (modification.jsonPatches.length === 0) return mergeMessage(desc, target, valueOf(desc, modification), everyEnvoyType());
  const registry = everyEnvoyType();
  const patched = applyJsonPatches(toJson(desc, target, { registry }) as JsonObject, modification.jsonPatches);
  replace(target, fromJson(desc, patched, { registry }));
}

/** The content of an Any after JSON patches, whose paths begin inside it. */
export function patchContent(content: Any, operations: readonly JsonPatchOperation[]): Any {
  const registry = everyEnvoyType();
  return fromJson(AnySchema, applyJsonPatches(toJson(AnySchema, content, { registry }) as JsonObject, operations), { registry });
}

function replace(target: Message, content: Message): void {
  for (const key of Object.keys(target)) if (!key.startsWith('$')) Reflect.deleteProperty(target, key);
  Object.assign(target, content);
}
