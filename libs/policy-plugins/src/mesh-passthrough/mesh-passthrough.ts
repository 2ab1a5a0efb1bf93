import { create } from '@bufbuild/protobuf';
import { altStatName, passthroughCluster, type PassthroughDraft, type TransparentProxyDraft } from '@weft/envoy-builders';
import { packAny } from '@weft/envoy-proto';
import type { Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { HttpProtocolOptionsSchema } from '@weft/envoy-proto/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { ProxyView } from '@weft/proxy-view';
import type { Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { inspect } from './inspectors.ts';
import { passthroughChains } from './passthrough-chains.ts';
import { isHttpMatch, matchName, passthroughMatches, type PassthroughMatch } from './passthrough-match.ts';

/**
 * MeshPassthrough: what redirected connections may reach outside the mesh: All, None, or (also where no mode is given)
 * what is matched. Where nothing is matched, the chains stay and lead nowhere, as with None. No policy: what the mesh says.
 */
export const meshPassthrough: PolicyPlugin = { type: 'MeshPassthrough', transparentProxy: onTransparentProxy };

function onTransparentProxy({ view, outbound }: TransparentProxyDraft, conf: Conf): void {
  const mode = conf['passthroughMode'];
  const matches = mode === 'All' || mode === 'None' ? [] : passthroughMatches(conf);
  for (const draft of outbound) {
    if (mode === 'All') draft.clusters = [passthroughCluster(view, 'outbound', draft.family)];
    else onlyTo(matches.filter(({ kind }) => isOfFamily(kind, draft.family)), draft, view);
  }
}

function onlyTo(matches: readonly PassthroughMatch[], draft: PassthroughDraft, view: ProxyView): void {
  draft.clusters = matches.map((match) => clusterFor(match, draft, view));
  draft.clusterOrigin = 'meshpassthrough';
  if (matches.length === 0) return;
  draft.listener.filterChains = passthroughChains(matches);
  inspect(draft.listener, matches);
}

/** Names are reached by either family. */
function isOfFamily(kind: PassthroughMatch['kind'], family: 4 | 6): boolean {
  return kind === 'Domain' || kind === 'WildcardDomain' || kind.endsWith(`v${family}`);
}

function clusterFor(match: PassthroughMatch, { family }: PassthroughDraft, view: ProxyView): Cluster {
  const cluster = passthroughCluster(view, 'outbound', family);
  cluster.name = matchName(match);
  cluster.altStatName = altStatName(cluster.name);
  if (isHttpMatch(match)) cluster.typedExtensionProtocolOptions[HTTP_OPTIONS] = packAny(HttpProtocolOptionsSchema, httpOptions(match));
  return cluster;
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

function httpOptions({ protocol }: PassthroughMatch) {
  const protocolConfig = protocol === 'http' ? { case: 'httpProtocolOptions' as const, value: {} } : { case: 'http2ProtocolOptions' as const, value: {} };
  return create(HttpProtocolOptionsSchema, { upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig } } });
}
