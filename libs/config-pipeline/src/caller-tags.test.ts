import type { Change, Resource } from '@weft/resource-model';
import { expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, dataplane, drain, mesh, resource } from './testing.ts';

const NAMES = ['web-1', 'shop-1'] as const;
const outbounds = [{ port: 20_001, service: 'api' }];

function started(...more: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([
    mesh('STRICT'), dataplane({ name: 'api-1', address: '10.0.0.2', service: 'api', tags: { version: 'v1' } }),
    ...NAMES.map((name, index) => dataplane({ name, address: `10.0.0.${index + 3}`, service: name, outbounds })), ...more,
  ]);
  for (const name of NAMES) engine.connect(client(name));
  drain(engine);
  return engine;
}

const faults = (from: readonly object[], version = 1) => resource('MeshFaultInjection', 'faults', { targetRef: { kind: 'Mesh' }, from }, { version });
const abort = { http: [{ abort: { httpStatus: 503, percentage: 10 } }] };
const ofEveryone = { targetRef: { kind: 'Mesh' }, default: abort };
const ofWeb = { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web-1' } }, default: abort };

/** A proxy's routes to `api` as text, and its cluster. */
function parts(engine: ConfigEngine, name: string): { readonly routes: string; readonly cluster: unknown } {
  const snapshot = engine.config({ mesh: 'default', name })?.snapshot;
  const routes = [...snapshot?.rds.values() ?? []].map((each) => Buffer.from(each.body).toString()).find((text) => text.includes('outbound:')) ?? '';
  return { routes, cluster: snapshot?.cds.get('api') };
}

it('callers say their tags while a policy of the mesh tells them apart by tag; else they share their routes', () => {
  const engine = started();
  const apply = (...changes: readonly Change[]): string[] => {
    engine.apply(changes);
    drain(engine);
    return NAMES.map((name) => parts(engine, name).routes);
  };
  const [web, shop] = apply();
  expect(web).not.toContain('x-kuma-tags');
  expect(web).toBe(shop);
  expect(apply({ op: 'put', resource: faults([ofEveryone]) })).toEqual([web, shop]);
  const [webSays, shopSays] = apply({ op: 'put', resource: faults([ofEveryone, ofWeb], 2) });
  expect(webSays).toContain('&kuma.io/service=web-1&');
  expect(shopSays).toContain('&kuma.io/service=shop-1&');
  expect(apply({ op: 'delete', key: { type: 'MeshFaultInjection', mesh: 'default', name: 'faults' } })).toEqual([web, shop]);
});

it('clusters are shared by callers of all tags, but for those with health checks that say them', () => {
  const engine = started(faults([ofWeb]));
  expect(parts(engine, 'web-1').cluster).toBeDefined();
  expect(parts(engine, 'web-1').cluster).toBe(parts(engine, 'shop-1').cluster);
  const check = { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'api' }, default: { http: { path: '/healthz' } } }] };
  engine.apply([{ op: 'put', resource: resource('MeshHealthCheck', 'checks', check) }]);
  drain(engine);
  expect(parts(engine, 'web-1').cluster).not.toEqual(parts(engine, 'shop-1').cluster);
});
