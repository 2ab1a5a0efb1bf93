import { describe, expect, it } from 'vitest';
import type { Resource } from '@weft/resource-model';
import { defaultPolicies } from '@weft/policy-model';
import { createConfigEngine } from './create-config-engine.ts';
import type { ConfigEngine, EngineCounters } from './config-engine.ts';
import { client, dataplane, drain, mesh, policy, virtualIp } from './testing.ts';

const PROXIES = 500;
const SERVICES = 50;

/** 500 proxies over 50 services, every service reachable through its VIP. */
function world(): Resource[] {
  return [
    mesh('STRICT'),
    ...defaultPolicies('default').map(({ type, name, spec }) => policy(type, name, spec)),
    policy('MeshTrafficPermission', 'allow-all', { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] }),
    ...Array.from({ length: SERVICES }, (_, index) => virtualIp(`240.0.0.${index + 1}`, `svc-${index}`)),
    ...Array.from({ length: PROXIES }, (_, index) => dataplane({ name: `dp-${index}`, address: `10.1.${index >> 8}.${index & 255}`, service: `svc-${index % SERVICES}`, redirected: true })),
  ];
}

function startEngine(): ConfigEngine {
  const engine = createConfigEngine();
  engine.load(world());
  for (let index = 0; index < PROXIES; index++) engine.connect(client(`dp-${index}`, ['feature-embedded-dns'], { dnsPort: 15_054, workdir: `/run/dp-${index}` }));
  drain(engine);
  return engine;
}

/** What `work` and the steps after it cost. */
function costOf(engine: ConfigEngine, work: () => void): EngineCounters & { readonly sent: number } {
  const before = { ...engine.counters };
  work();
  const updates = drain(engine);
  const after = engine.counters;
  return {
    viewsBuilt: after.viewsBuilt - before.viewsBuilt,
    resourcesBuilt: after.resourcesBuilt - before.resourcesBuilt,
    bytesEncoded: after.bytesEncoded - before.bytesEncoded,
    updates: after.updates - before.updates,
    sent: updates.reduce((sum, { changed }) => sum + Object.values(changed).reduce((names, set) => names + set.size, 0), 0),
  };
}

describe('500 proxies over 50 services', () => {
  const engine = startEngine();

  it('share what they reach: outbounds and clusters are built once', () => {
    const { viewsBuilt, resourcesBuilt } = engine.counters;
    // One group, and 500 views of their own.
    expect(viewsBuilt).toBe(PROXIES + 1);
    // Per service two listeners with routes, a cluster, an assignment; per proxy a listener, routes, a cluster, admin, passthrough and the way to names.
    expect(resourcesBuilt).toBeLessThan(SERVICES * 6 + PROXIES * 14);
    expect(engine.config({ mesh: 'default', name: 'dp-7' })?.problems).toEqual([]);
  });

  it('get one new assignment for one new endpoint, and nothing else', () => {
    const cost = costOf(engine, () => {
      engine.apply([{ op: 'put', resource: dataplane({ name: 'extra', address: '10.99.0.1', service: 'svc-0', redirected: true }) }]);
    });
    expect(cost).toEqual({ viewsBuilt: 0, resourcesBuilt: 1, bytesEncoded: expect.any(Number) as number, updates: PROXIES, sent: PROXIES });
    expect(cost.bytesEncoded).toBeLessThan(4096);
  });

  it('get new routes of one service for a policy about it, and nothing else', () => {
    const cost = costOf(engine, () => {
      engine.apply([{ op: 'put', resource: policy('MeshHTTPRoute', 'marker', {
        targetRef: { kind: 'Mesh' },
        to: [{ targetRef: { kind: 'MeshService', name: 'svc-0' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-marker', value: '1' }] } }] } }] }],
      }) }]);
    });
    // The listeners on port 80 and 8080 with their (one) route configuration; only the latter differs.
    expect(cost.resourcesBuilt).toBeLessThanOrEqual(4);
    expect(cost).toMatchObject({ viewsBuilt: 1, updates: PROXIES, sent: PROXIES });
  });

  it('get one new table of names for one name more, built once', () => {
    const added = costOf(engine, () => engine.apply([{ op: 'put', resource: virtualIp('240.0.1.1', 'svc-1') }]));
    // Two outbounds on the new address (ports 80 and 8080), sharing the routes that exist, and the table.
    expect(added.resourcesBuilt).toBeLessThanOrEqual(5);
    expect(added).toMatchObject({ viewsBuilt: 1, updates: PROXIES, sent: PROXIES * 3 });
    const renamed = costOf(engine, () => engine.apply([{ op: 'put', resource: { ...virtualIp('240.0.1.1', 'svc-1'), version: 2, spec: { hostname: 'other.mesh', service: 'svc-1' } } }]));
    expect(renamed).toEqual({ viewsBuilt: 1, resourcesBuilt: 1, bytesEncoded: expect.any(Number) as number, updates: PROXIES, sent: PROXIES });
    expect(engine.config({ mesh: 'default', name: 'dp-7' })?.problems).toEqual([]);
  });

  it('are left alone by a policy that matches only one of them', () => {
    const cost = costOf(engine, () => {
      engine.apply([{ op: 'put', resource: policy('MeshTrafficPermission', 'deny-one', {
        targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'svc-3' } }, from: [{ targetRef: { kind: 'MeshService', name: 'svc-4' }, default: { action: 'Deny' } }],
      }) }]);
    });
    const concerned = PROXIES / SERVICES;
    expect(cost).toMatchObject({ viewsBuilt: concerned, updates: concerned, sent: concerned });
  });

  it('cost nothing while nothing changes, or the same comes again', () => {
    const again = world();
    expect(costOf(engine, () => engine.apply(again.map((resource) => ({ op: 'put', resource }))))).toEqual({ viewsBuilt: 0, resourcesBuilt: 0, bytesEncoded: 0, updates: 0, sent: 0 });
    expect(costOf(engine, () => undefined)).toEqual({ viewsBuilt: 0, resourcesBuilt: 0, bytesEncoded: 0, updates: 0, sent: 0 });
  });
});
