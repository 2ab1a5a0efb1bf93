import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '../registry.ts';

/** Violations that Kuma 2.14 answers and that no other test of a policy names, row by row. */
type Row = readonly [what: string, spec: Readonly<Record<string, unknown>>, expected: readonly string[]];

const MESH = { kind: 'Mesh' };
const SERVICE = { kind: 'MeshService', name: 'backend' };
const ROUTE = { kind: 'MeshHTTPRoute', name: 'way' };
const GATEWAY = { kind: 'MeshGateway', name: 'edge' };
const SIDECARS = { targetRef: { kind: 'Mesh', proxyTypes: ['Sidecar'] } };
const ID = { spiffeID: { type: 'Exact', value: 'spiffe://default/web' } };

const to = (conf: unknown, targetRef: unknown = MESH, top?: unknown) => ({ ...(top !== undefined && { targetRef: top }), to: [{ targetRef, default: conf }] });
const from = (conf: unknown, top?: unknown, targetRef: unknown = MESH) => ({ ...(top !== undefined && { targetRef: top }), from: [{ targetRef, default: conf }] });
const rules = (conf: unknown, ...matches: readonly unknown[]) => ({ rules: [{ ...(matches.length > 0 && { matches }), default: conf }] });
const single = (conf: unknown) => ({ default: conf });
const filter = (...filters: readonly unknown[]) => ({ to: [{ targetRef: SERVICE, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { filters } }] }] });
const modification = (content: unknown) => single({ appendModifications: [content] });
const HTTP_LIMIT = { local: { http: { requestRate: { num: 1, interval: '1s' } } } };
const FAULT = { http: [{ abort: { httpStatus: 500, percentage: 1 } }] };

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  MeshTrafficPermission: [
    ['no action', from({}), ['spec.from[0].default.action: must be defined']],
    ['both from and rules', { ...from({ action: 'Allow' }), ...rules({ allow: [ID] }) }, ["spec.from: field 'from' must be empty when 'rules' is defined"]],
    ['neither', {}, ["spec: at least one of 'from' or 'rules' has to be defined"]],
    ['a rule without lists', rules({}), ["spec.rules[0]: at least one of 'allow', 'allowWithShadowDeny', 'deny' has to be defined"]],
    ['an unknown action', from({ action: 'Maybe' }), ['spec.from[0].default.action: in body should be one of [Allow Deny AllowWithShadowDeny]']],
    ['a bad match', rules({ allow: [{}, { spiffeID: { type: 'Suffix', value: 'spiffe://a/b' } }, { spiffeID: { type: 'Prefix', value: 'spiffe://a/' } }, { sni: { type: 'Exact', value: '' } }, { sni: { type: 'Exact', value: 'UP' } }] }), [
      "spec.rules[0].allow[0]: must specify at least one of 'spiffeID' or 'sni'",
      'spec.rules[0].allow[1].spiffeID.type: unrecognized type "Suffix", supported values are: Exact, Prefix',
      'spec.rules[0].allow[2].spiffeID: must be a valid Spiffe ID: path cannot have a trailing slash',
      'spec.rules[0].allow[3].sni.value: must be set',
      'spec.rules[0].allow[4].sni.value: must be a valid DNS name: a lowercase RFC 1123 subdomain',
    ]],
  ],
  MeshTLS: [
    ['both from and rules', { ...from({ mode: 'Strict' }), ...rules({ mode: 'Strict' }) }, ["spec.from: field 'from' must be empty when 'rules' is defined"]],
    ['neither', {}, ["spec: at least one of 'from' or 'rules' has to be defined"]],
    ['versions the wrong way round', from({ tlsVersion: { min: 'TLS13', max: 'TLS12' } }), ['spec.from[0].default.tlsVersion.min: min version must be lower than max']],
    ['versions and ciphers of some proxies', from({ tlsVersion: { min: 'TLS12' }, tlsCiphers: ['ECDHE-RSA-AES128-GCM-SHA256'] }, { kind: 'Dataplane' }), [
      'spec.from[0].default.tlsVersion: tlsVersion can only be defined with top level targetRef kind: Mesh',
      'spec.from[0].default.tlsCiphers: tlsCiphers can only be defined with top level targetRef kind: Mesh',
    ]],
    ['unknown values', from({ mode: 'Off', tlsVersion: { min: 'TLS9' }, tlsCiphers: ['RC4'] }), [
      'spec.from[0].default.tlsVersion.min: in body should be one of [TLSAuto TLS10 TLS11 TLS12 TLS13]',
      'spec.from[0].default.tlsCiphers[0]: in body should be one of [ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305]',
      'spec.from[0].default.mode: in body should be one of [Permissive Strict]',
    ]],
    ['a target that it has not', from({ mode: 'Strict' }, SERVICE), ["spec.targetRef.kind: value 'MeshService' is not supported"]],
  ],
  MeshHTTPRoute: [
    ['no matches', { to: [{ targetRef: SERVICE, rules: [{ matches: [], default: {} }] }] }, ['spec.to[0].rules[0].matches: in body should have at least 1 items']],
    ['a value for Absent', { to: [{ targetRef: SERVICE, rules: [{ matches: [{ headers: [{ type: 'Absent', name: 'x', value: 'y' }] }], default: {} }] }] }, ['spec.to[0].rules[0].matches[0].headers[0].value: must not be defined']],
    ['a mesh as target', { to: [{ targetRef: MESH, rules: [] }] }, ["spec.to[0].targetRef.kind: value 'Mesh' is not supported"]],
    ['types without their blocks', filter({ type: 'RequestHeaderModifier' }, { type: 'ResponseHeaderModifier' }, { type: 'RequestRedirect' }, { type: 'RequestMirror' }), [
      'spec.to[0].rules[0].default.filters[0].requestHeaderModifier: must be defined',
      'spec.to[0].rules[0].default.filters[1].responseHeaderModifier: must be defined',
      'spec.to[0].rules[0].default.filters[2].requestRedirect: must be defined',
      'spec.to[0].rules[0].default.filters[3].requestMirror: must be defined',
    ]],
    ['an unknown type', filter({ type: 'Retry' }), ['spec.to[0].rules[0].default.filters[0].type: in body should be one of [RequestHeaderModifier ResponseHeaderModifier RequestRedirect URLRewrite RequestMirror]']],
    ['a name twice in set', filter({ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: '1' }, { name: 'x', value: '2' }] } }), ['spec.to[0].rules[0].default.filters[0].requestHeaderModifier.set[1].name: duplicate header name']],
    ['more than 16 headers', filter({ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: Array.from({ length: 17 }, (_, n) => `h${n}`) } }), ['spec.to[0].rules[0].default.filters[0].requestHeaderModifier.remove: in body should have at most 16 items']],
    ['redirect out of range', filter({ type: 'RequestRedirect', requestRedirect: { scheme: 'ftp', port: 0, statusCode: 304 } }), [
      'spec.to[0].rules[0].default.filters[0].requestRedirect.scheme: in body should be one of [http https]',
      'spec.to[0].rules[0].default.filters[0].requestRedirect.port: in body should be greater than or equal to 1',
      'spec.to[0].rules[0].default.filters[0].requestRedirect.statusCode: in body should be one of [301 302 303 307 308]',
    ]],
    ['a host that is none', filter({ type: 'RequestRedirect', requestRedirect: { hostname: 'Not_A_Host' } }), ["spec.to[0].rules[0].default.filters[0].requestRedirect.hostname: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"]],
    ['a rewrite to an address', filter({ type: 'URLRewrite', urlRewrite: { hostname: '::1' } }), ['spec.to[0].rules[0].default.filters[0].urlRewrite.hostname: cannot be an IP address']],
    ['both host rewrites under a gateway', { targetRef: GATEWAY, to: [{ targetRef: MESH, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [SERVICE], filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'a.b', hostToBackendHostname: true } }] } }] }] }, ['spec.to[0].rules[0].default.filters[0].urlRewrite.hostToBackendHostname: cannot be set together with hostname']],
  ],
  MeshTCPRoute: [
    ['no backends at all', { to: [{ targetRef: SERVICE, rules: [{ default: { backendRefs: [] } }] }] }, ['spec.to[0].rules[0].default.backendRefs: must be defined']],
    ['a mesh as target', { to: [{ targetRef: MESH, rules: [] }] }, ["spec.to[0].targetRef.kind: value 'Mesh' is not supported"]],
  ],
  MeshTimeout: [
    ['rules beside to', { ...to({ idleTimeout: '1s' }), ...rules({ idleTimeout: '1s' }) }, ["spec: fields 'to' and 'from' must be empty when 'rules' is defined"]],
    ['nothing', {}, ["spec: at least one of 'from', 'to' or 'rules' has to be defined"]],
    ['an empty conf', to({}), ['spec.to[0].default: at least one timeout should be configured']],
    ['only requestHeadersTimeout', to({ http: { requestHeadersTimeout: '1s' } }), ['spec.to[0].default.http: at least one timeout in this section should be configured']],
    ['no time', to({ connectionTimeout: '0s', idleTimeout: '-1s', http: { requestTimeout: '-1s', streamIdleTimeout: '-1s', maxStreamDuration: '-1s' } }), [
      'spec.to[0].default.connectionTimeout: must be greater than zero when defined',
      'spec.to[0].default.idleTimeout: must not be negative when defined',
      'spec.to[0].default.http.requestTimeout: must not be negative when defined',
      'spec.to[0].default.http.streamIdleTimeout: must not be negative when defined',
      'spec.to[0].default.http.maxStreamDuration: must not be negative when defined',
    ]],
    ['what is no time', to({ idleTimeout: '1x' }), ['spec.to[0].default.idleTimeout: in body must be of type duration: "1x" (a number and a unit, such as 10s, 1.5m or 250ms)']],
    ['what a route has not', to({ connectionTimeout: '1s', idleTimeout: '1s', http: { requestTimeout: '1s', maxStreamDuration: '1s', maxConnectionDuration: '1s' } }, MESH, ROUTE), [
      "spec.to[0].default.connectionTimeout: can't be specified when top-level TargetRef is referencing MeshHTTPRoute",
      "spec.to[0].default.idleTimeout: can't be specified when top-level TargetRef is referencing MeshHTTPRoute",
      "spec.to[0].default.http.maxStreamDuration: can't be specified when top-level TargetRef is referencing MeshHTTPRoute",
      "spec.to[0].default.http.maxConnectionDuration: can't be specified when top-level TargetRef is referencing MeshHTTPRoute",
    ]],
    ['from with a route', from({ idleTimeout: '1s' }, ROUTE), ['spec.from: must not be defined']],
    ['from with a gateway', from({ idleTimeout: '1s' }, GATEWAY), ['spec.from: must not be defined']],
    ['a match of nothing', rules({ idleTimeout: '1s' }, {}), ["spec.rules[0].matches[0]: must specify at least one of 'spiffeID' or 'sni'"]],
    ['matches that are none', rules({ http: { requestTimeout: '1s' } }, { spiffeID: { type: '', value: 'spiffe://a/b' } }, { spiffeID: { type: 'Suffix', value: 'spiffe://a/b' } }, { sni: { type: '', value: 'a' } }, { sni: { type: 'Prefix', value: 'a' } }), [
      'spec.rules[0].matches[0].spiffeID.type: must be set',
      'spec.rules[0].matches[1].spiffeID.type: unrecognized type "Suffix", supported values are: Exact, Prefix',
      'spec.rules[0].matches[2].sni.type: must be set',
      'spec.rules[0].matches[3].sni.type: unrecognized type "Prefix", supported values are: Exact',
    ]],
    ['what cannot depend on who calls', rules({ connectionTimeout: '1s', idleTimeout: '1s', http: { requestTimeout: '1s', streamIdleTimeout: '1s', requestHeadersTimeout: '1s' } }, ID), [
      "spec.rules[0].default.connectionTimeout: can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity",
      "spec.rules[0].default.idleTimeout: can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity",
      "spec.rules[0].default.http.requestHeadersTimeout: can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity",
    ]],
  ],
  MeshRetry: [
    ['nothing', to({}), ["spec.to[0].default.conf: at least one of the 'tcp', 'http', 'grpc' must be specified"]],
    ['empty blocks', to({ tcp: {}, http: {}, grpc: {} }), [
      'spec.to[0].default.conf.tcp: must not be empty',
      'spec.to[0].default.conf.http: must not be empty',
      'spec.to[0].default.conf.grpc: must not be empty',
    ]],
    ['an empty pause', to({ http: { backOff: {} }, grpc: { backOff: {} } }), [
      'spec.to[0].default.conf.http.backOff: must not be empty',
      'spec.to[0].default.conf.grpc.backOff: must not be empty',
    ]],
    ['no attempt', to({ tcp: { maxConnectAttempt: 0 } }), ['spec.to[0].default.conf.tcp.maxConnectAttempt: must be greater than 0']],
    ['unknown conditions', to({ http: { numRetries: 1, retryOn: ['5xx', '5XX', '599', 'Sometimes'] }, grpc: { retryOn: ['Cancelled'] } }), [
      "spec.to[0].default.conf.http.retryOn[1]: unknown item '5XX'",
      "spec.to[0].default.conf.http.retryOn[2]: unknown item '599'",
      "spec.to[0].default.conf.http.retryOn[3]: unknown item 'Sometimes'",
      "spec.to[0].default.conf.grpc.retryOn[0]: unknown item 'Cancelled'",
    ]],
    ['a pause without headers', to({ http: { rateLimitedBackOff: { maxInterval: '0s' } } }), [
      'spec.to[0].default.conf.http.rateLimitedBackOff.resetHeaders: must be defined',
      'spec.to[0].default.conf.http.rateLimitedBackOff.maxInterval: must be greater than zero when defined',
    ]],
    ['hosts', to({ http: { hostSelection: [{ predicate: 'OmitHostsWithTags' }, { predicate: 'OmitPreviousPriorities', updateFrequency: 0 }, { predicate: 'OmitPreviousPriorities' }, { predicate: 'OmitAll' }] } }), [
      'spec.to[0].default.conf.http.hostSelection[0].tags: must be defined',
      'spec.to[0].default.conf.http.hostSelection[1].updateFrequency: must be defined and greater than zero',
      'spec.to[0].default.conf.http.hostSelection[2].predicate: OmitPreviousPriorities must only be specified once',
      "spec.to[0].default.conf.http.hostSelection[3].predicate: unknown predicate type 'OmitAll'",
    ]],
    ['attempts alone', to({ http: { hostSelectionMaxAttempts: 3 } }), ['spec.to[0].default.conf.http: must not be empty']],
  ],
  MeshCircuitBreaker: [
    ['rules beside to', { ...to({ connectionLimits: { maxRetries: 1 } }), ...rules({ connectionLimits: { maxRetries: 1 } }) }, ["spec: fields 'to' and 'from' must be empty when 'rules' is defined"]],
    ['nothing', {}, ["spec: at least one of 'from', 'to' or 'rules' has to be defined"]],
    ['every limit', to({ connectionLimits: { maxConnections: 0, maxConnectionPools: 0, maxPendingRequests: 0, maxRetries: 0, maxRequests: 0 } }), [
      'spec.to[0].default.connectionLimits.maxConnections: must be greater than 0',
      'spec.to[0].default.connectionLimits.maxConnectionPools: must be greater than 0',
      'spec.to[0].default.connectionLimits.maxPendingRequests: must be greater than 0',
      'spec.to[0].default.connectionLimits.maxRetries: must be greater than 0',
      'spec.to[0].default.connectionLimits.maxRequests: must be greater than 0',
    ]],
    ['every detector', to({ outlierDetection: { baseEjectionTime: '0s', healthyPanicThreshold: '100.5', detectors: {
      totalFailures: { consecutive: 0 }, localOriginFailures: { consecutive: 0 }, successRate: { minimumHosts: 0, requestVolume: 0, standardDeviationFactor: 0 }, failurePercentage: { minimumHosts: 0, requestVolume: 0, threshold: 0 },
    } } }), [
      'spec.to[0].default.outlierDetection.baseEjectionTime: must be greater than zero when defined',
      'spec.to[0].default.outlierDetection.healthyPanicThreshold: must be in inclusive range [0.0, 100.0]',
      'spec.to[0].default.outlierDetection.detectors.totalFailures.consecutive: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.localOriginFailures.consecutive: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.successRate.minimumHosts: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.successRate.requestVolume: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.successRate.standardDeviationFactor: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.failurePercentage.minimumHosts: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.failurePercentage.requestVolume: must be greater than 0',
    ]],
  ],
  MeshHealthCheck: [
    ['times and thresholds', to({ timeout: '0s', unhealthyThreshold: 0, initialJitter: '0s', intervalJitter: '0s', noTrafficInterval: '0s', healthyPanicThreshold: '101', tcp: {} }), [
      'spec.to[0].default.timeout: must be greater than zero when defined',
      'spec.to[0].default.initialJitter: must be greater than zero when defined',
      'spec.to[0].default.intervalJitter: must be greater than zero when defined',
      'spec.to[0].default.noTrafficInterval: must be greater than zero when defined',
      'spec.to[0].default.unhealthyThreshold: must be greater than 0',
      'spec.to[0].default.healthyPanicThreshold: must be in inclusive range [0.0, 100.0]',
    ]],
    ['http', to({ http: { path: '', expectedStatuses: [99, 600] } }), [
      'spec.to[0].default.http.path: must be defined',
      'spec.to[0].default.http.expectedStatuses[0]: must be in inclusive range [100, 599]',
      'spec.to[0].default.http.expectedStatuses[1]: must be in inclusive range [100, 599]',
    ]],
  ],
  MeshRateLimit: [
    ['to without gateways', { ...SIDECARS, ...to(HTTP_LIMIT) }, ['spec.to: must not be defined']],
    ['from with gateways', { targetRef: GATEWAY, ...from(HTTP_LIMIT) }, ['spec.from: must not be defined when the scope includes a Gateway, select only proxyType Sidecar or select only gateways and use spec.to']],
    ['rules with a gateway', { targetRef: GATEWAY, ...rules(HTTP_LIMIT) }, ['spec.rules: must not be defined']],
    ['rules beside from', { ...SIDECARS, ...from(HTTP_LIMIT), ...rules(HTTP_LIMIT) }, ["spec: fields 'to' and 'from' must be empty when 'rules' is defined"]],
    ['neither', {}, ["spec: at least one of 'from', 'to' or 'rules' has to be defined"]],
    ['empty blocks', { ...SIDECARS, ...from({ local: { http: {}, tcp: {} } }) }, [
      'spec.from[0].default.local.http: must have at least one defined: disabled, requestRate, onRateLimit',
      'spec.from[0].default.local.tcp: must have at least one defined: disabled, connectionRate',
    ]],
    ['http out of range', { ...SIDECARS, ...from({ local: { http: { requestRate: { num: 0, interval: '50ms' } } } }) }, [
      'spec.from[0].default.local.http.requestRate.num: must be greater than 0',
      'spec.from[0].default.local.http.requestRate.interval: must be greater than: 50ms',
    ]],
    ['limits per identity', rules({ local: { http: { requestRate: { num: 5, interval: '1s' }, perIdentity: true, totalRate: { num: 10, interval: '2s' } } } }), []],
    ['limits per identity without a limit', rules({ local: { http: { disabled: false, perIdentity: true } } }), ['spec.rules[0].default.local.http.perIdentity: must be used with requestRate']],
    ['a total for callers that share one limit', rules({ local: { http: { requestRate: { num: 5, interval: '1s' }, totalRate: { num: 0, interval: '50ms' } } } }), [
      'spec.rules[0].default.local.http.totalRate.num: must be greater than 0',
      'spec.rules[0].default.local.http.totalRate.interval: must be greater than: 50ms',
      'spec.rules[0].default.local.http.totalRate: must be used with requestRate and perIdentity',
    ]],
    ['a total below the limit of each', rules({ local: { http: { requestRate: { num: 5, interval: '1s' }, perIdentity: true, totalRate: { num: 6, interval: '2s' } } } }), ['spec.rules[0].default.local.http.totalRate: must be no lower than requestRate, in num and in num per interval']],
    ['a match of nothing', rules(HTTP_LIMIT, {}), ["spec.rules[0].matches[0]: must specify at least one of 'spiffeID' or 'sni'"]],
    ['connections by caller', rules({ local: { tcp: { connectionRate: { num: 1, interval: '1s' } } } }, ID), ["spec.rules[0].default.local.tcp: can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity"]],
  ],
  MeshFaultInjection: [
    ['to without gateways', { ...SIDECARS, ...to(FAULT) }, ['spec.to: must not be defined']],
    ['from with gateways', from(FAULT), ['spec.from: must not be defined when the scope includes a Gateway, select only proxyType Sidecar or select only gateways and use spec.to']],
    ['values out of range', { ...SIDECARS, ...from({ http: [{ delay: { value: '-1s', percentage: 101 } }, { responseBandwidth: { limit: '1 Mbit', percentage: -1 } }, { abort: { httpStatus: 600, percentage: 1 } }] }) }, [
      'spec.from[0].default.http.delay[0].value: must not be negative when defined',
      'spec.from[0].default.http.delay[0].percentage: must be in inclusive range [0.0, 100.0]',
      'spec.from[0].default.http.responseBandwidth[1].limit: must be in kbps/Mbps/Gbps units',
      'spec.from[0].default.http.responseBandwidth[1].percentage: must be in inclusive range [0.0, 100.0]',
      'spec.from[0].default.http.abort[2].httpStatus: must be in inclusive range [100, 599]',
    ]],
    ['a share that is missing', { ...SIDECARS, ...from({ http: [{ abort: { httpStatus: 500 } }] }) }, ['spec.from[0].default.http[0].abort.percentage: in body is required']],
    ['bandwidths as they may be', { ...SIDECARS, ...from({ http: [{ responseBandwidth: { limit: '1 Mbps', percentage: 1 } }, { responseBandwidth: { limit: '50kbps', percentage: '0.5' } }] }) }, []],
    ['nothing', {}, ["spec: at least one of 'from', 'to' or 'rules' has to be defined"]],
  ],
  MeshAccessLog: [
    ['neither', {}, ["spec: at least one of 'from', 'to' or 'rules' has to be defined"]],
    ['blocks missing', to({ backends: [{ type: 'Tcp' }, { type: 'OpenTelemetry' }] }), [
      'spec.to[0].default.backends[0].tcp: must be defined',
      'spec.to[0].default.backends[1].openTelemetry: must be defined',
    ]],
    ['an unknown type', to({ backends: [{ type: 'Kafka' }] }), ['spec.to[0].default.backends[0].type: in body should be one of [Tcp File OpenTelemetry]']],
    ['a collector', to({ backends: [{ type: 'OpenTelemetry', openTelemetry: { endpoint: 'http://a:1', attributes: [{ key: 'Bad', value: 'x' }, { key: 'otel.x', value: 'x' }] } }, { type: 'OpenTelemetry', openTelemetry: { endpoint: 'a:1', backendRef: { kind: 'MeshOpenTelemetryBackend', name: 'b' } } }] }), [
      'spec.to[0].default.backends[0].openTelemetry.endpoint: must not use schema',
      'spec.to[0].default.backends[0].openTelemetry.attributes[0].key: must be a valid OpenTelemetry attribute name',
      'spec.to[0].default.backends[0].openTelemetry.attributes[1].key: must be a valid OpenTelemetry attribute name',
      'spec.to[0].default.backends[1].openTelemetry: must have exactly one defined: endpoint, backendRef',
    ]],
    ['formats', to({ backends: [{ type: 'File', file: { path: '/a', format: { type: 'Plain' } } }, { type: 'File', file: { path: '/a', format: { type: 'Json', json: [{ key: '', value: '' }] } } }] }), [
      'spec.to[0].default.backends[0].file.format.plain: must be defined',
      'spec.to[0].default.backends[1].file.format.json[0]: key must not be empty',
    ]],
    ['rules beside from', { ...from({ backends: [] }), ...rules({ backends: [] }) }, ["spec: fields 'to' and 'from' must be empty when 'rules' is defined"]],
  ],
  MeshTrace: [
    ['two backends', single({ backends: [{ type: 'Zipkin', zipkin: { url: 'http://a' } }, { type: 'Zipkin', zipkin: { url: 'http://b' } }] }), ['spec.default.backends: must have zero or one backend defined']],
    ['zipkin', single({ backends: [{ type: 'Zipkin', zipkin: { url: '' } }] }), ['spec.default.backends[0].zipkin.url: must not be empty']],
    ['no URL', single({ backends: [{ type: 'Zipkin', zipkin: { url: 'nowhere' } }] }), ['spec.default.backends[0].zipkin.url: must be a valid url']],
    ['datadog', single({ backends: [{ type: 'Datadog', datadog: { url: 'http://u:p@a:99999/?q#f' } }] }), [
      'spec.default.backends[0].datadog.url: port must be a valid (1-65535)',
      'spec.default.backends[0].datadog.url: user must not be defined',
      'spec.default.backends[0].datadog.url: path must not be defined',
      'spec.default.backends[0].datadog.url: query must not be defined',
      'spec.default.backends[0].datadog.url: fragment must not be defined',
    ]],
    ['datadog, no URL', single({ backends: [{ type: 'Datadog', datadog: { url: '%%' } }] }), ['spec.default.backends[0].datadog.url: must be a valid url']],
    ['sampling', single({ backends: [], sampling: { client: 'much', random: '-1' } }), [
      'spec.default.sampling.client: string is not a number',
      'spec.default.sampling.random: must be between 0 and 100',
    ]],
    ['a tag of two kinds', single({ backends: [], tags: [{ name: 'a', literal: 'x', header: { name: 'h' } }] }), ['spec.default.tags[0]: tag must have only one type defined: header, literal']],
    ['a collector twice', single({ backends: [{ type: 'OpenTelemetry', openTelemetry: { endpoint: 'a:1', backendRef: { kind: 'MeshOpenTelemetryBackend', name: 'b' } } }] }), ['spec.default.backends[0].openTelemetry: must have exactly one defined: endpoint, backendRef']],
  ],
  MeshMetric: [
    ['ports', single({ applications: [{ port: 70_000 }], backends: [{ type: 'Prometheus', prometheus: { port: 0 } }] }), [
      'spec.default.applications.application[0].port: port must be in the range [1, 65535]',
      'spec.default.backends.backend[0].port: port must be in the range [1, 65535]',
    ]],
    ['unknown types', single({ sidecar: { profiles: { include: [{ type: 'Suffix', match: 'a' }] } } }), ["spec.default.sidecar.profiles.include[0].type: unrecognized type 'Suffix' - 'Regex', 'Prefix', 'Exact', 'Contains' are supported"]],
    ['another backend', single({ backends: [{ type: 'Statsd' }] }), ['spec.default.backends[0].type: in body should be one of [Prometheus OpenTelemetry]']],
    ['a backend without its block', single({ backends: [{ type: 'OpenTelemetry' }, { type: 'OpenTelemetry', openTelemetry: {} }] }), [
      'spec.default.backends.backend[0].openTelemetry: must be defined',
      'spec.default.backends.backend[1].openTelemetry: must have exactly one defined: endpoint, backendRef',
    ]],
    ['an endpoint that is none', single({ backends: [{ type: 'OpenTelemetry', openTelemetry: { endpoint: 'otel' } }] }), ['spec.default.backends.backend[0].openTelemetry.endpoint: must be in host:port format']],
  ],
  MeshLoadBalancingStrategy: [
    ['blocks of hash policies', to({ hashPolicies: ['Header', 'Cookie', 'Connection', 'QueryParameter', 'FilterState'].map((type) => ({ type })) }), [
      'spec.to[0].default.hashPolicies[0].header: must be defined',
      'spec.to[0].default.hashPolicies[1].cookie: must be defined',
      'spec.to[0].default.hashPolicies[2].connection: must be defined',
      'spec.to[0].default.hashPolicies[3].queryParameter: must be defined',
      'spec.to[0].default.hashPolicies[4].filterState: must be defined',
    ]],
    ['a relative path of a cookie', to({ hashPolicies: [{ type: 'Cookie', cookie: { name: 'a', path: 'x' } }] }), ['spec.to[0].default.hashPolicies[0].cookie.path: must be an absolute path']],
    ['hash policies twice', to({ hashPolicies: [{ type: 'Header', header: { name: 'x' } }], loadBalancer: { type: 'RingHash', ringHash: { hashPolicies: [] } } }), ['spec.to[0].default.loadBalancer.ringHash.hashPolicies: hashPolicies already specified in the root level']],
    ['bounds', to({ loadBalancer: { type: 'LeastRequest', leastRequest: { choiceCount: 1 }, ringHash: { minRingSize: 0, maxRingSize: 8_000_001 }, maglev: { tableSize: 5_000_012 } } }), [
      'spec.to[0].default.loadBalancer.leastRequest.choiceCount: in body should be greater than or equal to 2',
      'spec.to[0].default.loadBalancer.ringHash.minRingSize: in body should be greater than or equal to 1',
      'spec.to[0].default.loadBalancer.ringHash.maxRingSize: in body should be less than or equal to 8000000',
      'spec.to[0].default.loadBalancer.maglev.tableSize: in body should be less than or equal to 5000011',
    ]],
    ['a negative bias', to({ loadBalancer: { type: 'LeastRequest', leastRequest: { activeRequestBias: '-1' } } }), ['spec.to[0].default.loadBalancer.leastRequest.activeRequestBias: must be greater or equal than: 0']],
    ['weights of zero', to({ localityAwareness: { localZone: { affinityTags: [{ key: 'a', weight: 0 }] } } }), ['spec.to[0].default.localityAwareness.localZone.affinityTags[0].weight: must be greater than 0']],
    ['zones', to({ localityAwareness: { crossZone: { failover: [{ to: { type: 'None', zones: ['a'] } }, { to: { type: 'AnyExcept' } }, { from: { zones: [] }, to: { type: 'Any' } }], failoverThreshold: { percentage: 0 } } } }), [
      'spec.to[0].default.localityAwareness.crossZone.failover[0].to.zones: must be empty when type is None',
      'spec.to[0].default.localityAwareness.crossZone.failover[1].to.zones: must not be empty when type is AnyExcept',
      'spec.to[0].default.localityAwareness.crossZone.failover[2].from.zones: must not be empty',
      'spec.to[0].default.localityAwareness.crossZone.failoverThreshold.percentage: must be in inclusive range [0.0, 100.0]',
    ]],
    ['a failover of another kind', to({ localityAwareness: { crossZone: { failover: [{ to: { type: 'Most' } }] } } }), ['spec.to[0].default.localityAwareness.crossZone.failover[0].to.type: in body should be one of [None Only Any AnyExcept]']],
    ['other zones for local traffic', to({ localityAwareness: { crossZone: {} } }, { kind: 'MeshService', labels: { a: 'b' } }), ['spec.to[0].default.localityAwareness.crossZone: must not be set: MeshService traffic is local']],
    ['more than hashing on a route', to({ localityAwareness: { disabled: true } }, ROUTE), ['spec.to[0].default.localityAwareness: field is not allowed when targetRef.kind is MeshHTTPRoute, only hashPolicies is supported']],
    ['a load balancer of one service of a gateway', to({ loadBalancer: { type: 'Random' } }, SERVICE, GATEWAY), ["spec.to[0].targetRef.kind: value 'MeshService' is not supported"]],
  ],
  MeshPassthrough: [
    ['mysql', single({ appendMatch: [{ type: 'IP', value: '1.2.3.4', protocol: 'mysql' }, { type: 'Domain', value: 'a.b', protocol: 'mysql', port: 3306 }] }), [
      'spec.default.appendMatch[0].port: must be defined with protocol mysql',
      'spec.default.appendMatch[1].protocol: protocol mysql is not supported for a domain',
    ]],
    ['protocols of one port', single({ appendMatch: [{ type: 'Domain', value: 'a.b', protocol: 'http', port: 80 }, { type: 'Domain', value: 'c.d', protocol: 'grpc', port: 80 }] }), ['spec.default.appendMatch[1].port: using the same port in multiple matches requires the same protocol for the following protocols: grpc, http, http2']],
    ['one match twice', single({ appendMatch: [{ type: 'Domain', value: 'a.b', protocol: 'http', port: 80 }, { type: 'Domain', value: 'a.b', protocol: 'http', port: 80 }] }), ['spec.default.appendMatch[1]: port 80, protocol http and value a.b are already used by another match']],
    ['every name without a port', single({ appendMatch: [{ type: 'Domain', value: '*', protocol: 'http' }] }), ['spec.default.appendMatch[0].port: must be defined for domain * with protocol http']],
    ['a port', single({ appendMatch: [{ type: 'IP', value: '1.2.3.4', port: 0 }, { type: 'IP', value: '1.2.3.4', port: 65_536 }] }), [
      'spec.default.appendMatch[0].port: port must be in the range [1, 65535]',
      'spec.default.appendMatch[1].port: port must be in the range [1, 65535]',
    ]],
    ['unknown values', single({ passthroughMode: 'Some', appendMatch: [{ type: 'Host', value: 'a' }] }), [
      'spec.default.passthroughMode: in body should be one of [All Matched None]',
      'spec.default.appendMatch[0].type: in body should be one of [Domain IP CIDR]',
    ]],
  ],
  MeshProxyPatch: [
    ['matches of what is added', single({ appendModifications: [{ cluster: { operation: 'Add', match: { name: 'a' }, value: 'name: a' } }, { listener: { operation: 'Add', match: { origin: 'inbound' }, value: 'name: a' } }, { virtualHost: { operation: 'Add', match: { name: 'a' }, value: 'name: a\ndomains: ["*"]' } }] }), [
      'spec.default.appendModifications[0].cluster.match: must not be defined',
      'spec.default.appendModifications[1].listener.match: must not be defined',
      'spec.default.appendModifications[2].virtualHost.match.name: must not be defined',
    ]],
    ['places without a name', single({ appendModifications: [{ networkFilter: { operation: 'AddBefore', value: 'name: a' } }, { httpFilter: { operation: 'AddAfter', value: 'name: a' } }, { networkFilter: { operation: 'Patch', value: 'name: a' } }] }), [
      'spec.default.appendModifications[0].networkFilter.match.name: must be defined',
      'spec.default.appendModifications[1].httpFilter.match.name: must be defined',
      'spec.default.appendModifications[2].networkFilter.match.name: must be defined',
    ]],
    ['a JSON patch of what is added', modification({ cluster: { operation: 'Add', jsonPatches: [{ op: 'add', path: '/a', value: 1 }] } }), [
      'spec.default.appendModifications[0].cluster.jsonPatches: must not be defined',
      'spec.default.appendModifications[0].cluster.value: must be defined',
    ]],
    ['a patch without content', modification({ cluster: { operation: 'Patch' } }), ['spec.default.appendModifications[0].cluster: must have exactly one defined: value, jsonPatches']],
    ['content to remove', modification({ httpFilter: { operation: 'Remove', match: { name: 'a' }, value: 'name: a' } }), ['spec.default.appendModifications[0].httpFilter.value: must not be defined']],
    ['operations', single({ appendModifications: ['listener', 'networkFilter', 'httpFilter', 'virtualHost'].map((kind) => ({ [kind]: { operation: 'Copy' } })) }), [
      'spec.default.appendModifications[0].listener.operation: invalid operation. Available operations: "Add", "Remove", "Patch"',
      'spec.default.appendModifications[1].networkFilter.operation: invalid operation. Available operations: "Remove", "Patch", "AddFirst", "AddBefore", "AddAfter", "AddLast"',
      'spec.default.appendModifications[2].httpFilter.operation: invalid operation. Available operations: "Remove", "Patch", "AddFirst", "AddBefore", "AddAfter", "AddLast"',
      'spec.default.appendModifications[3].virtualHost.operation: invalid operation. Available operations: "Add", "Remove", "Patch"',
    ]],
    ['no modification', modification({}), ['spec.default.appendModifications[0]: exactly one modification can be defined at a time. Currently, 0 modifications are defined']],
    ['another kind of resource', modification({ listener: { operation: 'Add', value: 'lb_policy: RANDOM' } }), ['spec.default.appendModifications[0].listener.value: native Envoy resource is not valid: cannot decode message envoy.config.listener.v3.Listener from JSON: key "lb_policy" is unknown']],
  ],
};

describe.each(Object.entries(ROWS))('%s', (name, rows) => {
  it.each(rows)('%s', (_, spec, expected) => {
    const type = weftRegistry.byName(name);
    if (type === undefined) throw new Error(`no type ${name}`);
    expect(violationsOf(type, spec)).toEqual(expected);
  });
});
