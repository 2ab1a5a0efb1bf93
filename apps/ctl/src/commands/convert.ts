import { MeshError } from '@weft/kernel';
import { convertedDocuments } from '@weft/policy-model';
import type { CliContext } from '../context.ts';
import { parseDocuments, readInput } from '../documents.ts';
import { encode } from '../output.ts';

/** Flags of `convert`. */
export interface ConvertFlags {
  readonly file: string;
}

/**
 * `weftctl convert`: prints the policies with a targetRef that stand for those of the first generation in a file. Notes, and
 * what is left out, stand on the standard error output. A Mesh in the input says where logs and traces go. Nothing is sent.
 */
export async function convert(context: CliContext, { file }: ConvertFlags): Promise<void> {
  const inputs = await readInput(file, context.terminal);
  const parts = inputs.map(({ source, text }) => parseDocuments(source, text));
  const errors = parts.flatMap((part) => part.errors);
  if (errors.length > 0) throw new MeshError('resource/invalid', errors.join('\n'));
  const documents = parts.flatMap((part) => part.documents);
  const meshes = new Map(documents.flatMap(({ value }) => (value['type'] === 'Mesh' ? [[value['name'], value]] : [])));
  const printed = documents.flatMap(({ source, value }) => {
    const what = `${source}: ${String(value['type'])} ${String(value['name'])}`;
    const converted = convertedDocuments(value, meshes.get(value['mesh'] ?? 'default'));
    if (converted === undefined && value['type'] !== 'Mesh') context.warn(`${what}: left out, it is no policy of the first generation that means anything today`);
    for (const note of converted?.notes ?? []) context.warn(`${what}: ${note}`);
    return converted?.documents ?? [];
  });
  if (printed.length > 0) context.print(printed.map((document) => encode(document, 'yaml')).join('---\n'));
}
