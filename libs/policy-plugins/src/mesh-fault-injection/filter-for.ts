import { create } from '@bufbuild/protobuf';
import { extension } from '@weft/envoy-builders';
import { ExtensionWithMatcherSchema } from '@weft/envoy-proto/envoy/extensions/common/matching/v3/extension_matcher_pb.js';
import { SkipFilterSchema } from '@weft/envoy-proto/envoy/extensions/filters/common/matcher/action/v3/skip_action_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { Matcher_MatcherList_Predicate as Predicate } from '@weft/envoy-proto/xds/type/matcher/v3/matcher_pb.js';
import { not } from '../rbac/predicates.ts';

/** A filter by this name that requests skip unless the condition holds; without one, none does. */
export function filterFor(name: string, filter: ReturnType<typeof extension>, condition: Predicate | undefined): HttpFilter {
  const skip = extension('skip', SkipFilterSchema, {});
  return create(HttpFilterSchema, extension(name, ExtensionWithMatcherSchema, {
    extensionConfig: { name: filter.name, typedConfig: filter.configType.value },
    ...(condition !== undefined && {
      xdsMatcher: { matcherType: { case: 'matcherList', value: { matchers: [{ predicate: not(condition), onMatch: { onMatch: { case: 'action', value: { name: skip.name, typedConfig: skip.configType.value } } } }] } } },
    }),
  }));
}
