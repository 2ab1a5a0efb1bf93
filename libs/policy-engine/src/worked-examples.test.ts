import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogItem, ReferredKind } from './catalog.ts';
import { buildFromRules, buildInboundRules } from './inbound-rules.ts';
import { formatKri } from './kri.ts';
import { buildResourceRules, findResourceRule, MESH_KEY } from './resource-rules.ts';
import { selectProxy } from './select-proxy.ts';
import { findSubsetRule } from './subset-rules.ts';
import { policy, subject } from './testing.ts';
import { buildToRules } from './to-rules.ts';

const noRoutes = () => undefined;
const zone = { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' };
const kri = (name: string, section = '', short = 'msvc') => formatKri({ short, mesh: 'shop', zone: 'east', namespace: '', name, section });

function service(name: string, ports: CatalogItem['ports'], labels: Readonly<Record<string, string>> = {}): CatalogItem {
  return { kind: 'MeshService', name, labels: { 'kuma.io/display-name': name, ...labels }, kri: kri(name), creationTime: '2026-01-01T00:00:00.000Z', ports };
}

function catalog(...items: CatalogItem[]): Catalog {
  return { list: (kind: ReferredKind) => items.filter((item) => item.kind === kind) };
}

const timeout = (name: string, targetRef: unknown, to: unknown, conf: unknown, labels: Readonly<Record<string, string>> = zone) => policy('MeshTimeout', name, { targetRef, to: [{ targetRef: to, default: conf }] }, labels);
const MESH = { kind: 'Mesh' };

// The examples are those of the reference of Kuma 2.14's matching, by the same names.
describe('worked examples', () => {
  it('E1: the policy\'s own target outweighs what its entries are about', () => {
    const shop = catalog(service('orders', [{ name: 'api', port: 80 }, { name: 'admin', port: 81 }]));
    const rules = buildResourceRules('MeshTimeout', [
      timeout('zz-base', MESH, MESH, { connectionTimeout: '9s', idleTimeout: '40m' }),
      timeout('orders', MESH, { kind: 'MeshService', name: 'orders' }, { connectionTimeout: '2s' }),
      timeout('orders-api', MESH, { kind: 'MeshService', name: 'orders', sectionName: 'api' }, { idleTimeout: '7m' }),
      timeout('pinned', { kind: 'Dataplane', labels: { app: 'web' } }, MESH, { connectionTimeout: '1s' }),
    ], shop);
    expect(rules.get(MESH_KEY)?.conf).toEqual([{ connectionTimeout: '1s', idleTimeout: '40m' }]);
    expect(rules.get(kri('orders'))?.conf).toEqual([{ connectionTimeout: '1s', idleTimeout: '40m' }]);
    expect(rules.get(kri('orders', 'api'))?.conf).toEqual([{ connectionTimeout: '1s', idleTimeout: '7m' }]);
    expect(findResourceRule(rules, { kri: kri('orders', 'admin'), section: 'admin' })).toBe(rules.get(kri('orders')));
    expect(findResourceRule(rules, { kri: kri('billing', 'http'), section: 'http' })).toBe(rules.get(MESH_KEY));
    expect(rules.get(kri('orders', 'api'))?.origins.map(({ resource }) => resource.name)).toEqual(['zz-base', 'orders', 'orders-api', 'pinned']);
  });

  it('E2: of equal policies the smallest name wins', () => {
    const context = { catalog: catalog(), routes: noRoutes, matchesHash: () => '' };
    const { legacy } = buildToRules('MeshTimeout', [timeout('alpha', MESH, MESH, { idleTimeout: '1s' }), timeout('beta', MESH, MESH, { idleTimeout: '2s' })], context);
    expect(findSubsetRule(legacy, { 'kuma.io/service': 'any' })?.conf).toEqual({ idleTimeout: '1s' });
  });

  it('E3: a zone\'s policy beats a global one, also where that names the service', () => {
    const global = { 'kuma.io/origin': 'global' };
    const rules = buildResourceRules('MeshTimeout', [
      timeout('g', MESH, { kind: 'MeshService', labels: { 'kuma.io/display-name': 'orders' } }, { idleTimeout: '1s' }, global),
      timeout('z', MESH, MESH, { idleTimeout: '2s' }),
    ], catalog(service('orders', [])));
    expect(rules.get(kri('orders'))?.conf).toEqual([{ idleTimeout: '2s' }]);
  });

  it('E4: a producer\'s policy reaches everyone, a consumer\'s only its namespace', () => {
    const labels = (role: string, namespace: string) => ({ ...zone, 'kuma.io/zone': 'west', 'kuma.io/policy-role': role, 'k8s.kuma.io/namespace': namespace });
    const ledger = { kind: 'MeshService', name: 'ledger', namespace: 'pay' };
    const producer = timeout('p', MESH, ledger, {}, labels('producer', 'pay'));
    const consumer = timeout('c', MESH, ledger, {}, labels('consumer', 'ui'));
    const inUi = subject({ namespace: 'ui', zone: 'west' });
    expect(selectProxy(producer, subject({ namespace: 'ui', zone: 'east' }), noRoutes)).toBeDefined();
    expect(selectProxy(consumer, inUi, noRoutes)).toBeDefined();
    expect(selectProxy(consumer, subject({ namespace: 'pay', zone: 'west' }), noRoutes)).toBeUndefined();
    expect(selectProxy(consumer, subject({ namespace: 'ui', zone: 'east' }), noRoutes)).toBeUndefined();
  });

  it('E5: subsets that overlap are split', () => {
    const items = [{ targetRef: { kind: 'MeshService', name: 'a' }, default: { action: 'Allow' } }, { targetRef: { kind: 'MeshSubset', tags: { env: 'dev' } }, default: { action: 'Deny' } }];
    const actions = (from: unknown[]) => buildFromRules('MeshTrafficPermission', [policy('MeshTrafficPermission', 'mtp', { from })]).map(({ subset, conf }) =>
      [subset.map(({ key, value, not }) => `${not ? '!' : ''}${key}=${value}`).join(' '), (conf as { action: string }).action]);
    expect(actions(items)).toEqual([['env=dev kuma.io/service=a', 'Deny'], ['env=dev !kuma.io/service=a', 'Deny'], ['!env=dev kuma.io/service=a', 'Allow']]);
    expect(actions([...items].reverse())[0]).toEqual(['env=dev kuma.io/service=a', 'Allow']);
  });

  it('E7: a route takes the mesh\'s conf and its own, not its service\'s', () => {
    const slow: CatalogItem = { kind: 'MeshHTTPRoute', name: 'slow', labels: {}, kri: kri('slow', '', 'mhttpr'), creationTime: '', ports: [] };
    const rules = buildResourceRules('MeshTimeout', [
      timeout('base', MESH, MESH, { http: { requestTimeout: '15s' } }),
      timeout('t1', MESH, { kind: 'MeshService', name: 'orders' }, { http: { requestTimeout: '60s' } }),
      timeout('t2', MESH, { kind: 'MeshHTTPRoute', name: 'slow' }, { http: { streamIdleTimeout: '10m' } }),
    ], catalog(service('orders', []), slow));
    expect(findResourceRule(rules, { kri: kri('orders', '80'), section: '80', route: kri('slow', '', 'mhttpr') })?.conf).toEqual([{ http: { requestTimeout: '15s', streamIdleTimeout: '10m' } }]);
  });

  it('E8: a section names one inbound of several', () => {
    const permission = policy('MeshTrafficPermission', 'admin', { targetRef: { kind: 'Dataplane', labels: { app: 'x' }, sectionName: 'admin' }, rules: [{ default: { allow: [{ spiffeID: { type: 'Exact', value: 'spiffe://shop/web' } }] } }] });
    const inbounds = [{ name: 'http', port: 8080, tags: {} }, { name: 'admin', port: 9000, tags: {} }];
    expect(selectProxy(permission, subject({ labels: { app: 'x' }, inbounds }), noRoutes)).toEqual({ inbounds: [1], listeners: [], gateway: false });
    expect(selectProxy(permission, subject({ labels: { app: 'y' }, inbounds }), noRoutes)).toBeUndefined();
  });

  it('E9: a global policy\'s name does not mean a zone\'s service; labels do', () => {
    const global = { 'kuma.io/origin': 'global' };
    const shop = catalog(service('orders', [{ name: undefined, port: 80 }]));
    const byName = buildResourceRules('MeshTimeout', [timeout('n', MESH, { kind: 'MeshService', name: 'orders' }, { idleTimeout: '1s' }, global)], shop);
    const byLabels = buildResourceRules('MeshTimeout', [timeout('l', MESH, { kind: 'MeshService', labels: { 'kuma.io/display-name': 'orders' } }, { idleTimeout: '1s' }, global)], shop);
    const lookup = { kri: kri('orders', '80'), section: '80' };
    expect(findResourceRule(byName, lookup)).toBeUndefined();
    expect(findResourceRule(byLabels, lookup)?.conf).toEqual([{ idleTimeout: '1s' }]);
  });
});

describe('selection', () => {
  it('leaves out shadow policies, other meshes, other zones, and sidecars without inbounds', () => {
    const all = timeout('all', MESH, MESH, {});
    expect(selectProxy(all, subject(), noRoutes)).toEqual({ inbounds: [0], listeners: [], gateway: false });
    expect(selectProxy(timeout('s', MESH, MESH, {}, { ...zone, 'kuma.io/effect': 'shadow' }), subject(), noRoutes)).toBeUndefined();
    expect(selectProxy(all, subject({ mesh: 'other' }), noRoutes)).toBeUndefined();
    expect(selectProxy(all, subject({ zone: 'west' }), noRoutes)).toBeUndefined();
    expect(selectProxy(all, subject({ inbounds: [] }), noRoutes)).toBeUndefined();
    expect(selectProxy(all, subject({ inbounds: [], gateway: { type: 'DELEGATED', tags: {} } }), noRoutes)).toEqual({ inbounds: [], listeners: [], gateway: true });
  });

  it('takes listeners of zone proxies by kind Mesh, by labels and by section, and never by tags: they have none', () => {
    const listeners = [{ name: 'ingress', port: 10001 }, { name: undefined, port: 10002 }];
    const by = (targetRef: unknown) => selectProxy(timeout('t', targetRef, MESH, {}), subject({ inbounds: [], listeners, labels: { app: 'edge' } }), noRoutes)?.listeners;
    expect(by(MESH)).toEqual([0, 1]);
    expect(by({ kind: 'Dataplane', labels: { app: 'edge' } })).toEqual([0, 1]);
    expect(by({ kind: 'Dataplane', sectionName: '10002' })).toEqual([1]);
    expect(by({ kind: 'MeshSubset' })).toBeUndefined();
    expect(by({ kind: 'MeshSubset', tags: {} })).toBeUndefined();
  });

  it('takes inbounds one by one where tags choose', () => {
    const inbounds = [{ name: 'a', port: 1, tags: { 'kuma.io/service': 'web' } }, { name: 'b', port: 2, tags: { 'kuma.io/service': 'web', env: 'dev' } }];
    const by = (targetRef: unknown) => selectProxy(timeout('t', targetRef, MESH, {}), subject({ inbounds }), noRoutes)?.inbounds;
    expect(by({ kind: 'MeshSubset', tags: { env: '*' } })).toEqual([1]);
    expect(by({ kind: 'MeshService', name: 'web' })).toEqual([0, 1]);
    expect(by({ kind: 'MeshServiceSubset', name: 'web', tags: { env: 'dev' } })).toEqual([1]);
    expect(by({ kind: 'Mesh', proxyTypes: ['Gateway'] })).toBeUndefined();
    expect(by({ kind: 'Dataplane', name: 'web-1' })).toEqual([0, 1]);
    expect(by({ kind: 'Dataplane', name: 'web-2' })).toBeUndefined();
  });

  it('follows a route to the proxies that the route selects', () => {
    const route = policy('MeshHTTPRoute', 'r', { targetRef: { kind: 'MeshService', name: 'web' }, to: [{ targetRef: { kind: 'MeshService', name: 'api' }, rules: [{ matches: [{ method: 'GET' }], default: {} }] }] });
    const aboutRoute = timeout('t', { kind: 'MeshHTTPRoute', name: 'r' }, MESH, { idleTimeout: '1s' });
    const routes = (name: string) => (name === 'r' ? route : undefined);
    expect(selectProxy(aboutRoute, subject(), routes)?.inbounds).toEqual([0]);
    expect(selectProxy(aboutRoute, subject(), noRoutes)).toBeUndefined();
    const { legacy } = buildToRules('MeshTimeout', [aboutRoute, timeout('base', MESH, MESH, { idleTimeout: '9s' })], { catalog: catalog(), routes, matchesHash: () => 'hash' });
    expect(findSubsetRule(legacy, { 'kuma.io/service': 'api', '__rule-matches-hash__': 'hash' })?.conf).toEqual({ idleTimeout: '1s' });
    expect(findSubsetRule(legacy, { 'kuma.io/service': 'api' })?.conf).toEqual({ idleTimeout: '9s' });
  });
});

describe('inbound rules', () => {
  it('are one per match, most specific first, and read from `from` where a type converts it', () => {
    const policies = [
      policy('MeshTimeout', 'old', { from: [{ targetRef: MESH, default: { idleTimeout: '1s' } }] }),
      policy('MeshTimeout', 'new', { rules: [{ matches: [{ spiffeID: { type: 'Prefix', value: 'spiffe://shop/a' } }, { spiffeID: { type: 'Exact', value: 'spiffe://shop/a' } }], default: { idleTimeout: '2s' } }] }),
    ];
    const rules = buildInboundRules(policies);
    expect(rules.map(({ match }) => (match?.['spiffeID'] as { type: string } | undefined)?.type)).toEqual(['Exact', 'Prefix', undefined]);
    expect(buildFromRules('MeshTimeout', policies)).toEqual([]);
  });
});
