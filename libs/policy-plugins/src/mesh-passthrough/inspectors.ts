import { create } from '@bufbuild/protobuf';
import { duration, extension, tlsInspector } from '@weft/envoy-builders';
import { ListenerFilterChainMatchPredicateSchema, ListenerFilterSchema, type ListenerFilter, type ListenerFilterChainMatchPredicate } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import type { Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { HttpInspectorSchema } from '@weft/envoy-proto/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js';
import { OriginalDstSchema } from '@weft/envoy-proto/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import type { PassthroughMatch } from './passthrough-match.ts';

/** How long a server may stay silent that waits for its client, where a client that waits for its server may be meant. */
const SILENCE_MS = 3_000;

/**
 * Has the listener look at the first bytes of connections, which tell TLS and HTTP apart, on the ports where a match asks
 * for it: every connection that leaves comes by here, and one whose server speaks first would wait. Where a match is for any
 * port, that wait is short.
 */
export function inspect(listener: Listener, matches: readonly PassthroughMatch[]): void {
  const asking = matches.filter(({ protocol }) => protocol !== 'tcp' && protocol !== 'mysql');
  const original = create(ListenerFilterSchema, extension('envoy.filters.listener.original_dst', OriginalDstSchema, {}));
  if (asking.length === 0) {
    listener.listenerFilters = [original];
    return;
  }
  const http = create(ListenerFilterSchema, extension('envoy.filters.listener.http_inspector', HttpInspectorSchema, {}));
  const unasked = exceptFor(asking, matches);
  listener.listenerFilters = [original, ...[tlsInspector(), http].map((filter) => disabledOn(filter, unasked))];
  listener.listenerFiltersTimeout = duration(SILENCE_MS);
  listener.continueOnListenerFiltersTimeout = true;
}

/** All ports but those asked for; where any port is, those of MySQL. */
function exceptFor(asking: readonly PassthroughMatch[], matches: readonly PassthroughMatch[]): ListenerFilterChainMatchPredicate | undefined {
  if (asking.every(({ port }) => port !== undefined)) return not(oneOf(portsOf(asking)));
  const mysql = portsOf(matches.filter(({ protocol }) => protocol === 'mysql'));
  return mysql.length === 0 ? undefined : oneOf(mysql);
}

function disabledOn(filter: ListenerFilter, where: ListenerFilterChainMatchPredicate | undefined): ListenerFilter {
  if (where !== undefined) filter.filterDisabled = where;
  return filter;
}

function portsOf(matches: readonly PassthroughMatch[]): number[] {
  return [...new Set(matches.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b);
}

/** Envoy takes two or more alternatives, or none. */
function oneOf(ports: readonly number[]): ListenerFilterChainMatchPredicate {
  const [first, ...others] = ports.map((port) => create(ListenerFilterChainMatchPredicateSchema, { rule: { case: 'destinationPortRange', value: { start: port, end: port + 1 } } }));
  if (first !== undefined && others.length === 0) return first;
  return create(ListenerFilterChainMatchPredicateSchema, { rule: { case: 'orMatch', value: { rules: first === undefined ? [] : [first, ...others] } } });
}

function not(rule: ListenerFilterChainMatchPredicate): ListenerFilterChainMatchPredicate {
  return create(ListenerFilterChainMatchPredicateSchema, { rule: { case: 'notMatch', value: rule } });
}
