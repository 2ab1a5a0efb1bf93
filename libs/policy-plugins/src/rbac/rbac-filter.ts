import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { extension } from '@weft/envoy-builders';
import { packAny } from '@weft/envoy-proto';
import { ActionSchema, RBAC_Action } from '@weft/envoy-proto/envoy/config/rbac/v3/rbac_pb.js';
import { FilterSchema, type Filter } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import type { RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { RBACPerRouteSchema, RBACSchema as HttpRbacSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/rbac/v3/rbac_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { RBACSchema as NetworkRbacSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/rbac/v3/rbac_pb.js';
import {
  Matcher_MatcherList_FieldMatcherSchema, Matcher_OnMatchSchema, MatcherSchema,
  type Matcher, type Matcher_MatcherList_FieldMatcher, type Matcher_MatcherList_Predicate, type Matcher_OnMatch,
} from '@weft/envoy-proto/xds/type/matcher/v3/matcher_pb.js';

/** What is done with a caller, and under which name: it stands in statistics (`rbac.policy.<name>.…`) and in `%RESPONSE_CODE_DETAILS%` or `%CONNECTION_TERMINATION_DETAILS%` of a denial. */
export interface Verdict {
  readonly action: 'ALLOW' | 'DENY';
  readonly name: string;
}

/** An ordered list of conditions; the first that holds decides, `otherwise` where none does. */
export interface VerdictList {
  readonly rules: readonly { readonly when: Matcher_MatcherList_Predicate; readonly verdict: Verdict }[];
  readonly otherwise: Verdict;
}

/** Who may call an inbound; `shadow` is only counted. */
export interface Decision {
  readonly enforced: VerdictList;
  readonly shadow: VerdictList | undefined;
  /** A condition reads the SNI, so the listener must inspect TLS. */
  readonly readsSni: boolean;
}

/** The verdict where no rule says anything. */
export const DEFAULT_DENIAL: Verdict = { action: 'DENY', name: 'default' };

/** The decision with more permissions, for what it would deny because no rule says anything. */
export function withPermitted({ enforced, shadow, readsSni }: Decision, permitted: VerdictList['rules']): Decision {
  const extend = ({ rules, otherwise }: VerdictList): VerdictList => ({ rules: otherwise === DEFAULT_DENIAL ? [...rules, ...permitted] : rules, otherwise });
  return { enforced: extend(enforced), shadow: shadow && extend(shadow), readsSni };
}

/** Name of the filter, and of what it leaves in the metadata of a request. */
export const HTTP_RBAC = 'envoy.filters.http.rbac';

/**
 * The HTTP filter, which denies everything with a 403 but for what routes say ({@link decideOnRoutes}). It is the same
 * for all decisions, so that another decision changes no listener.
 */
export function httpRbacFilter(): HttpFilter {
  return create(HttpFilterSchema, extension(HTTP_RBAC, HttpRbacSchema, httpRbac({ enforced: { rules: [], otherwise: DEFAULT_DENIAL }, shadow: undefined })));
}

/** Has the {@link httpRbacFilter} decide like this. It counts from the next request on, on connections that are open too. */
export function decideOnRoutes(routes: RouteConfiguration, decision: Decision): void {
  for (const host of routes.virtualHosts) host.typedPerFilterConfig[HTTP_RBAC] = packAny(RBACPerRouteSchema, { rbac: httpRbac(decision) });
}

function httpRbac({ enforced, shadow }: Pick<Decision, 'enforced' | 'shadow'>): MessageInitShape<typeof HttpRbacSchema> {
  return { matcher: matcher(enforced), ...(shadow !== undefined && { shadowMatcher: matcher(shadow) }), trackPerRuleStats: true };
}

/** The decision as a network filter: a denial closes the connection. */
export function networkRbacFilter({ enforced, shadow }: Decision, statPrefix: string): Filter {
  return create(FilterSchema, extension('envoy.filters.network.rbac', NetworkRbacSchema, {
    statPrefix,
    matcher: matcher(enforced),
    ...(shadow !== undefined && { shadowMatcher: matcher(shadow) }),
  }));
}

function matcher({ rules, otherwise }: VerdictList): Matcher {
  return create(MatcherSchema, {
    ...(rules.length > 0 && { matcherType: { case: 'matcherList', value: { matchers: rules.map(fieldMatcher) } } }),
    onNoMatch: onMatch(otherwise),
  });
}

function fieldMatcher({ when, verdict }: VerdictList['rules'][number]): Matcher_MatcherList_FieldMatcher {
  return create(Matcher_MatcherList_FieldMatcherSchema, { predicate: when, onMatch: onMatch(verdict) });
}

function onMatch({ action, name }: Verdict): Matcher_OnMatch {
  const { configType } = extension('envoy.filters.rbac.action', ActionSchema, { name, action: RBAC_Action[action] });
  return create(Matcher_OnMatchSchema, { onMatch: { case: 'action', value: { name: 'envoy.filters.rbac.action', typedConfig: configType.value } } });
}
