import { create } from '@bufbuild/protobuf';
import { stringMatcher } from '@weft/envoy-builders';
import { HeaderMatcherSchema, type HeaderMatcher } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { textOf, type Conf } from './conf.ts';

/** A header match of a policy: `{type: Exact (default) | Prefix | RegularExpression | Present | Absent, name, value}`. */
export function headerMatcher(match: Conf): HeaderMatcher {
  const name = textOf(match['name']) ?? '';
  const value = textOf(match['value']) ?? '';
  switch (match['type']) {
    case 'Present':
      return create(HeaderMatcherSchema, { name, headerMatchSpecifier: { case: 'presentMatch', value: true } });
    case 'Absent':
      return create(HeaderMatcherSchema, { name, headerMatchSpecifier: { case: 'presentMatch', value: true }, invertMatch: true });
    case 'Prefix':
      // Envoy refuses an empty prefix; every value begins with it.
      return value === '' ? headerMatcher({ type: 'Present', name }) : withText(name, 'prefix', value);
    case 'RegularExpression':
      return withText(name, 'regex', value);
    default:
      return withText(name, 'exact', value);
  }
}

function withText(name: string, kind: 'exact' | 'prefix' | 'regex', value: string): HeaderMatcher {
  return create(HeaderMatcherSchema, { name, headerMatchSpecifier: { case: 'stringMatch', value: stringMatcher({ kind, value }) } });
}
