import type { Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import type { ResourceType } from '@weft/resource-model';
import type { CliContext } from '../context.ts';
import { encode, parseFormat, table } from '../output.ts';
import { itemPath } from '../resource-paths.ts';

/** Flags of `inspect <policy>`. */
export interface InspectPolicyFlags {
  readonly mesh: string;
  readonly output: string;
  readonly newApi?: boolean;
}

/** `weftctl inspect <policy> NAME`: the proxies that a policy selects. */
export async function inspectPolicy(context: CliContext, type: ResourceType, target: { readonly name: string; readonly flags: InspectPolicyFlags }): Promise<void> {
  const { name, flags } = target;
  const format = parseFormat(flags.output);
  await context.checkVersion();
  const path = itemPath(type, flags.mesh, name);
  // Policies of the first generation know only the older path.
  const page = await context.client().getJson(type.form === 'spec' ? `${path}/_resources/dataplanes?size=1000` : `${path}/dataplanes`);
  if (format !== 'table') return context.print(encode(page, format));
  const items = page['items'];
  if (!Array.isArray(items)) throw new MeshError('request/invalid', `the server answered ${path} without a list`);
  const proxies = (items as readonly Document[]).map((item) => (item['dataplane'] ?? item) as Document);
  if (flags.newApi === true) return context.print(`${table(['Type', 'Mesh', 'Name'], proxies.map((one) => ['Dataplane', String(one['mesh']), String(one['name'])]))}Total: ${proxies.length}\n`);
  context.print(`Affected data plane proxies:\n\n${proxies.map((one) => `  ${String(one['name'])}\n`).join('')}`);
}
