import { create } from '@bufbuild/protobuf';
import { extension, type InboundDraft } from '@weft/envoy-builders';
import { HTTPFaultSchema, type HTTPFault } from '@weft/envoy-proto/envoy/extensions/filters/http/fault/v3/fault_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { InboundRule, SubsetRule } from '@weft/proxy-view';
import { confOf, objects } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { callerMatch } from '../callers/caller-match.ts';
import { callerHeaders } from './caller-headers.ts';
import { filterFor } from './filter-for.ts';
import { httpFault } from './http-fault.ts';

const TYPE = 'MeshFaultInjection';
const FAULT = 'envoy.filters.http.fault';

/**
 * MeshFaultInjection: faults of an inbound's requests, one filter each. `rules` are about callers by identity, and add to
 * each other; `from` is about callers by tag, where the first rule that contains a caller decides. With both, `rules` count.
 */
export const meshFaultInjection: PolicyPlugin = { type: TYPE, inbound: onInbound };

function onInbound({ view, chains }: InboundDraft): void {
  const { inbound = [], from = [] } = view.rules[TYPE] ?? {};
  for (const { terminal } of chains) {
    if (terminal.kind === 'http') terminal.httpFilters.push(...(inbound.length > 0 ? inbound.flatMap(ruleFilters) : from.flatMap(subsetFilters)));
  }
}

function ruleFilters({ conf, match, origin }: InboundRule): HttpFilter[] {
  const condition = match === undefined ? undefined : callerMatch(match);
  return faultsOf(conf, []).map((fault) => filterFor(origin.kri, extension(FAULT, HTTPFaultSchema, fault), condition));
}

function subsetFilters({ conf, subset }: SubsetRule): HttpFilter[] {
  return faultsOf(conf, callerHeaders(subset)).map((fault) => create(HttpFilterSchema, extension(FAULT, HTTPFaultSchema, fault)));
}

function faultsOf(conf: unknown, headers: HTTPFault['headers']): HTTPFault[] {
  return objects(confOf(conf)['http']).map((item) => httpFault(item, headers));
}
