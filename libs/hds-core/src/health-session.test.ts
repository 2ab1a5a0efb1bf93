import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { HealthStatus } from '@weft/envoy-proto/envoy/config/core/v3/health_check_pb.js';
import { HealthCheckRequestOrEndpointHealthResponseSchema, HealthCheckSpecifierSchema } from '@weft/envoy-proto/envoy/service/health/v3/hds_pb.js';
import type { DataplaneInbound, DataplaneSpec } from '@weft/resource-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HealthFinding } from './health-finding.ts';
import { HealthSession, type HealthEffect, type HealthEvent } from './health-session.ts';
import { withFinding } from './inbound-health.ts';

const settings = { interval: 5_000, checkDefaults: { timeout: 2_000, interval: 1_000, noTrafficInterval: 1_000, healthyThreshold: 1, unhealthyThreshold: 1 } };
const proxy = { admin: { socketPath: '/run/admin.sock' }, redirected: false };
const spec = (...inbound: DataplaneInbound[]): DataplaneSpec => ({ networking: { address: '10.0.0.1', inbound } });
const probed: DataplaneInbound = { port: 80, servicePort: 8080, serviceProbe: { tcp: {} }, state: 'NotReady', health: { ready: false } };

const message = (requestType: Parameters<typeof create<typeof HealthCheckRequestOrEndpointHealthResponseSchema>>[1]): HealthEvent =>
  ({ kind: 'message', bytes: toBinary(HealthCheckRequestOrEndpointHealthResponseSchema, create(HealthCheckRequestOrEndpointHealthResponseSchema, requestType)) });
const hello = message({ requestType: { case: 'healthCheckRequest', value: { node: { id: 'default.web-1' } } } });
const report = (clusters: Readonly<Record<string, HealthStatus>>): HealthEvent => message({
  requestType: {
    case: 'endpointHealthResponse',
    value: { clusterEndpointsHealth: Object.entries(clusters).map(([clusterName, healthStatus]) => ({ clusterName, localityEndpointsHealth: [{ endpointsHealth: [{ healthStatus }] }] })) },
  },
});
const { HEALTHY, UNHEALTHY, TIMEOUT, UNKNOWN } = HealthStatus;
const both = (admin: HealthStatus, workload: HealthStatus): HealthEvent => report({ 'kuma:envoy:admin': admin, 'localhost:8080': workload });
const now = (value: DataplaneSpec | undefined, since = '1'): HealthEvent => ({ kind: 'dataplane', spec: value, since });
const done: HealthEvent = { kind: 'written', ok: true };

function begun(value: DataplaneSpec): HealthSession {
  const session = new HealthSession(settings);
  session.step(hello);
  session.step({ kind: 'admitted', proxy });
  session.step(now(value));
  return session;
}

const findings = (effects: readonly HealthEffect[]): HealthFinding[] => effects.flatMap((effect) => (effect.kind === 'write' ? [effect.finding] : []));

describe('an HDS stream', () => {
  it('lets the node in, then asks for the probes; again only when they change', () => {
    const session = new HealthSession(settings);
    expect(session.step(hello)).toMatchObject([{ kind: 'admit' }]);
    expect(session.step(now(spec(probed)))).toEqual([]);
    const [sent] = session.step({ kind: 'admitted', proxy });
    expect(sent?.kind === 'send' && toJson(HealthCheckSpecifierSchema, fromBinary(HealthCheckSpecifierSchema, sent.message))).toMatchObject({
      interval: '5s',
      clusterHealthChecks: [
        { clusterName: 'localhost:8080', healthChecks: [{ timeout: '2s', interval: '1s', noTrafficInterval: '1s', healthyThreshold: 1, unhealthyThreshold: 1, tcpHealthCheck: {} }], localityEndpoints: [{ endpoints: [{ address: { socketAddress: { address: '10.0.0.1', portValue: 8080 } } }] }] },
        { clusterName: 'kuma:envoy:admin', healthChecks: [{ httpHealthCheck: { path: '/ready' } }], localityEndpoints: [{ endpoints: [{ address: { pipe: { path: '/run/admin.sock' } } }] }] },
      ],
    });
    expect(session.step(now(spec({ ...probed, state: 'Ready' })))).toEqual([]);
    expect(session.step(now(spec({ ...probed, serviceProbe: { interval: '3s' } })))).toMatchObject([{ kind: 'send' }]);
  });

  it('probes redirected workloads from an address that is not redirected', () => {
    const session = new HealthSession(settings);
    session.step(hello);
    session.step(now(spec(probed)));
    const [sent] = session.step({ kind: 'admitted', proxy: { admin: undefined, redirected: true } });
    expect(sent?.kind === 'send' && toJson(HealthCheckSpecifierSchema, fromBinary(HealthCheckSpecifierSchema, sent.message))).toMatchObject({ clusterHealthChecks: [{ upstreamBindConfig: { sourceAddress: { address: '127.0.0.6' } } }] });
  });

  it('writes when a workload comes up, dies, and comes back; not in between', () => {
    const session = begun(spec(probed));
    expect(findings(session.step(both(HEALTHY, UNHEALTHY)))).toEqual([]);
    expect(findings(session.step(both(HEALTHY, HEALTHY)))).toEqual([{ proxy: 'steady', workloads: { 8080: 'up' } }]);
    session.step(done);
    session.step(now(spec({ ...probed, state: 'Ready', health: { ready: true } })));
    expect(findings(session.step(both(HEALTHY, HEALTHY)))).toEqual([]);
    expect(findings(session.step(both(HEALTHY, TIMEOUT)))).toEqual([{ proxy: 'steady', workloads: { 8080: 'down' } }]);
  });

  it('does not undo a drain by a report that is a moment old', () => {
    const session = begun(spec({ ...probed, state: 'Ready', health: { ready: true } }, { port: 81 }));
    session.step(both(HEALTHY, HEALTHY));
    expect(session.step(now(spec(probed, { port: 81, state: 'NotReady', health: { ready: false } })))).toEqual([]);
    expect(session.step(both(HEALTHY, HEALTHY))).toEqual([]);
    expect(findings(session.step(both(UNHEALTHY, HEALTHY)))).toEqual([]);
    expect(findings(session.step(both(HEALTHY, HEALTHY)))).toEqual([{ proxy: 'up', workloads: { 8080: 'steady' } }]);
  });

  it('takes every inbound out when Envoy itself is no longer ready', () => {
    const session = begun(spec({ port: 81 }));
    session.step(report({ 'kuma:envoy:admin': HEALTHY }));
    expect(findings(session.step(report({ 'kuma:envoy:admin': UNHEALTHY })))).toEqual([{ proxy: 'down', workloads: {} }]);
  });

  it('believes no bad news of the first report, nor of an Envoy that still starts', () => {
    const ready = spec({ ...probed, state: 'Ready', health: { ready: true } }, { port: 81 });
    const session = begun(ready);
    expect(session.step(both(UNHEALTHY, UNHEALTHY))).toEqual([]);
    expect(session.step(report({ 'kuma:envoy:admin': UNHEALTHY }))).toEqual([]);
    expect(findings(session.step(both(UNHEALTHY, UNHEALTHY)))).toEqual([{ proxy: 'steady', workloads: { 8080: 'down' } }]);
    const starting = begun(spec(probed));
    starting.step(both(UNHEALTHY, HEALTHY));
    expect(starting.step(both(UNHEALTHY, HEALTHY))).toEqual([]);
    expect(findings(starting.step(both(HEALTHY, HEALTHY)))).toEqual([{ proxy: 'steady', workloads: { 8080: 'up' } }]);
  });

  it('tells everything again after the Dataplane was made anew, or the proxy started anew', () => {
    const ready = spec({ ...probed, state: 'Ready', health: { ready: true } });
    for (const news of [[now(undefined), now(spec(probed))], [now(spec(probed), '2')]] satisfies HealthEvent[][]) {
      const session = begun(ready);
      session.step(both(HEALTHY, HEALTHY));
      expect(findings(news.flatMap((event) => session.step(event)))).toEqual([{ proxy: 'steady', workloads: { 8080: 'up' } }]);
    }
    const session = begun(ready);
    session.step(both(HEALTHY, HEALTHY));
    session.step({ kind: 'restarted' });
    expect(findings(session.step(now(spec(probed))))).toEqual([{ proxy: 'steady', workloads: { 8080: 'up' } }]);
  });

  it('tells nothing of a proxy that drains, until it starts anew', () => {
    const session = begun(spec(probed));
    session.step({ kind: 'draining' });
    expect([both(HEALTHY, HEALTHY), both(HEALTHY, UNHEALTHY), both(HEALTHY, HEALTHY)].flatMap((event) => session.step(event))).toEqual([]);
    session.step({ kind: 'restarted' });
    expect(findings(session.step(both(HEALTHY, HEALTHY)))).toHaveLength(1);
  });

  it('has one write under way, and asks again after one that failed', () => {
    const session = begun(spec(probed));
    expect(findings(session.step(both(HEALTHY, HEALTHY)))).toHaveLength(1);
    expect(session.step(both(HEALTHY, HEALTHY))).toEqual([]);
    expect(session.step({ kind: 'written', ok: false })).toEqual([]);
    expect(findings(session.step(both(HEALTHY, HEALTHY)))).toHaveLength(1);
  });

  it('takes what is unknown for no news', () => {
    expect(begun(spec({ ...probed, state: 'Ready' })).step(both(UNKNOWN, UNKNOWN))).toEqual([]);
  });

  it('refuses a report before a node, and what is no message', () => {
    expect(new HealthSession(settings).step(both(HEALTHY, HEALTHY))).toMatchObject([{ kind: 'refuse' }]);
    expect(new HealthSession(settings).step({ kind: 'message', bytes: Uint8Array.of(255, 1, 2) })).toMatchObject([{ kind: 'refuse' }]);
  });

  it('stands any bytes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array()), (messages) => {
      const session = begun(spec(probed));
      for (const bytes of messages) for (const { kind } of session.step({ kind: 'message', bytes })) expect(['refuse', 'write']).toContain(kind);
    }));
  });

  it('ends with the Dataplane as the last report says, whatever came before and however slow writes are', () => {
    const status = fc.constantFrom(HEALTHY, UNHEALTHY, TIMEOUT);
    fc.assert(fc.property(fc.array(fc.record({ admin: status, workload: status, written: fc.boolean(), ok: fc.boolean() })), status, status, (steps, admin, workload) => {
      let stored = spec(probed, { port: 81 });
      const session = begun(stored);
      session.step(report({ 'kuma:envoy:admin': HEALTHY }));
      const waiting: HealthFinding[] = [];
      const feed = (effects: readonly HealthEffect[]): void => void waiting.push(...findings(effects));
      const settle = (ok: boolean): void => {
        const finding = waiting.shift();
        if (finding === undefined) return;
        expect(waiting).toEqual([]);
        if (ok) stored = withFinding(stored, finding);
        feed(session.step({ kind: 'written', ok }));
        feed(session.step(now(stored)));
      };
      for (const one of steps) {
        feed(session.step(both(one.admin, one.workload)));
        if (one.written) settle(one.ok);
      }
      feed(session.step(both(admin, workload)));
      for (let round = 0; round < 4; round++) settle(true);
      feed(session.step(both(admin, workload)));
      settle(true);
      const up = admin === HEALTHY;
      expect(stored.networking?.inbound?.map(({ state = 'Ready' }) => state)).toEqual([up && workload === HEALTHY ? 'Ready' : 'NotReady', up ? 'Ready' : 'NotReady']);
    }), { numRuns: 300 });
  });
});
