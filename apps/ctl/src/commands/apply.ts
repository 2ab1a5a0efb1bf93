import type { Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import { validateResource, type ResourceType } from '@weft/resource-model';
import type { CliContext } from '../context.ts';
import { fillVariables, parseDocuments, parseVariables, readInput, type InputDocument } from '../documents.ts';
import { encode } from '../output.ts';
import { readDuration } from '../read-duration.ts';
import { reportPreview } from '../preview/report-preview.ts';
import { reportReceipts } from '../receipts/report-receipts.ts';
import { reportZones } from '../receipts/report-zones.ts';
import { itemPath } from '../resource-paths.ts';
import { zonesOfGlobal } from '../zones/zone-state.ts';

/** Flags of `apply`. */
export interface ApplyFlags {
  readonly file: string;
  readonly var?: readonly string[];
  readonly dryRun?: boolean;
  readonly strict?: boolean;
  readonly wait?: boolean;
  /** Longest wait with `wait`, as a duration. */
  readonly timeout: string;
}

/** A document that passed every check that can be made here. */
interface Checked {
  readonly type: ResourceType;
  readonly mesh: string;
  readonly name: string;
  readonly document: Document;
}

/**
 * `weftctl apply`: reads and checks all documents first, so that a mistake in the last one sends nothing, then writes
 * them in order. A refusal of the server stops the run; what was written before stays.
 */
export async function apply(context: CliContext, flags: ApplyFlags): Promise<void> {
  const checked = checkAll(context, await readAll(context, flags), flags.strict === true);
  if (flags.dryRun === true) {
    context.print(checked.map(({ document }) => encode(document, 'yaml')).join('---\n'));
    return reportPreview(context, checked.map(({ document }) => document));
  }
  await context.checkVersion();
  const timeoutMs = readDuration('--timeout', flags.timeout);
  const startedAt = Date.now();
  const zones = flags.wait === true ? await zonesOfGlobal(context.client()) : undefined;
  const revisions: (string | undefined)[] = [];
  for (const resource of checked) revisions.push(await send(context, resource));
  if (zones !== undefined) await reportZones(context, { before: zones, written: checked.map(({ type, name }) => ({ type: type.name, name })), startedAt, timeoutMs });
  else if (flags.wait === true) await reportReceipts(context, revisions, { startedAt, timeoutMs });
}

interface Read {
  readonly documents: readonly InputDocument[];
  readonly errors: readonly string[];
}

async function readAll(context: CliContext, flags: ApplyFlags): Promise<Read> {
  const variables = flags.var === undefined ? undefined : parseVariables(flags.var);
  const inputs = await readInput(flags.file, context.terminal);
  const parts = inputs.map(({ source, text }) => parseDocuments(source, variables === undefined ? text : fillVariables(text, variables)));
  return { documents: parts.flatMap(({ documents }) => documents), errors: parts.flatMap(({ errors }) => errors) };
}

function checkAll(context: CliContext, read: Read, strict: boolean): Checked[] {
  const checked: Checked[] = [];
  const errors = [...read.errors];
  for (const input of read.documents) {
    const result = check(input.value, strict);
    if ('errors' in result) errors.push(`${input.source}: ${result.errors.join('; ')}`);
    else checked.push(result);
  }
  errors.forEach((error, index) => context.warn(`resource[${index}]: failed to parse resource: ${error}`));
  if (errors.length > 0) throw new MeshError('resource/invalid', 'failed to validate some resources');
  if (checked.length === 0) throw new MeshError('request/invalid', 'no resource(s) passed to apply');
  return checked;
}

function check(document: Document, strict: boolean): Checked | { readonly errors: readonly string[] } {
  const typeName = document['type'];
  if (typeof typeName !== 'string') return { errors: ['type: must be defined'] };
  const type = weftRegistry.byName(typeName);
  if (type === undefined || type.internal === true) return { errors: [`invalid resource type "${typeName}"`] };
  const filled = type.scope === 'Mesh' && document['mesh'] === undefined ? { ...document, mesh: 'default' } : document;
  const validated = validateResource(type, filled);
  if (!validated.ok) return { errors: validated.error.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)) };
  const unknown = validated.value.warnings.filter((warning) => warning.startsWith('unknown field'));
  if (strict && unknown.length > 0) return { errors: unknown.map((warning) => `${warning.replace(' was ignored', '')} (--strict)`) };
  const { mesh, name } = validated.value.resource;
  return { type, mesh, name, document: filled };
}

async function send(context: CliContext, { type, mesh, name, document }: Checked): Promise<string | undefined> {
  const label = `resource type="${type.name}" mesh="${mesh}" name="${name}"`;
  try {
    const { created, warnings, revision } = await context.client().put(itemPath(type, mesh, name), document);
    for (const warning of warnings) context.warn(`Warning: ${warning}`);
    context.print(`${label} ${created ? 'Created' : 'Updated'}\n`);
    return revision;
  } catch (caught) {
    const error = MeshError.from(caught);
    throw new MeshError(error.code, `${label}: failed server side: ${error.message}`, { cause: error });
  }
}
