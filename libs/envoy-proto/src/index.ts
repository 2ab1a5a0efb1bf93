import { create, toBinary, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { AnySchema, type Any } from '@bufbuild/protobuf/wkt';

/** The type URL of a message, as it stands in an Any: `type.googleapis.com/<full name>`. */
export function typeUrlOf(schema: DescMessage): string {
  return `type.googleapis.com/${schema.typeName}`;
}

/** Encodes a message and wraps it into an Any. The caller sorts map fields: protobuf-es keeps insertion order. */
export function packAny<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc> | MessageShape<Desc>): Any {
  const message = create(schema, init as MessageInitShape<Desc>);
  return create(AnySchema, { typeUrl: typeUrlOf(schema), value: toBinary(schema, message) });
}

export { everyEnvoyType } from './every-envoy-type.ts';
export { checkEnvoyYaml, readEnvoyYaml } from './read-envoy-yaml.ts';
