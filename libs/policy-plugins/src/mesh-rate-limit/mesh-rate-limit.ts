import type { ChainDraft, InboundDraft } from '@weft/envoy-builders';
import type { InboundPolicyRules, InboundRule } from '@weft/proxy-view';
import { callerRules, withCallerRoutes, type CallerRule } from '../callers/caller-routes.ts';
import { catchAllConf, confOf, mergeConfs, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { limitLog } from '../refusal-logs/refusal-logs.ts';
import { connectionRateFilter, httpRateLimitFilter, limitRoute } from './local-rate-limit.ts';

const TYPE = 'MeshRateLimit';

/**
 * MeshRateLimit: how many requests and connections one Envoy lets in. Requests are limited on routes: one bucket for all
 * callers, and one for each rule that names callers, whose conf stands over that for all. Connections are limited at the
 * chain. The filter and the log of requests are there without limits too, so that the first limit replaces no chain.
 */
export const meshRateLimit: PolicyPlugin = {
  type: TYPE,
  inbound: ({ view, chains, routes, ctx }) => limit(view.rules[TYPE], { chains, routes, denialLogPath: ctx.denialLogPath }),
  egress: ({ view, chain, routes, ctx }) => view.rules !== undefined && limit(view.rules[TYPE], { chains: [chain], routes, denialLogPath: ctx.denialLogPath }),
  passage: ({ rules, chain }) => limit(rules[TYPE], { chains: [chain], routes: undefined, denialLogPath: undefined }),
};

/** What is limited. */
interface Entrance {
  readonly chains: readonly ChainDraft[];
  readonly routes: InboundDraft['routes'];
  readonly denialLogPath: string | undefined;
}

function limit(rules: InboundPolicyRules | undefined, entrance: Entrance): void {
  prepareChains(entrance);
  const inbound = (rules?.inbound ?? []).map(withOrigin);
  if (inbound.length === 0) return;
  const everyone = localConf(catchAllConf({ inbound, from: [] }) ?? {});
  limitConnections(entrance, confOf(everyone['tcp']));
  const callers = callerRules(inbound).map((rule) => ({ ...rule, conf: localConf(rule.conf) }));
  if ([everyone, ...callers.map(({ conf }) => conf)].some(({ http }) => http !== undefined)) limitRequests(entrance, confOf(everyone['http']), callers);
}

function prepareChains({ chains, denialLogPath }: Entrance): void {
  for (const { terminal } of chains) {
    if (terminal.kind !== 'http') continue;
    terminal.httpFilters.push(httpRateLimitFilter());
    if (denialLogPath !== undefined) terminal.hcm.accessLog.push(limitLog(denialLogPath));
  }
}

/** Whoever sets a rate stands beside it (`origin`: KRI), so that after merging one knows whose it is. */
function withOrigin(rule: InboundRule): InboundRule {
  const rate = confOf(confOf(localConf(confOf(rule.conf))['http'])['requestRate']);
  if (rate['num'] === undefined) return rule;
  return { ...rule, conf: mergeConfs(confOf(rule.conf), { local: { http: { requestRate: { origin: rule.origin.kri } } } }) };
}

function limitConnections({ chains }: Entrance, conf: Conf): void {
  for (const chain of chains) {
    const filter = connectionRateFilter(conf);
    if (filter !== undefined) chain.networkFilters.unshift(filter);
  }
}

function limitRequests({ routes }: Entrance, everyone: Conf, callers: readonly CallerRule[]): void {
  for (const host of routes?.virtualHosts ?? []) {
    for (const route of host.routes) limitRoute(route, everyone);
    host.routes = withCallerRoutes(host.routes, callers, (route, conf) => limitRoute(route, mergeConfs(everyone, confOf(conf['http']))));
  }
}

function localConf(conf: Conf): Conf {
  return confOf(conf['local']);
}
