import type { InboundDraft } from '@weft/envoy-builders';
import { callerRules, withCallerRoutes, type CallerRule } from '../callers/caller-routes.ts';
import { catchAllConf, confOf, mergeConfs, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { connectionRateFilter, httpRateLimitFilter, limitRoute } from './local-rate-limit.ts';

const TYPE = 'MeshRateLimit';

/**
 * MeshRateLimit: how many requests and connections one Envoy lets in. Requests are limited on routes: one bucket for all
 * callers, and one for each rule that names callers, whose conf stands over that for all. Connections are limited at the chain.
 */
export const meshRateLimit: PolicyPlugin = { type: TYPE, inbound: onInbound };

function onInbound(draft: InboundDraft): void {
  const rules = draft.view.rules[TYPE]?.inbound ?? [];
  if (rules.length === 0) return;
  const everyone = localConf(catchAllConf(draft.view.rules[TYPE]) ?? {});
  limitConnections(draft, confOf(everyone['tcp']));
  const callers = callerRules(rules).map((rule) => ({ ...rule, conf: localConf(rule.conf) }));
  if ([everyone, ...callers.map(({ conf }) => conf)].some(({ http }) => http !== undefined)) limitRequests(draft, confOf(everyone['http']), callers);
}

function limitConnections({ chains }: InboundDraft, conf: Conf): void {
  for (const chain of chains) {
    const filter = connectionRateFilter(conf);
    if (filter !== undefined) chain.networkFilters.unshift(filter);
  }
}

function limitRequests({ chains, routes }: InboundDraft, everyone: Conf, callers: readonly CallerRule[]): void {
  for (const { terminal } of chains) if (terminal.kind === 'http') terminal.httpFilters.push(httpRateLimitFilter());
  for (const host of routes?.virtualHosts ?? []) {
    for (const route of host.routes) limitRoute(route, everyone);
    host.routes = withCallerRoutes(host.routes, callers, (route, conf) => limitRoute(route, mergeConfs(everyone, confOf(conf['http']))));
  }
}

function localConf(conf: Conf): Conf {
  return confOf(conf['local']);
}
