import { validateResource } from '@weft/resource-model';
import { documentOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '../../registry.ts';
import { convertLegacy } from './convert-legacy.ts';

type Case = readonly [type: string, what: string, conf: unknown, parts: readonly (readonly [type: string, conf: unknown])[], notes?: readonly string[]];

const CASES: readonly Case[] = [
  ['TrafficPermission', 'allows', undefined, [['MeshTrafficPermission', { action: 'Allow' }]]],
  ['Timeout', 'all of http', { connectTimeout: '3s', http: { requestTimeout: '4s', idleTimeout: '5s', streamIdleTimeout: '6s', maxStreamDuration: '7s' } }, [
    ['MeshTimeout', { connectionTimeout: '3s', idleTimeout: '5s', http: { requestTimeout: '4s', streamIdleTimeout: '6s', maxStreamDuration: '7s' } }],
  ]],
  ['Timeout', 'tcp and grpc', { tcp: { idleTimeout: '1s' }, grpc: { streamIdleTimeout: '2s' } }, [['MeshTimeout', { idleTimeout: '1s', http: { streamIdleTimeout: '2s' } }]]],
  ['Timeout', 'what differs by protocol', { tcp: { idleTimeout: '1s' }, http: { idleTimeout: '2s' } }, [['MeshTimeout', { idleTimeout: '2s' }]], ['http.idleTimeout counts for all protocols, tcp.idleTimeout is dropped']],
  ['Retry', 'of http', { http: { numRetries: 3, perTryTimeout: '1s', backOff: { baseInterval: '20ms', maxInterval: '1s' }, retriableStatusCodes: [500, 504], retriableMethods: ['NONE', 'GET'], retryOn: ['all_5xx', 'retriable_status_codes'] } }, [
    ['MeshRetry', { http: { numRetries: 3, perTryTimeout: '1s', backOff: { baseInterval: '20ms', maxInterval: '1s' }, retryOn: ['5xx', 'HttpMethodGet', '500', '504'] } }],
  ]],
  ['Retry', 'of tcp and grpc', { tcp: { maxConnectAttempts: 5 }, grpc: { numRetries: 2, retryOn: ['cancelled', 'unavailable'] } }, [['MeshRetry', { tcp: { maxConnectAttempt: 5 }, grpc: { numRetries: 2, retryOn: ['Canceled', 'Unavailable'] } }]]],
  ['CircuitBreaker', 'limits and detectors', { interval: '1s', baseEjectionTime: '30s', maxEjectionPercent: 20, detectors: { totalErrors: { consecutive: 20 }, gatewayErrors: {}, standardDeviation: { requestVolume: 10, factor: 1.9 }, failure: { threshold: 85 } }, thresholds: { maxConnections: 2, maxRetries: 3 } }, [
    ['MeshCircuitBreaker', {
      connectionLimits: { maxConnections: 2, maxRetries: 3 },
      outlierDetection: { interval: '1s', baseEjectionTime: '30s', maxEjectionPercent: 20, detectors: { totalFailures: { consecutive: 20 }, gatewayFailures: {}, successRate: { requestVolume: 10, standardDeviationFactor: '1.9' }, failurePercentage: { threshold: 85 } } },
    }],
  ]],
  ['CircuitBreaker', 'limits alone', { interval: '1s', thresholds: { maxRequests: 1 } }, [['MeshCircuitBreaker', { connectionLimits: { maxRequests: 1 } }]]],
  ['FaultInjection', 'all of it', { delay: { percentage: 50.5, value: '5s' }, abort: { percentage: 10, httpStatus: 500 }, responseBandwidth: { percentage: 1, limit: '50 mbps' } }, [
    ['MeshFaultInjection', { http: [{ delay: { value: '5s', percentage: '50.5' }, abort: { httpStatus: 500, percentage: 10 }, responseBandwidth: { limit: '50 Mbps', percentage: 1 } }] }],
  ]],
  ['RateLimit', 'with headers', { http: { requests: 5, interval: '10s', onRateLimit: { status: 423, headers: [{ key: 'x-a', value: '1' }, { key: 'x-b', value: '2', append: true }] } } }, [
    ['MeshRateLimit', { local: { http: { requestRate: { num: 5, interval: '10s' }, onRateLimit: { status: 423, headers: { set: [{ name: 'x-a', value: '1' }], add: [{ name: 'x-b', value: '2' }] } } } } }],
  ]],
  ['HealthCheck', 'of http', { interval: '10s', timeout: '2s', unhealthyThreshold: 3, healthyThreshold: 1, healthyPanicThreshold: 30, http: { path: '/health', expectedStatuses: [200], requestHeadersToAdd: [{ header: { key: 'x-a', value: '1' } }, { append: false, header: { key: 'x-b', value: '2' } }] } }, [
    ['MeshHealthCheck', { interval: '10s', timeout: '2s', unhealthyThreshold: 3, healthyThreshold: 1, healthyPanicThreshold: '30', http: { path: '/health', expectedStatuses: [200], requestHeadersToAdd: { set: [{ name: 'x-b', value: '2' }], add: [{ name: 'x-a', value: '1' }] } } }],
  ]],
  ['TrafficRoute', 'to the same service', { destination: { 'kuma.io/service': '*' }, loadBalancer: { ringHash: { hashFunction: 'MURMUR_HASH_2', minRingSize: 64 } } }, [
    ['MeshHTTPRoute', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: {} }] }],
    ['MeshLoadBalancingStrategy', { loadBalancer: { type: 'RingHash', ringHash: { minRingSize: 64, hashFunction: 'MurmurHash2' } } }],
  ]],
  ['TrafficRoute', 'a canary by header, the rest split', {
    http: [{ match: { headers: { 'X-Canary': { exact: 'yes' } }, method: { exact: 'GET' } }, modify: { path: { rewritePrefix: '/v2' }, requestHeaders: { add: [{ name: 'X-A', value: '1', append: true }], remove: [{ name: 'x-b' }] } }, destination: { 'kuma.io/service': 'backend', version: 'v2' } }],
    split: [{ weight: 90, destination: { 'kuma.io/service': 'backend', version: 'v1' } }, { weight: 10, destination: { 'kuma.io/service': 'other' } }],
  }, [
    ['MeshHTTPRoute', { rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' }, method: 'GET', headers: [{ name: 'x-canary', type: 'Exact', value: 'yes' }] }],
        default: {
          filters: [
            { type: 'RequestHeaderModifier', requestHeaderModifier: { add: [{ name: 'x-a', value: '1' }], remove: ['x-b'] } },
            { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' } } },
          ],
          backendRefs: [{ kind: 'MeshServiceSubset', name: 'backend', tags: { version: 'v2' } }],
        },
      },
      { matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [{ kind: 'MeshServiceSubset', name: 'backend', tags: { version: 'v1' }, weight: 90 }, { kind: 'MeshService', name: 'other', weight: 10 }] } },
    ] }],
    ['MeshTCPRoute', { rules: [{ default: { backendRefs: [{ kind: 'MeshServiceSubset', name: 'backend', tags: { version: 'v1' }, weight: 90 }, { kind: 'MeshService', name: 'other', weight: 10 }] } }] }],
  ]],
  ['TrafficRoute', 'what has no counterpart', { destination: { 'kuma.io/service': 'b' }, http: [{ match: { method: { prefix: 'P' } }, destination: { 'kuma.io/service': 'c' } }, { match: { path: { prefix: '/x' } }, modify: { path: { regex: { pattern: 'a', substitution: 'b' } }, host: { fromPath: { pattern: 'a', substitution: 'b' } } }, destination: { 'kuma.io/service': 'b' } }] }, [
    ['MeshHTTPRoute', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/x' } }], default: { backendRefs: [{ kind: 'MeshService', name: 'b' }] } }, { matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [{ kind: 'MeshService', name: 'b' }] } }] }],
    ['MeshTCPRoute', { rules: [{ default: { backendRefs: [{ kind: 'MeshService', name: 'b' }] } }] }],
  ], [
    'conf.http[0]: only an exact method can be matched, the rule is dropped',
    'conf.http[1].modify.path.regex: a path cannot be rewritten by a regular expression, it is dropped',
    'conf.http[1].modify.host.fromPath: a host cannot be made of a path, it is dropped',
  ]],
  ['ProxyTemplate', 'resources and modifications', {
    imports: ['default-proxy'],
    resources: [{ name: 'c', version: 'v1', resource: "'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\nname: c\n" }, { name: 's', resource: "'@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\nname: s\n" }],
    modifications: [{ httpFilter: { operation: 'addFirst', match: { origin: 'inbound' }, value: 'name: f\n' } }, { listener: { operation: 'remove', match: { tags: { a: 'b' } } } }],
  }, [
    ['MeshProxyPatch', { appendModifications: [{ cluster: { operation: 'Add', value: 'name: c\n' } }, { httpFilter: { operation: 'AddFirst', match: { origin: 'inbound' }, value: 'name: f\n' } }, { listener: { operation: 'Remove', match: { tags: { a: 'b' } } } }] }],
  ], ['conf.resources: s (envoy.extensions.transport_sockets.tls.v3.Secret) is dropped: only clusters and listeners can be added']],
];

const TARGETS: Readonly<Record<string, unknown>> = { from: { targetRef: { kind: 'MeshService', name: 'web' } }, callers: { targetRef: { kind: 'MeshService', name: 'web' } }, to: { targetRef: { kind: 'MeshService', name: 'backend' } } };

const NAMED = CASES.map(([type, what, conf, parts, notes = []]) => ({ type, what, conf, parts, notes }));

describe('policies of the first generation in present terms', () => {
  it.each(NAMED)('$type: $what', ({ type, conf, parts, notes }) => {
    const conversion = convertLegacy(type, { conf });
    expect(conversion?.parts.map((part) => [part.type, part.conf])).toEqual(parts);
    expect(conversion?.notes).toEqual(notes);
  });

  it.each(NAMED)('$type: $what: is what those types accept', ({ type, conf }) => {
    for (const part of convertLegacy(type, { conf })?.parts ?? []) {
      const made = weftRegistry.byName(part.type);
      if (made === undefined) throw new Error(`no type ${part.type}`);
      const routes = part.type === 'MeshHTTPRoute' || part.type === 'MeshTCPRoute';
      const entry = routes ? { ...(TARGETS['to'] as object), ...part.conf } : { ...(TARGETS[part.place] as object), default: part.conf };
      const section = part.byIdentity === true ? 'rules' : part.place === 'callers' ? 'from' : part.place;
      const spec = { targetRef: { kind: 'Dataplane' }, ...(part.place === 'proxy' ? { default: part.conf } : { [section]: [entry] }) };
      const validated = validateResource(made, documentOf(made, spec));
      expect(validated.ok ? [] : validated.error, JSON.stringify(spec)).toEqual([]);
    }
  });

  it.each([
    ['TrafficLog', { backend: 'f' }, { type: 'MeshAccessLog', place: 'to', conf: { backends: [{ type: 'File', file: { path: '/log', format: { type: 'Plain', plain: '%START_TIME%' } } }] } }],
    ['TrafficLog', {}, { type: 'MeshAccessLog', place: 'to', conf: { backends: [{ type: 'Tcp', tcp: { address: 'logs:5000' } }] } }],
    ['TrafficTrace', { backend: 'd' }, { type: 'MeshTrace', place: 'proxy', conf: { backends: [{ type: 'Datadog', datadog: { url: 'http://agent:8126', splitService: true } }], sampling: { overall: 20 } } }],
  ])('%s: %j takes its backend from the Mesh', (type, conf, part) => {
    const mesh = {
      logging: { defaultBackend: 't', backends: [{ name: 'f', format: '%START_TIME%', type: 'file', conf: { path: '/log' } }, { name: 't', type: 'tcp', conf: { address: 'logs:5000' } }] },
      tracing: { backends: [{ name: 'd', type: 'datadog', sampling: 20, conf: { address: 'agent', port: 8126, splitService: true } }] },
    };
    expect(convertLegacy(type, { conf }, mesh)).toEqual({ parts: [part], notes: [] });
    expect(convertLegacy(type, { conf: { backend: 'x' } }, mesh)?.notes).toEqual([expect.stringMatching(/^x is no (logging|tracing) backend of the mesh$/)]);
    expect(convertLegacy(type, { conf })).toEqual({ parts: [], notes: [] });
  });

  it('is none for other types', () => {
    expect(convertLegacy('Mesh', {})).toBeUndefined();
  });
});
