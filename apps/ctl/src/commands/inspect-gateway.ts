import type { Document } from '@weft/api-client';
import type { CliContext } from '../context.ts';
import { encode, parseFormat } from '../output.ts';
import { unlessServed } from './print-server-text.ts';

/** Flags of `inspect meshgateway`. */
export interface InspectGatewayFlags {
  readonly mesh: string;
  readonly output: string;
}

/** `weftctl inspect meshgateway NAME`: the proxies that serve a gateway. */
export async function inspectGateway(context: CliContext, name: string, { mesh, output }: InspectGatewayFlags): Promise<void> {
  const format = parseFormat(output);
  await context.checkVersion();
  const page = await context.client().getJson(`/meshes/${encodeURIComponent(mesh)}/meshgateways/${encodeURIComponent(name)}/dataplanes`).catch((caught: unknown) => {
    throw unlessServed(caught, 'inspect meshgateway');
  });
  if (format !== 'table') return context.print(encode(page, format));
  const items = (page['items'] ?? []) as readonly { readonly dataplane?: Document }[];
  context.print(`Affected data plane proxies:\n\n${items.map(({ dataplane }) => `  ${String(dataplane?.['name'])}\n`).join('')}`);
}
