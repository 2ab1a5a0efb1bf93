import { create } from '@bufbuild/protobuf';
import { extension } from '@weft/envoy-builders';
import { AccessLogFilterSchema, type AccessLogFilter } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import { ExpressionFilterSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/filters/cel/v3/cel_pb.js';
import { confOf, textOf } from '../conf.ts';

/** Lets through what a CEL expression says. */
export function expressionFilter(expression: string): AccessLogFilter {
  return create(AccessLogFilterSchema, { filterSpecifier: { case: 'extensionFilter', value: extension('envoy.access_loggers.extension_filters.cel', ExpressionFilterSchema, { expression }) } });
}

/** Which callers a rule of an inbound is about; undefined where it is about everyone. */
export function matchExpression(match: unknown): string | undefined {
  const { spiffeID, sni } = confOf(match);
  const id = confOf(spiffeID);
  const value = textOf(id['value']);
  const name = textOf(confOf(sni)['value']);
  const peer = 'connection.uri_san_peer_certificate';
  const terms = [
    ...(value === undefined ? [] : [id['type'] === 'Prefix' ? `${peer}.startsWith(${quoted(value)})` : `${peer} == ${quoted(value)}`]),
    ...(name === undefined ? [] : [`connection.requested_server_name == ${quoted(name)}`]),
  ];
  return terms.length === 0 ? undefined : terms.join(' && ');
}

/** What took one of these Envoy routes, or none of them. */
export function routeExpression(names: readonly string[], taken: boolean): string {
  const among = `xds.route_name in [${names.map(quoted).join(', ')}]`;
  return taken ? among : `!(${among})`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
