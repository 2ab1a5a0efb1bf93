import { bool, intOrString, list, object, oneOf, opt, text, uint32, type Static } from '@weft/resource-model';
import { BackendRefSchema, TargetRefSchema } from '../../target-ref/schema.ts';
import { Type } from '@sinclair/typebox';

const HEADER_NAME = { minLength: 1, maxLength: 256, pattern: '^[a-z0-9!#$%&\'*+\\-.^_\\x60|~]+$' };

/** Methods that a request may be matched by. */
export const HTTP_METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'] as const;

/** One path condition, shared with MeshRequestPermission. */
export const PathMatchSchema = object({ value: text({ minLength: 1 }), type: oneOf(['Exact', 'PathPrefix', 'RegularExpression']) });
const QueryParamMatchSchema = object({ type: oneOf(['Exact', 'RegularExpression']), name: text({ minLength: 1 }), value: text() });

/** One header condition, shared with MeshRetry. */
export const HeaderMatchSchema = object({
  type: opt(oneOf(['Exact', 'Present', 'RegularExpression', 'Absent', 'Prefix'], { default: 'Exact' })),
  name: Type.String(HEADER_NAME),
  value: opt(text()),
});

/** One match of a rule: everything given must hold. */
export const HttpMatchSchema = object({
  path: opt(PathMatchSchema),
  method: opt(oneOf(HTTP_METHODS)),
  queryParams: opt(list(QueryParamMatchSchema)),
  headers: opt(list(HeaderMatchSchema)),
});

const HeaderValueSchema = object({ name: Type.String(HEADER_NAME), value: text() });
const HeaderModifierSchema = object({
  set: opt(list(HeaderValueSchema, { maxItems: 16 })),
  add: opt(list(HeaderValueSchema, { maxItems: 16 })),
  remove: opt(list(text(), { maxItems: 16 })),
});
const PathRewriteSchema = object({ type: oneOf(['ReplaceFullPath', 'ReplacePrefixMatch']), replaceFullPath: opt(text()), replacePrefixMatch: opt(text()) });
const RequestRedirectSchema = object({
  scheme: opt(oneOf(['http', 'https'])),
  hostname: opt(text({ minLength: 1, maxLength: 253 })),
  path: opt(PathRewriteSchema),
  port: opt(uint32({ minimum: 1, maximum: 65535 })),
  statusCode: opt(Type.Unsafe<301 | 302 | 303 | 307 | 308>({ type: 'integer', enum: [301, 302, 303, 307, 308], default: 302 })),
});
const UrlRewriteSchema = object({ hostname: opt(text({ minLength: 1, maxLength: 253 })), path: opt(PathRewriteSchema), hostToBackendHostname: opt(bool()) });
const RequestMirrorSchema = object({ percentage: opt(intOrString()), backendRef: BackendRefSchema });

/** One filter: `type`, and the block of that type. */
export const HttpFilterSchema = object({
  type: oneOf(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite', 'RequestMirror']),
  requestHeaderModifier: opt(HeaderModifierSchema),
  responseHeaderModifier: opt(HeaderModifierSchema),
  requestRedirect: opt(RequestRedirectSchema),
  urlRewrite: opt(UrlRewriteSchema),
  requestMirror: opt(RequestMirrorSchema),
});

/** What a rule does: filters, and where the request goes (unset: the service itself). */
export const MeshHttpRouteRuleConfSchema = object({ filters: opt(list(HttpFilterSchema)), backendRefs: opt(list(BackendRefSchema)) });
const RuleSchema = object({ matches: list(HttpMatchSchema, { minItems: 1 }), default: MeshHttpRouteRuleConfSchema });

/** Spec of MeshHTTPRoute. Source: Kuma 2.14. */
export const MeshHttpRouteSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(object({ hostnames: opt(list(text())), targetRef: TargetRefSchema, rules: opt(list(RuleSchema)) }))),
});

/** Spec of MeshHTTPRoute. */
export type MeshHttpRouteSpec = Static<typeof MeshHttpRouteSchema>;
/** One rule of a MeshHTTPRoute. */
export type MeshHttpRouteRule = Static<typeof RuleSchema>;
/** What a rule does. */
export type MeshHttpRouteRuleConf = Static<typeof MeshHttpRouteRuleConfSchema>;
/** What the matching engine merges: one item of `to` without its targetRef. */
export type MeshHttpRouteConf = Pick<NonNullable<MeshHttpRouteSpec['to']>[number], 'hostnames' | 'rules'>;
/** One match of a rule. */
export type HttpMatch = Static<typeof HttpMatchSchema>;
/** One filter of a rule. */
export type HttpFilter = Static<typeof HttpFilterSchema>;
/** One header condition. */
export type HeaderMatch = Static<typeof HeaderMatchSchema>;
