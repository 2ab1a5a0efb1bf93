import { extension, type ChainDraft, type InboundDraft } from '@weft/envoy-builders';
import { HTTPFaultSchema, type HTTPFault } from '@weft/envoy-proto/envoy/extensions/filters/http/fault/v3/fault_pb.js';
import type { HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { InboundPolicyRules, InboundRule, SubsetRule } from '@weft/proxy-view';
import { callerMatch } from '../callers/caller-match.ts';
import { callerHeader } from '../callers/caller-routes.ts';
import { confOf, objects, textOf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { callerHeaders } from './caller-headers.ts';
import { FAULT, faultFilters, setFaults } from './fault-slots.ts';
import { filterFor } from './filter-for.ts';
import { httpFault } from './http-fault.ts';

const TYPE = 'MeshFaultInjection';

/**
 * MeshFaultInjection: faults of an inbound's requests. `rules` are about callers by identity, and add to each other;
 * `from` is about callers by tag, where the first rule that contains a caller decides. With both, `rules` count.
 */
export const meshFaultInjection: PolicyPlugin = {
  type: TYPE,
  inbound: ({ view, chains, routes }) => inject(view.rules[TYPE], chains, routes),
  egress: ({ view, chain, routes }) => view.rules !== undefined && inject(view.rules[TYPE], [chain], routes),
};

function inject(rules: InboundPolicyRules | undefined, chains: readonly ChainDraft[], routes: InboundDraft['routes']): void {
  if (routes === undefined) return;
  const { inbound = [], from = [] } = rules ?? {};
  const faults = inbound.length > 0 ? inbound.flatMap(ruleFaults) : from.flatMap(subsetFaults);
  setFaults(routes, faults);
  for (const { terminal } of chains) {
    if (terminal.kind === 'http') terminal.httpFilters.push(...faultFilters(faults.length), ...inbound.flatMap(sniFilters));
  }
}

function ruleFaults({ conf, match }: InboundRule): HTTPFault[] {
  const { spiffeID, sni } = confOf(match);
  if (sni !== undefined) return [];
  const value = textOf(confOf(spiffeID)['value']);
  return faultsOf(conf, value === undefined ? [] : [callerHeader({ kind: confOf(spiffeID)['type'] === 'Prefix' ? 'prefix' : 'exact', value })]);
}

/** What a caller asked for in TLS stands in no header, so no route can tell: these stand in the listener. */
function sniFilters({ conf, match, origin }: InboundRule): HttpFilter[] {
  const condition = confOf(match)['sni'] === undefined ? undefined : callerMatch(confOf(match));
  return condition === undefined ? [] : faultsOf(conf, []).map((fault) => filterFor(origin.kri, extension(FAULT, HTTPFaultSchema, fault), condition));
}

function subsetFaults({ conf, subset }: SubsetRule): HTTPFault[] {
  return faultsOf(conf, callerHeaders(subset));
}

function faultsOf(conf: unknown, headers: HTTPFault['headers']): HTTPFault[] {
  return objects(confOf(conf)['http']).map((item) => httpFault(item, headers));
}
