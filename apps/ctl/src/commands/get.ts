import type { Document, Page } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { ResourceType } from '@weft/resource-model';
import type { CliContext } from '../context.ts';
import { encode, parseFormat, type OutputFormat } from '../output.ts';
import { itemPath, listPath, typeOfArgument } from '../resource-paths.ts';
import { resourceTable } from '../resource-table.ts';

/** Flags of `get`. */
export interface GetFlags {
  readonly mesh: string;
  readonly output: string;
  readonly size?: string;
  readonly offset?: string;
  readonly watch?: boolean;
}

/** How often `--watch` asks a server that cannot tell of changes: one of another product. */
const WATCH_INTERVAL_MS = 1000;

/** `weftctl get TYPE NAME` and `weftctl get TYPES`. */
export async function get(context: CliContext, args: { readonly type: string; readonly name: string | undefined }, flags: GetFlags): Promise<void> {
  const type = typeOfArgument(weftRegistry, args.type);
  const format = parseFormat(flags.output);
  await context.checkVersion();
  const show = args.name === undefined ? () => showList(context, type, { ...flags, format }) : itemShower(context, type, args.name, { ...flags, format });
  if (flags.watch !== true) return context.print(await show());
  await watch(context, show);
}

/** Prints again whenever what would be printed changed; ends with the process. */
async function watch(context: CliContext, show: () => Promise<string>): Promise<never> {
  let last = '';
  for (let cursor = await changed(context, undefined); ; cursor = await changed(context, cursor)) {
    const now = await show();
    if (now !== last) context.print(last === '' ? now : `\n${now}`);
    last = now;
  }
}

/** Waits for a write after `cursor`, where one is given, and gives the position then; undefined where the server cannot tell. */
async function changed(context: CliContext, cursor: string | undefined): Promise<string | undefined> {
  const query = cursor === undefined ? '' : `?${new URLSearchParams({ after: cursor, wait: '15s' }).toString()}`;
  const answer = await context.client().find(`/_changes${query}`);
  if (answer === undefined) await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL_MS));
  return answer === undefined ? undefined : String(answer['cursor']);
}

function itemShower(context: CliContext, type: ResourceType, name: string, flags: GetFlags & { readonly format: OutputFormat }): () => Promise<string> {
  return async () => {
    const document = await context.client().find(itemPath(type, flags.mesh, name));
    if (document === undefined) throw new MeshError('store/not-found', type.scope === 'Mesh' ? `No resources found in ${flags.mesh} mesh` : 'No resources found');
    return flags.format === 'table' ? resourceTable(type, [document], Date.now()) : encode(document, flags.format);
  };
}

async function showList(context: CliContext, type: ResourceType, flags: GetFlags & { readonly format: OutputFormat }): Promise<string> {
  const query = { ...(flags.size !== undefined && flags.size !== '0' && { size: flags.size }), ...(flags.offset !== undefined && { offset: flags.offset }) };
  const page = await listed(context, type, { mesh: flags.mesh, query });
  if (flags.format !== 'table') return encode(page, flags.format);
  return resourceTable(type, page.items, Date.now()) + nextHint(page);
}

async function listed(context: CliContext, type: ResourceType, options: { readonly mesh: string; readonly query: Readonly<Record<string, string>> }): Promise<Page> {
  try {
    return await context.client().list(listPath(type, options.mesh), options.query);
  } catch (caught) {
    const error = MeshError.from(caught);
    if (error.details['status'] !== undefined) throw error; // as kumactl: what the server says stands alone
    throw new MeshError(error.code, `failed to list ${type.name}: ${error.message}`, { cause: error });
  }
}

function nextHint(page: { readonly next: string | null; readonly items: readonly Document[] }): string {
  if (page.next === null) return '';
  return `\nRerun command with --offset=${new URL(page.next).searchParams.get('offset') ?? ''} argument to retrieve more resources\n`;
}
