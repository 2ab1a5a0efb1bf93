import { create } from '@bufbuild/protobuf';
import { stringMatcher } from '@weft/envoy-builders';
import { HeaderMatcherSchema, type HeaderMatcher } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { compareText } from '@weft/kernel';
import type { SubsetTag } from '@weft/proxy-view';
import { literalRegex } from '../literal-regex.ts';

/** What a caller's proxy says of itself: `&key=v1,v2&` for each of its tags, by key. */
const HEADER = 'x-kuma-tags';

/** Conditions that only requests of this subset's callers meet: one for all tags that they have, one for each that they have not. */
export function callerHeaders(subset: readonly SubsetTag[]): HeaderMatcher[] {
  const sorted = [...subset].sort((a, b) => compareText(a.key, b.key));
  const has = sorted.filter(({ not }) => !not);
  return [
    ...(has.length === 0 ? [] : [tagsMatcher(has, false)]),
    ...sorted.filter(({ not }) => not).map((tag) => tagsMatcher([tag], true)),
  ];
}

function tagsMatcher(tags: readonly SubsetTag[], invertMatch: boolean): HeaderMatcher {
  const value = `.*${tags.map(tagExpression).join('.*')}.*`;
  return create(HeaderMatcherSchema, { name: HEADER, invertMatch, headerMatchSpecifier: { case: 'stringMatch', value: stringMatcher({ kind: 'regex', value }) } });
}

function tagExpression({ key, value }: SubsetTag): string {
  return value === '*' ? `&${literalRegex(key)}=` : `&${literalRegex(key)}=([^&]*,)?${literalRegex(value)}[,&]`;
}
