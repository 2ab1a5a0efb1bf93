import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';
import { matchedPoliciesText } from './matched-policies-text.ts';
import { printServerText } from './print-server-text.ts';
import { proxyRulesText } from './proxy-rules-text.ts';

/** The last two are Weft's own. */
const TYPES = ['policies', 'config-dump', 'stats', 'clusters', 'config', 'rules', 'layout'] as const;

/** Flags of `inspect dataplane`. */
export interface InspectDataplaneFlags {
  readonly mesh: string;
  readonly type: string;
  /** The older spelling of `--type config-dump`. */
  readonly configDump?: boolean;
  readonly includeEds?: boolean;
  readonly shadow?: boolean;
  readonly include?: readonly string[];
}

/** `weftctl inspect dataplane NAME`: the names of its policies, or the server's answer as it comes. */
export async function inspectDataplane(context: CliContext, name: string, flags: InspectDataplaneFlags): Promise<void> {
  const type = TYPES.find((known) => known === (flags.configDump === true ? 'config-dump' : flags.type));
  if (type === undefined) throw new MeshError('request/invalid', `invalid --type "${flags.type}". Use ${TYPES.join(', ')}.`);
  await context.checkVersion();
  const path = `/meshes/${encodeURIComponent(flags.mesh)}/dataplanes/${encodeURIComponent(name)}/${pathOf(type, flags)}`;
  if (type === 'policies') return context.print(matchedPoliciesText(await context.client().getJson(path)));
  if (type === 'rules') return context.print(proxyRulesText(await context.client().getJson(path)));
  await printServerText(context, path, `--type ${type}`);
}

function pathOf(type: (typeof TYPES)[number], { includeEds, shadow, include = [] }: InspectDataplaneFlags): string {
  if (type === 'config-dump') return includeEds === true ? 'xds?include_eds=true' : 'xds';
  if (type === 'rules' || type === 'layout') return `_${type}`;
  if (type !== 'config') return type;
  const query = new URLSearchParams({ ...(shadow === true && { shadow: 'true' }), ...(include.length > 0 && { include: include.join(',') }) }).toString();
  return query === '' ? '_config' : `_config?${query}`;
}
