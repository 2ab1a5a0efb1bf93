import { create } from '@bufbuild/protobuf';
import { tagClusterName } from '@weft/envoy-builders';
import type { HeaderValueOption } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { RedirectAction_RedirectResponseCode as Code, RedirectActionSchema, RouteAction_RequestMirrorPolicySchema, type RedirectAction, type Route, type RouteAction } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { RegexMatchAndSubstituteSchema, type RegexMatchAndSubstitute } from '@weft/envoy-proto/envoy/type/matcher/v3/regex_pb.js';
import { confOf, numberOf, textOf, texts, type Conf } from '../conf.ts';
import { fractionalPercent } from '../fractional-percent.ts';
import { headersToAdd, headersToSet } from '../header-changes.ts';
import type { RoutePathMatch } from './route-match.ts';

/** Applies one filter of MeshHTTPRoute to an Envoy route. Unknown types do nothing: admission has refused them. */
export function applyFilter(route: Route, filter: Conf, match: RoutePathMatch): void {
  switch (filter['type']) {
    case 'RequestHeaderModifier': {
      const { add, remove } = headerChanges(confOf(filter['requestHeaderModifier']));
      route.requestHeadersToAdd.push(...add);
      route.requestHeadersToRemove.push(...remove);
      return;
    }
    case 'ResponseHeaderModifier': {
      const { add, remove } = headerChanges(confOf(filter['responseHeaderModifier']));
      route.responseHeadersToAdd.push(...add);
      route.responseHeadersToRemove.push(...remove);
      return;
    }
    case 'RequestRedirect':
      route.action = { case: 'redirect', value: redirect(confOf(filter['requestRedirect']), match) };
      return;
    case 'URLRewrite':
      if (route.action.case === 'route') rewrite(route.action.value, confOf(filter['urlRewrite']), match);
      return;
    case 'RequestMirror':
      if (route.action.case === 'route') mirror(route.action.value, confOf(filter['requestMirror']));
  }
}

/** `set` overwrites, `add` appends. */
function headerChanges(conf: Conf): { add: HeaderValueOption[]; remove: string[] } {
  return { add: [...headersToSet(conf['set']), ...headersToAdd(conf['add'])], remove: texts(conf['remove']) };
}

const STATUS: Readonly<Record<number, Code>> = { 301: Code.MOVED_PERMANENTLY, 302: Code.FOUND, 303: Code.SEE_OTHER, 307: Code.TEMPORARY_REDIRECT, 308: Code.PERMANENT_REDIRECT };

function redirect(conf: Conf, match: RoutePathMatch): RedirectAction {
  const scheme = textOf(conf['scheme']);
  return create(RedirectActionSchema, {
    ...(scheme !== undefined && { schemeRewriteSpecifier: { case: 'schemeRedirect', value: scheme } }),
    hostRedirect: textOf(conf['hostname']) ?? '',
    portRedirect: numberOf(conf['port']) ?? 0,
    responseCode: STATUS[numberOf(conf['statusCode']) ?? 302] ?? Code.FOUND,
    pathRewriteSpecifier: pathRewrite(confOf(conf['path']), match) ?? { case: undefined },
  });
}

function rewrite(action: RouteAction, conf: Conf, match: RoutePathMatch): void {
  const hostname = textOf(conf['hostname']);
  if (hostname !== undefined) action.hostRewriteSpecifier = { case: 'hostRewriteLiteral', value: hostname };
  const path = pathRewrite(confOf(conf['path']), match);
  if (path?.case === 'prefixRewrite') action.prefixRewrite = path.value;
  if (path?.case === 'regexRewrite') action.regexRewrite = path.value;
}

type PathRewrite = { case: 'prefixRewrite'; value: string } | { case: 'regexRewrite'; value: RegexMatchAndSubstitute };

/** A prefix that was matched with its slash is replaced with one, so that `/old/a` becomes `/new/a`. */
function pathRewrite(conf: Conf, match: RoutePathMatch): PathRewrite | undefined {
  const full = textOf(conf['replaceFullPath']);
  if (conf['type'] === 'ReplaceFullPath' && full !== undefined) return wholePath(full);
  const prefix = textOf(conf['replacePrefixMatch']);
  if (conf['type'] !== 'ReplacePrefixMatch' || prefix === undefined) return undefined;
  return match.path === 'twin' ? wholePath(prefix === '' ? '/' : prefix) : { case: 'prefixRewrite', value: prefix.endsWith('/') ? prefix : `${prefix}/` };
}

function wholePath(substitution: string): PathRewrite {
  return { case: 'regexRewrite', value: create(RegexMatchAndSubstituteSchema, { pattern: { regex: '.*' }, substitution }) };
}

/** The view may name the cluster (`clusterName`); otherwise the reference is a service by tag, as Kuma reads it. */
function mirror(action: RouteAction, conf: Conf): void {
  const ref = confOf(conf['backendRef']);
  const tags = Object.fromEntries(Object.entries(confOf(ref['tags'])).map(([key, value]) => [key, String(value)]));
  const cluster = textOf(conf['clusterName']) ?? tagClusterName(textOf(ref['name']) ?? '', tags);
  action.requestMirrorPolicies.push(create(RouteAction_RequestMirrorPolicySchema, { cluster, runtimeFraction: { defaultValue: fractionalPercent(conf['percentage'], 100) } }));
}
