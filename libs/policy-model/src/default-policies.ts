import type { MeshCircuitBreakerSpec } from './policies/mesh-circuit-breaker/schema.ts';
import type { MeshRetrySpec } from './policies/mesh-retry/schema.ts';
import type { MeshTimeoutSpec } from './policies/mesh-timeout/schema.ts';
import type { TargetRef } from './target-ref/schema.ts';

/** A policy that a new mesh gets. */
export interface DefaultPolicy {
  readonly type: 'MeshTimeout' | 'MeshCircuitBreaker' | 'MeshRetry';
  readonly name: string;
  readonly spec: MeshTimeoutSpec | MeshCircuitBreakerSpec | MeshRetrySpec;
}

/**
 * The policies that mesh `mesh` starts with, named `<prefix>-<mesh>`. `skip` is `skipCreatingInitialPolicies` of the
 * mesh: types that it does not want, `*` for all. No MeshTrafficPermission: with mTLS on, traffic is denied until one
 * allows it. Source: Kuma 2.14.
 */
export function defaultPolicies(mesh: string, skip: readonly string[] = []): readonly DefaultPolicy[] {
  if (skip.includes('*')) return [];
  return DEFAULTS.filter(({ type }) => !skip.includes(type)).map(({ type, prefix, spec }) => ({ type, name: `${prefix}-${mesh}`, spec: spec() }));
}

const mesh = (): TargetRef => ({ kind: 'Mesh' });

// Functions, so that no two meshes share an object.
const sidecarTimeouts = (): MeshTimeoutSpec => ({
  targetRef: { ...mesh(), proxyTypes: ['Sidecar'] },
  to: [{ targetRef: mesh(), default: { connectionTimeout: '5s', idleTimeout: '1h0m0s', http: { requestTimeout: '15s', streamIdleTimeout: '30m0s' } } }],
  from: [{
    targetRef: mesh(),
    default: { connectionTimeout: '10s', idleTimeout: '2h0m0s', http: { requestTimeout: '0s', streamIdleTimeout: '1h0m0s', maxStreamDuration: '0s' } },
  }],
});

const gatewayTimeouts = (): MeshTimeoutSpec => ({
  targetRef: { ...mesh(), proxyTypes: ['Gateway'] },
  to: [{ targetRef: mesh(), default: { idleTimeout: '1h0m0s', http: { streamIdleTimeout: '5s' } } }],
  from: [{ targetRef: mesh(), default: { idleTimeout: '5m0s', http: { streamIdleTimeout: '5s', requestHeadersTimeout: '500ms' } } }],
});

const connectionLimits = (): MeshCircuitBreakerSpec => ({
  targetRef: mesh(),
  to: [{ targetRef: mesh(), default: { connectionLimits: { maxConnections: 1024, maxPendingRequests: 1024, maxRetries: 3, maxRequests: 1024 } } }],
});

const requestRetries = () => ({ numRetries: 5, perTryTimeout: '16s', backOff: { baseInterval: '25ms', maxInterval: '250ms' } });
const retries = (): MeshRetrySpec => ({
  targetRef: mesh(),
  to: [{ targetRef: mesh(), default: { tcp: { maxConnectAttempt: 5 }, http: requestRetries(), grpc: requestRetries() } }],
});

const DEFAULTS: readonly { readonly type: DefaultPolicy['type']; readonly prefix: string; readonly spec: () => DefaultPolicy['spec'] }[] = [
  { type: 'MeshTimeout', prefix: 'mesh-timeout-all', spec: sidecarTimeouts },
  { type: 'MeshTimeout', prefix: 'mesh-gateways-timeout-all', spec: gatewayTimeouts },
  { type: 'MeshCircuitBreaker', prefix: 'mesh-circuit-breaker-all', spec: connectionLimits },
  { type: 'MeshRetry', prefix: 'mesh-retry-all', spec: retries },
];
