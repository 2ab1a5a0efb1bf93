import type { Matcher_MatcherList_Predicate as Predicate } from '@weft/envoy-proto/xds/type/matcher/v3/matcher_pb.js';
import { confOf, textOf, type Conf } from '../conf.ts';
import { allOf, serverName, uriSan } from '../rbac/predicates.ts';

/** The condition of a match `{spiffeID?: {type: Exact | Prefix, value}, sni?: {value}}`; undefined where it says nothing. */
export function callerMatch(match: Conf): Predicate | undefined {
  const spiffeId = confOf(match['spiffeID']);
  const id = textOf(spiffeId['value']);
  const sni = textOf(confOf(match['sni'])['value']);
  const parts = [
    ...(id === undefined ? [] : [uriSan(spiffeId['type'] === 'Prefix' ? 'prefix' : 'exact', id)]),
    ...(sni === undefined ? [] : [serverName(sni)]),
  ];
  return parts.length === 0 ? undefined : allOf(parts);
}
