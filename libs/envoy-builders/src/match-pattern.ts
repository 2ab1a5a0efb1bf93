import { create } from '@bufbuild/protobuf';
import { StringMatcherSchema, type StringMatcher } from '@weft/envoy-proto/envoy/type/matcher/v3/string_pb.js';

/** A condition on a text. A regex (RE2) must match the whole of it. */
export interface MatchPattern {
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

/** The condition as `envoy.type.matcher.v3.StringMatcher`. */
export function stringMatcher({ kind, value }: MatchPattern): StringMatcher {
  return create(StringMatcherSchema, {
    matchPattern: kind === 'regex' ? { case: 'safeRegex', value: { regex: value } } : { case: kind, value },
  });
}
