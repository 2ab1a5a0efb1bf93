import { create } from '@bufbuild/protobuf';
import { stringMatcher } from '@weft/envoy-builders';
import { QueryParameterMatcherSchema, RouteMatchSchema, type QueryParameterMatcher, type RouteMatch } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { confOf, objects, textOf, type Conf } from '../conf.ts';
import { headerMatcher } from '../header-matcher.ts';

/** One Envoy match that a policy's match stands for. */
export interface RoutePathMatch {
  readonly message: RouteMatch;
  /** How the path is matched: decides how it is rewritten. `twin` is the exact path `/x` of the prefix `/x`. */
  readonly path: 'exact' | 'prefix' | 'twin' | 'regex';
}

/** A match of MeshHTTPRoute as Envoy matches. The prefix `/x` means whole segments, so it becomes the path `/x` and the prefix `/x/`. */
export function routeMatches(match: Conf): RoutePathMatch[] {
  const path = confOf(match['path']);
  const value = textOf(path['value']) ?? '/';
  switch (path['type']) {
    case 'Exact':
      return [of(match, 'exact', { case: 'path', value })];
    case 'RegularExpression':
      return [of(match, 'regex', { case: 'safeRegex', value: { regex: value } })];
    default:
      if (value === '/') return [of(match, 'prefix', { case: 'prefix', value })];
      return [of(match, 'twin', { case: 'path', value }), of(match, 'prefix', { case: 'prefix', value: `${value}/` })];
  }
}

type PathInit = { case: 'path' | 'prefix'; value: string } | { case: 'safeRegex'; value: { regex: string } };

function of(match: Conf, path: RoutePathMatch['path'], pathSpecifier: PathInit): RoutePathMatch {
  const method = textOf(match['method']);
  const message = create(RouteMatchSchema, {
    pathSpecifier,
    headers: [...(method === undefined ? [] : [headerMatcher({ name: ':method', value: method })]), ...objects(match['headers']).map(headerMatcher)],
    queryParameters: objects(match['queryParams']).map(queryMatcher),
  });
  return { message, path };
}

function queryMatcher(match: Conf): QueryParameterMatcher {
  const kind = match['type'] === 'RegularExpression' ? 'regex' : 'exact';
  return create(QueryParameterMatcherSchema, { name: textOf(match['name']) ?? '', queryParameterMatchSpecifier: { case: 'stringMatch', value: stringMatcher({ kind, value: textOf(match['value']) ?? '' }) } });
}
