import { create } from '@bufbuild/protobuf';
import { duration, type ChainDraft, type ClusterDraft, type InboundDraft, type OutboundDraft } from '@weft/envoy-builders';
import { HttpProtocolOptionsSchema } from '@weft/envoy-proto/envoy/config/core/v3/protocol_pb.js';
import type { Route, VirtualHost } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import type { DestinationView, InboundPolicyRules } from '@weft/proxy-view';
import { catchAllConf, confOf, durationMs, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { callerRules, withCallerRoutes } from '../callers/caller-routes.ts';

const TYPE = 'MeshTimeout';

/** What holds where a policy says nothing, or there is none. */
const DEFAULTS = { connectionMs: 5000, idleMs: 3_600_000, requestMs: 15_000, streamIdleMs: 1_800_000 } as const;

/**
 * MeshTimeout. Always writes its defaults, with three exceptions of Kuma's: an inbound whose rules all name a caller
 * keeps the builder's; an outbound addressed by tag without a matching rule, and a listener of a zone proxy, are left alone.
 */
export const meshTimeout: PolicyPlugin = {
  type: TYPE,
  inbound: (draft) => onInbound(draft),
  outbound: (draft) => onOutbound(draft),
  cluster: (draft, view) => onDestination(draft, view),
  egress: ({ view, chain, routes }) => onListener(view.rules?.[TYPE], chain, routes?.virtualHosts ?? []),
  passage: ({ rules, chain }) => onListener(rules[TYPE], chain, []),
};

function onInbound(draft: InboundDraft): void {
  const rules = draft.view.rules[TYPE];
  const conf = catchAllConf(rules);
  const hosts = draft.routes?.virtualHosts ?? [];
  if (conf !== undefined) {
    onCluster(draft.cluster, conf);
    for (const chain of draft.chains) onChain(chain, conf);
    for (const host of hosts) host.routes.forEach((route) => onRoute(route, conf));
  }
  const callers = callerRules(rules?.inbound ?? []);
  for (const host of hosts) host.routes = withCallerRoutes(host.routes, callers, onCallerRoute);
}

/** Where connections enter or leave: without a rule for everyone it is left alone. */
function onListener(rules: InboundPolicyRules | undefined, chain: ChainDraft, hosts: readonly VirtualHost[]): void {
  if (rules === undefined || rules.inbound.length === 0) return;
  const conf = catchAllConf(rules);
  if (conf !== undefined) {
    onChain(chain, conf);
    for (const host of hosts) host.routes.forEach((route) => onRoute(route, conf));
  }
  for (const host of hosts) host.routes = withCallerRoutes(host.routes, callerRules(rules.inbound), onCallerRoute);
}

function onOutbound(draft: OutboundDraft): void {
  const { view, chain } = draft;
  const conf = view.conf[TYPE] === undefined && view.target.kind === 'tag' ? undefined : confOf(view.conf[TYPE]);
  onChain(chain, conf);
  for (const route of draft.routes) {
    const own = route.view.conf[TYPE] === undefined ? conf : confOf(route.view.conf[TYPE]);
    if (own !== undefined) route.routes.forEach((envoyRoute) => onRoute(envoyRoute, own));
  }
}

function onDestination(draft: ClusterDraft, view: DestinationView): void {
  onCluster(draft, confOf(view.conf[TYPE]));
}

/** The route's timeouts rule, not the connection manager's: an idle connection is kept for as long as the peer does. */
function onChain(chain: ChainDraft, conf: Conf | undefined): void {
  const { terminal } = chain;
  if (terminal.kind === 'tcp') {
    if (conf !== undefined) terminal.proxy.idleTimeout = duration(durationMs(conf['idleTimeout']) ?? DEFAULTS.idleMs);
    return;
  }
  terminal.hcm.commonHttpProtocolOptions = create(HttpProtocolOptionsSchema, { idleTimeout: duration(0) });
  if (conf !== undefined) terminal.hcm.requestHeadersTimeout = duration(durationMs(confOf(conf['http'])['requestHeadersTimeout']) ?? 0);
}

function onRoute(route: Route, conf: Conf): void {
  if (route.action.case !== 'route') return;
  const http = confOf(conf['http']);
  const action = route.action.value;
  const streamIdle = durationMs(http['streamIdleTimeout']);
  action.timeout = duration(durationMs(http['requestTimeout']) ?? DEFAULTS.requestMs);
  if (streamIdle !== undefined || action.idleTimeout === undefined) action.idleTimeout = duration(streamIdle ?? DEFAULTS.streamIdleMs);
}

/** Only what the rule names: the rest stays as it is for everyone. */
function onCallerRoute(route: Route, conf: Conf): void {
  if (route.action.case !== 'route') return;
  const http = confOf(conf['http']);
  const requestMs = durationMs(http['requestTimeout']);
  const streamIdleMs = durationMs(http['streamIdleTimeout']);
  if (requestMs !== undefined) route.action.value.timeout = duration(requestMs);
  if (streamIdleMs !== undefined) route.action.value.idleTimeout = duration(streamIdleMs);
}

function onCluster(draft: ClusterDraft, conf: Conf): void {
  draft.cluster.connectTimeout = duration(durationMs(conf['connectionTimeout']) ?? DEFAULTS.connectionMs);
  if (draft.http === undefined || (draft.protocol !== 'http' && draft.protocol !== 'http2')) return;
  const http = confOf(conf['http']);
  draft.http.commonHttpProtocolOptions = create(HttpProtocolOptionsSchema, {
    idleTimeout: duration(durationMs(conf['idleTimeout']) ?? DEFAULTS.idleMs),
    maxConnectionDuration: duration(durationMs(http['maxConnectionDuration']) ?? 0),
    maxStreamDuration: duration(durationMs(http['maxStreamDuration']) ?? 0),
  });
}
