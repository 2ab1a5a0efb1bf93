import { createFileRegistry, fromBinary, type FileRegistry } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { everyType } from '../gen/js/every-type.js';

let registry: FileRegistry | undefined;

/**
 * Every message of Envoy's v3 API that is shipped, extensions included: what texts of users may name. Read at the first
 * call (some 100 ms), then kept. Its messages are not those of the generated modules: only bytes and JSON go between.
 */
export function everyEnvoyType(): FileRegistry {
  registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, base64Decode(everyType)));
  return registry;
}
