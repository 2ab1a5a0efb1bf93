import { INERT_WARNING } from '@weft/resource-model';
import { violationsOf, warningsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { circuitBreakerType } from './circuit-breaker.ts';
import { faultInjectionType } from './fault-injection.ts';
import { healthCheckType } from './health-check.ts';
import { legacyTypes } from './legacy-types.ts';
import { meshGatewayRouteType } from './mesh-gateway-route.ts';
import { proxyTemplateType } from './proxy-template.ts';
import { rateLimitType } from './rate-limit.ts';
import { retryType } from './retry.ts';
import { timeoutType } from './timeout.ts';
import { trafficPermissionType } from './traffic-permission.ts';
import { trafficRouteType } from './traffic-route.ts';

const ANY = [{ match: { 'kuma.io/service': '*' } }];
const PAIR = { sources: ANY, destinations: ANY };

describe('selectors of a legacy policy', () => {
  it.each([
    ['none', {}, ['sources: must have at least one element', 'destinations: must have at least one element']],
    ['an empty one', { sources: [{ match: {} }], destinations: ANY }, ['sources[0].match: must have at least one tag']],
    ['an empty value', { sources: [{ match: { version: '' } }], destinations: ANY }, ['sources[0].match["version"]: tag value must be non-empty']],
    ['any tags', { sources: [{ match: { version: '1' } }], destinations: ANY }, []],
  ])('%s', (_, spec, expected) => expect(violationsOf(trafficPermissionType, spec)).toEqual(expected));

  it('by service: sources name one, destinations nothing else', () => {
    expect(violationsOf(timeoutType, { sources: [{ match: { version: '1' } }], destinations: [{ match: { 'kuma.io/service': 'a', version: '1' } }], conf: {} })).toEqual([
      'sources[0].match["kuma.io/service"]: tag has to exist',
      'destinations[0].match: must consist of exactly one tag "kuma.io/service"',
    ]);
  });
});

describe('conf of a legacy policy', () => {
  it.each([
    ['Timeout without', timeoutType, PAIR, ['conf: must have conf']],
    ['Timeout', timeoutType, { ...PAIR, conf: { connectTimeout: '10s', http: { idleTimeout: '1h' } } }, []],
    ['Retry of nothing', retryType, { ...PAIR, conf: {} }, ['conf: missing protocol configuration']],
    ['Retry', retryType, { ...PAIR, conf: { http: { retryOn: ['all_5xx', 9], backOff: {} } } }, ['conf.http.backOff.baseInterval: must have a positive value']],
    ['CircuitBreaker of nothing', circuitBreakerType, { ...PAIR, conf: { interval: '1s' } }, ['conf: must have at least one of the detector or threshold configured']],
    ['CircuitBreaker', circuitBreakerType, { ...PAIR, conf: { thresholds: { maxRetries: 3 } } }, []],
    ['HealthCheck of both kinds', healthCheckType, { ...PAIR, conf: { interval: '10s', timeout: '1s', unhealthyThreshold: 3, healthyThreshold: 1, tcp: {}, http: {} } }, ["conf: http and tcp can't be used together"]],
    ['HealthCheck without thresholds', healthCheckType, { ...PAIR, conf: { interval: '10s' } }, ['conf.timeout: must have a positive value', 'conf.unhealthyThreshold: must be greater than 0', 'conf.healthyThreshold: must be greater than 0']],
    ['FaultInjection of tcp', faultInjectionType, { ...PAIR, conf: { abort: { percentage: 120, httpStatus: 42 } } }, [
      'destinations[0].match["kuma.io/protocol"]: must be one of the [http, http2, grpc]', 'conf.abort.percentage: has to be in [0.0 - 100.0] range', 'conf.abort.httpStatus: must be in inclusive range [100, 599]',
    ]],
    ['RateLimit', rateLimitType, { ...PAIR, conf: { http: {} } }, ['conf.http.requests: requests must be set', 'conf.http.interval: interval must be set']],
    ['TrafficRoute to nowhere', trafficRouteType, { ...PAIR, conf: { http: [{ match: { path: { prefix: '/' } }, destination: { 'kuma.io/service': 'a' } }, {}] } }, [
      'conf: requires either "destination" or "split"', 'conf.http[1].match: cannot be empty', 'conf.http[1]: requires either "destination" or "split"',
    ]],
    ['TrafficRoute of no weight', trafficRouteType, { ...PAIR, conf: { split: [{ weight: 0, destination: { 'kuma.io/service': 'a' } }] } }, ['conf.split: there must be at least one split entry with weight above 0']],
    ['ProxyTemplate', proxyTemplateType, { selectors: ANY, conf: { imports: ['other'], modifications: [{}] } }, [
      'conf.imports[0]: profile not found. Available profiles: default-proxy', 'conf.modifications[0]: must have exactly one defined: cluster, listener, networkFilter, httpFilter, virtualHost',
    ]],
    ['MeshGatewayRoute', meshGatewayRouteType, { selectors: ANY, conf: {} }, ['conf: must have exactly one defined: tcp, http']],
  ])('%s', (_, type, spec, expected) => expect(violationsOf(type, spec)).toEqual(expected));
});

it('routes of gateways mean nothing yet; the other policies name what of them has no counterpart', () => {
  expect(legacyTypes.filter(({ inert }) => inert === true).map(({ name }) => name)).toEqual(['MeshGatewayRoute']);
  expect(warningsOf(meshGatewayRouteType, { selectors: ANY, conf: { http: {} } })).toEqual([INERT_WARNING]);
  expect(warningsOf(trafficPermissionType, PAIR)).toEqual([]);
  expect(warningsOf(timeoutType, { ...PAIR, conf: { tcp: { idleTimeout: '1s' }, http: { idleTimeout: '2s' } } })).toEqual(['http.idleTimeout counts for all protocols, tcp.idleTimeout is dropped']);
});
