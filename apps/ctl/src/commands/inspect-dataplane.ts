import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';

const TYPES = ['policies', 'config-dump', 'stats', 'clusters', 'config'] as const;

/** Flags of `inspect dataplane`. */
export interface InspectDataplaneFlags {
  readonly mesh: string;
  readonly type: string;
  readonly includeEds?: boolean;
  readonly shadow?: boolean;
  readonly include?: readonly string[];
}

/** `weftctl inspect dataplane NAME`: the server's answer as it comes. */
export async function inspectDataplane(context: CliContext, name: string, flags: InspectDataplaneFlags): Promise<void> {
  const type = TYPES.find((known) => known === flags.type);
  if (type === undefined) throw new MeshError('request/invalid', `invalid --type "${flags.type}". Use ${TYPES.join(', ')}.`);
  await context.checkVersion();
  const text = await context.client().getText(`/meshes/${encodeURIComponent(flags.mesh)}/dataplanes/${encodeURIComponent(name)}/${pathOf(type, flags)}`).catch((caught: unknown) => {
    const error = MeshError.from(caught);
    // A path that is not served has no document of the error.
    if (!error.message.includes('404: Page Not Found')) throw error;
    throw new MeshError('request/unsupported', `this control plane does not offer --type ${type}`, { cause: error });
  });
  context.print(text.endsWith('\n') ? text : `${text}\n`);
}

function pathOf(type: (typeof TYPES)[number], { includeEds, shadow, include = [] }: InspectDataplaneFlags): string {
  if (type === 'config-dump') return includeEds === true ? 'xds?include_eds=true' : 'xds';
  if (type !== 'config') return type;
  const query = new URLSearchParams({ ...(shadow === true && { shadow: 'true' }), ...(include.length > 0 && { include: include.join(',') }) }).toString();
  return query === '' ? '_config' : `_config?${query}`;
}
