import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';
import { printServerText } from './print-server-text.ts';

/** Flags of `inspect zoneingress` and `inspect zoneegress`. */
export interface InspectZoneProxyFlags {
  readonly type: string;
  readonly includeEds?: boolean;
}

const PATHS: Readonly<Record<string, string>> = { 'config-dump': 'xds', stats: 'stats', clusters: 'clusters' };

/** `weftctl inspect zoneingress|zoneegress NAME`: what its Envoy says, as it comes. `collection`: `zoneingresses` or `zoneegresses`. */
export async function inspectZoneProxy(context: CliContext, { collection, name }: { readonly collection: string; readonly name: string }, flags: InspectZoneProxyFlags): Promise<void> {
  const path = PATHS[flags.type];
  if (path === undefined) throw new MeshError('request/invalid', `invalid --type "${flags.type}". Use ${Object.keys(PATHS).join(', ')}.`);
  await context.checkVersion();
  const query = path === 'xds' && flags.includeEds === true ? '?include_eds=true' : '';
  await printServerText(context, `/${collection}/${encodeURIComponent(name)}/${path}${query}`, `--type ${flags.type}`);
}
