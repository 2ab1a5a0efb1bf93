import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { CliContext } from '../context.ts';
import { itemPath, typeOfArgument } from '../resource-paths.ts';

/** `weftctl delete TYPE NAME`. */
export async function deleteResource(context: CliContext, args: { readonly type: string; readonly name: string }, flags: { readonly mesh: string }): Promise<void> {
  const type = typeOfArgument(weftRegistry, args.type);
  if (type.readOnly === true) throw new MeshError('resource/read-only', `TYPE: ${args.type} is readOnly, can't use it for write action`);
  await context.checkVersion();
  const existed = await context.client().delete(itemPath(type, flags.mesh, args.name));
  if (!existed) throw new MeshError('store/not-found', `there is no ${type.name} with name "${args.name}"`);
  context.print(`deleted ${type.name} "${args.name}"\n`);
}
