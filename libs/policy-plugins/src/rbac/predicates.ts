import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { extension } from '@weft/envoy-builders';
import { ServerNameInputSchema } from '@weft/envoy-proto/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.js';
import { DynamicMetadataInputSchema } from '@weft/envoy-proto/envoy/extensions/matching/common_inputs/network/v3/dynamic_metadata_input_pb.js';
import { MetadataSchema } from '@weft/envoy-proto/envoy/extensions/matching/input_matchers/metadata/v3/metadata_pb.js';
import { ValueMatcherSchema } from '@weft/envoy-proto/envoy/type/matcher/v3/value_pb.js';
import { UriSanInputSchema } from '@weft/envoy-proto/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs_pb.js';
import { HttpRequestHeaderMatchInputSchema } from '@weft/envoy-proto/envoy/type/matcher/v3/http_inputs_pb.js';
import { Matcher_MatcherList_PredicateSchema, type Matcher_MatcherList_Predicate as Predicate } from '@weft/envoy-proto/xds/type/matcher/v3/matcher_pb.js';
import { StringMatcherSchema, type StringMatcher } from '@weft/envoy-proto/xds/type/matcher/v3/string_pb.js';
import { literalRegex } from '../literal-regex.ts';
import { JWT_FILTER } from '../mesh-request-authentication/jwt-filter.ts';

/**
 * The caller has this URI, or one that begins with it, in its certificate. A mesh certificate holds several (its
 * SPIFFE ids and one `kuma://` URI per tag), and Envoy gives them as one text with commas between. None holds a comma of its
 * own: admission keeps them out of names and tags.
 */
export function uriSan(kind: 'exact' | 'prefix', value: string): Predicate {
  const literal = literalRegex(value);
  return single('envoy.matching.inputs.uri_san', UriSanInputSchema, regex(kind === 'exact' ? `(.*,)?${literal}(,.*)?` : `(.*,)?${literal}.*`));
}

/** The caller asked for exactly this server name. */
export function serverName(value: string): Predicate {
  return single('envoy.matching.inputs.server_name', ServerNameInputSchema, create(StringMatcherSchema, { matchPattern: { case: 'exact', value } }));
}

/** The request has this header (or pseudo-header), and the regex (RE2) matches its whole value. */
export function requestHeader(headerName: string, expression: string): Predicate {
  return single('envoy.matching.inputs.request_headers', HttpRequestHeaderMatchInputSchema, regex(expression), { headerName });
}

/** The claim at this path (first the provider) of a verified token, or an item of it where it is a list, is one of these texts. */
export function claim(path: readonly string[], values: readonly string[]): Predicate {
  const exact = values.map((value) => create(ValueMatcherSchema, { matchPattern: { case: 'stringMatch', value: { matchPattern: { case: 'exact', value } } } }));
  const either = exact.flatMap((value) => [value, create(ValueMatcherSchema, { matchPattern: { case: 'listMatch', value: { matchPattern: { case: 'oneOf', value } } } })]);
  const matcher = extension('envoy.matching.matchers.metadata_matcher', MetadataSchema, { value: { matchPattern: { case: 'orMatch', value: { valueMatchers: either } } } });
  const input = extension('envoy.matching.inputs.dynamic_metadata', DynamicMetadataInputSchema, { filter: JWT_FILTER, path: path.map((value) => ({ segment: { case: 'key' as const, value } })) });
  return create(Matcher_MatcherList_PredicateSchema, {
    matchType: { case: 'singlePredicate', value: { input: typed(input), matcher: { case: 'customMatch', value: typed(matcher) } } },
  });
}

function typed({ name, configType }: ReturnType<typeof extension>): { readonly name: string; readonly typedConfig: ReturnType<typeof extension>['configType']['value'] } {
  return { name, typedConfig: configType.value };
}

/** All hold. The list is not empty. */
export function allOf(predicates: readonly Predicate[]): Predicate {
  return combined('andMatcher', predicates);
}

/** One holds. The list is not empty. */
export function anyOf(predicates: readonly Predicate[]): Predicate {
  return combined('orMatcher', predicates);
}

/** It does not hold. */
export function not(predicate: Predicate): Predicate {
  return create(Matcher_MatcherList_PredicateSchema, { matchType: { case: 'notMatcher', value: predicate } });
}

function combined(kind: 'andMatcher' | 'orMatcher', predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (predicates.length === 1 && only !== undefined) return only;
  return create(Matcher_MatcherList_PredicateSchema, { matchType: { case: kind, value: { predicate: [...predicates] } } });
}

function single<Input extends DescMessage>(name: string, input: Input, value: StringMatcher, fields: MessageInitShape<Input> = {} as MessageInitShape<Input>): Predicate {
  const { configType } = extension(name, input, fields);
  return create(Matcher_MatcherList_PredicateSchema, {
    matchType: { case: 'singlePredicate', value: { input: { name, typedConfig: configType.value }, matcher: { case: 'valueMatch', value } } },
  });
}

function regex(expression: string): StringMatcher {
  return create(StringMatcherSchema, { matchPattern: { case: 'safeRegex', value: { engineType: { case: 'googleRe2', value: {} }, regex: expression } } });
}
