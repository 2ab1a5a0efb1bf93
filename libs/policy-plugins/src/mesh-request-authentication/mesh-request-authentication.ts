import { addClusters, type InboundDraft } from '@weft/envoy-builders';
import type { InboundRule } from '@weft/proxy-view';
import { confOf, firstByName, objects, textOf, type Conf } from '../conf.ts';
import { serverCluster } from '../external-server.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { jwtFilter } from './jwt-filter.ts';

const TYPE = 'MeshRequestAuthentication';

/**
 * MeshRequestAuthentication: whose tokens are accepted, on http inbounds. It permits and demands nothing: that is for
 * permissions that ask for claims.
 */
export const meshRequestAuthentication: PolicyPlugin = { type: TYPE, inbound: verifyTokens };

function verifyTokens({ view, ctx, chains, moreClusters }: InboundDraft): void {
  const providers = providersOf(view.rules[TYPE]?.inbound ?? []);
  if (providers.length === 0) return;
  // First of all filters: those that follow read what it finds.
  for (const { terminal } of chains) if (terminal.kind === 'http') terminal.httpFilters.unshift(jwtFilter(providers));
  const uris = providers.flatMap(({ jwks }) => textOf(confOf(confOf(jwks)['remote'])['uri']) ?? []);
  addClusters(moreClusters, uris.map((uri) => serverCluster('jwks', uri, ctx.systemCaPath)));
}

/** All providers; of those with one name the first, which is of the most specific policy. */
function providersOf(rules: readonly InboundRule[]): Conf[] {
  return [...firstByName(rules.flatMap(({ conf }) => objects(confOf(conf)['jwt']))).values()];
}
