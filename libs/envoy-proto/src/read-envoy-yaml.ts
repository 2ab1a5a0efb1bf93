import { fromJson, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf';
import { err, ok, type Result } from '@weft/kernel';
import { parse } from 'yaml';
import { everyEnvoyType } from './every-envoy-type.ts';

/** Reads a message from YAML in protobuf's JSON mapping (field names in either form). The error says what is wrong with the text. */
export function readEnvoyYaml<Desc extends DescMessage>(desc: Desc, text: string): Result<MessageShape<Desc>, string> {
  try {
    return ok(fromJson(desc, parse(text) as JsonValue, { registry: everyEnvoyType() }));
  } catch (caught) {
    return err(caught instanceof Error ? caught.message : String(caught));
  }
}

/** The same for a message that is known by its full name only. */
export function checkEnvoyYaml(typeName: string, text: string): Result<undefined, string> {
  const desc = everyEnvoyType().getMessage(typeName);
  if (desc === undefined) return err(`there is no message ${typeName}`);
  const read = readEnvoyYaml(desc, text);
  return read.ok ? ok(undefined) : read;
}
