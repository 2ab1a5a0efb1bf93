import { compareText } from '@weft/kernel';
import { resourceId, type Change, type Resource, type ResourceKey } from '@weft/resource-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerivedState } from './derived-state.ts';
import type { ProxyObservation } from './member-facts.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const resource = (type: string, name: string, more: Partial<Resource> = {}): Resource => ({ type, mesh: 'default', name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {}, ...more });
const mesh = (mode: string, mtls?: object): Resource => resource('Mesh', 'default', { mesh: '', spec: { meshServices: { mode }, ...(mtls && { mtls }) } });
const dataplane = (name: string, service: string, more: { readonly inbound?: object; readonly labels?: Resource['labels'] } = {}): Resource =>
  resource('Dataplane', name, { labels: more.labels ?? {}, spec: { networking: { inbound: [{ port: 8080, tags: { 'kuma.io/service': service }, ...more.inbound }] } } });
const generated = (labels: Record<string, string> = {}, more: Partial<Resource> = {}): Resource =>
  resource('MeshService', 'web', { labels: { 'kuma.io/managed-by': 'meshservice-generator', ...labels }, spec: { state: 'Available' }, status: { vips: [{ ip: '241.0.0.1' }] }, ...more });
const WEB: ResourceKey = { type: 'MeshService', mesh: 'default', name: 'web' };

function stateOf(resources: readonly Resource[], observed: Readonly<Record<string, Partial<ProxyObservation>>> = {}): DerivedState {
  const state = new DerivedState({ observed: (_mesh, name) => ({ connected: false, issuedBackend: undefined, ...observed[name] }), gracePeriodMs: HOUR });
  state.load(resources);
  return state;
}

/** Everything that is due, as a store without anybody else would take it in; then nothing more is. */
function settle(state: DerivedState, nowMs = NOW): readonly string[] {
  const done: string[] = [];
  for (let round = 0; round < 5; round++) {
    const writes = state.takeDirty().flatMap((key) => state.plan(key, nowMs).write ?? []);
    for (const write of writes) {
      if (write.op === 'delete') state.apply(write);
      else state.apply({ op: 'put', resource: { ...resource(write.key.type, write.key.name), labels: write.labels, spec: write.spec, status: write.status, version: (write.previous?.version ?? 0) + 1 } });
      done.push(`${write.op} ${write.key.type}/${write.key.name}`);
    }
  }
  return done;
}

describe('the grace period of a service without dataplanes', () => {
  it('starts with a mark that says when, and keeps what others wrote in the status', () => {
    expect(stateOf([mesh('Everywhere'), generated()]).plan(WEB, NOW)).toMatchObject({
      write: { op: 'put', labels: { 'kuma.io/deletion-grace-period-started-at': '2026-01-01T00-00-00.000Z' }, spec: { state: 'Unavailable' }, status: { vips: [{ ip: '241.0.0.1' }], dataplaneProxies: {} } },
      lookAgainAtMs: NOW + HOUR,
    });
  });

  it('ends with the service', () => {
    const status = { tls: { status: 'NotReady' }, dataplaneProxies: {} };
    const marked = generated({ 'kuma.io/deletion-grace-period-started-at': '2026-01-01T00-00-00.000Z' }, { spec: { state: 'Unavailable' }, status });
    const state = stateOf([mesh('Everywhere'), marked]);
    expect(state.plan(WEB, NOW + HOUR - 1)).toEqual({ lookAgainAtMs: NOW + HOUR });
    expect(state.plan(WEB, NOW + HOUR)).toMatchObject({ write: { op: 'delete', key: WEB } });
  });
});

describe('what is computed of a MeshService', () => {
  const mtls = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1' }] };
  const all = [mesh('Everywhere', mtls), dataplane('web-1', 'web'), dataplane('web-2', 'web', { inbound: { state: 'NotReady' } })];
  const written = (resources: readonly Resource[], observed: Parameters<typeof stateOf>[1] = {}, key = WEB): unknown => {
    const { write } = stateOf(resources, observed).plan(key, NOW);
    return write?.op === 'put' ? { spec: write.spec, status: write.status } : write;
  };

  it('is ready for TLS once every member has a certificate of the mesh', () => {
    const both = (first: string, second?: string): Parameters<typeof stateOf>[1] => ({ 'web-1': { connected: true, issuedBackend: first }, 'web-2': { issuedBackend: second } });
    expect(written(all, both('ca-1'))).toMatchObject({ status: { tls: { status: 'NotReady' }, dataplaneProxies: { connected: 1, healthy: 1, total: 2 } } });
    expect(written(all, both('ca-1', 'other'))).toMatchObject({ status: { tls: { status: 'NotReady' } } });
    expect(written(all, both('ca-1', 'ca-1'))).toMatchObject({ status: { tls: { status: 'Ready' } } });
    expect(written([mesh('Everywhere'), ...all.slice(1)], both('ca-1', 'ca-1'))).toMatchObject({ status: { tls: { status: 'NotReady' } } });
  });

  it('stays ready for TLS while a proxy joins', () => {
    expect(written([...all, generated({}, { status: { tls: { status: 'Ready' } } })], { 'web-1': { issuedBackend: 'ca-1' } })).toMatchObject({ status: { tls: { status: 'Ready' } } });
  });

  it('names the SPIFFE ids of MeshIdentities that are ready', () => {
    const identity = (status: string): Resource => resource('MeshIdentity', 'id', {
      spec: { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'td', path: '/w/{{ .Workload }}' }, provider: { type: 'Bundled' } },
      status: { conditions: [{ type: 'Ready', status, reason: '', message: '' }] },
    });
    const web = dataplane('web-1', 'web', { labels: { 'kuma.io/workload': 'shop' } });
    const tag = { type: 'ServiceTag', value: 'web' };
    expect(written([mesh('Exclusive'), web, identity('True')])).toMatchObject({ spec: { identities: [tag, { type: 'SpiffeID', value: 'spiffe://td/w/shop' }] } });
    expect(written([mesh('Exclusive'), web, identity('False')])).toMatchObject({ spec: { identities: [tag] } });
  });

  it.each([
    [{ dataplaneTags: { app: 'x' } }, { connected: 1, healthy: 1, total: 1 }],
    [{ dataplaneLabels: { matchLabels: { team: 'blue' } } }, { healthy: 1, total: 2 }],
    [{ dataplaneRef: { name: 'web-2' } }, { total: 1 }],
    [{ dataplaneTags: { app: 'none' } }, {}],
  ])('is kept current for what users wrote, by any selector: %j', (selector, dataplaneProxies) => {
    const own = resource('MeshService', 'mine', { spec: { selector, ports: [{ port: 1 }] } });
    const tagged = dataplane('api-1', 'api', { inbound: { tags: { 'kuma.io/service': 'api', app: 'x' } } });
    const labelled = ['web-2', 'web-3'].map((name) => dataplane(name, 'web', { labels: { team: 'blue' }, inbound: { health: { ready: name !== 'web-2' } } }));
    expect(written([mesh('Disabled'), own, tagged, ...labelled], { 'api-1': { connected: true } }, { ...WEB, name: 'mine' })).toMatchObject({ spec: { selector, ports: [{ port: 1 }] }, status: { dataplaneProxies } });
  });

  it('is left alone where another zone owns it', () => {
    expect(written([mesh('Everywhere', mtls), resource('MeshService', 'web', { labels: { 'kuma.io/origin': 'global' } }), dataplane('web-1', 'web')])).toBeUndefined();
  });

  it('says of a service of another zone that it cannot be reached, as long as the mesh has no certificates', () => {
    const labels = { 'kuma.io/origin': 'global', 'kuma.io/zone': 'east' };
    const status = { vips: [{ ip: '241.0.0.1' }] };
    const remote = (more: object = {}): Resource => resource('MeshService', 'web', { labels, spec: { state: 'Available' }, status: { ...status, ...more } });
    const found = written([mesh('Everywhere'), remote()]) as { readonly spec: unknown; readonly status: { readonly conditions: readonly object[] } };
    expect(found).toMatchObject({ spec: { state: 'Available' }, status: { ...status, conditions: [{ type: 'Reachable', status: 'False', reason: 'MeshWithoutMTLS', message: expect.stringContaining('zone "east"') }] } });
    expect(written([mesh('Everywhere'), remote(found.status)])).toBeUndefined();
    expect(written([mesh('Everywhere', mtls), remote(found.status)])).toEqual({ spec: { state: 'Available' }, status });
  });

  it('offers what most proxies offer under a name', () => {
    const ports = (port: number): object => ({ inbound: { name: 'main', port } });
    expect(written([mesh('Everywhere'), dataplane('a', 'web', ports(1)), dataplane('b', 'web', ports(2)), dataplane('c', 'web', ports(2))])).toMatchObject({ spec: { ports: [{ name: 'main', port: 2, targetPort: 2, appProtocol: 'tcp' }] } });
  });
});

describe('Workloads', () => {
  const labels = { 'kuma.io/workload': 'shop' };

  it('come with the first proxy of their label and go with the last', () => {
    const state = stateOf([mesh('Disabled'), dataplane('web-1', 'web', { labels }), resource('Dataplane', 'gw', { labels, spec: { networking: { gateway: {} } } })], { gw: { connected: true } });
    expect(state.plan({ type: 'Workload', mesh: 'default', name: 'shop' }, NOW).write).toMatchObject({ labels: { 'kuma.io/managed-by': 'workload-generator' }, spec: {}, status: { dataplaneProxies: { connected: 1, healthy: 2, total: 2 } } });
    expect(settle(state)).toEqual(['put Workload/shop']);
    state.apply({ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'gw' } });
    state.apply({ op: 'put', resource: { ...dataplane('web-1', 'web'), version: 2 } });
    expect(settle(state)).toEqual(['delete Workload/shop']);
  });
});

describe('the plans', () => {
  it('depend on what is there, not on the order or grouping in which it came', () => {
    const service = fc.constantFrom('web', 'api', 'not_a_label');
    const one = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), service, port: fc.constantFrom(80, 81, 49151), named: fc.boolean(), ready: fc.boolean(), gone: fc.boolean(), workload: fc.option(fc.constantFrom('w1', 'w2')) });
    const changes = fc.array(one, { maxLength: 25 }).map((list) => list.map(({ name, service: of, port, named, ready, gone, workload }, at): Change => (gone
      ? { op: 'delete', key: { type: 'Dataplane', mesh: 'default', name } }
      : { op: 'put', resource: { ...dataplane(name, of, { inbound: { port, health: { ready }, ...(named && { name: 'main' }) }, labels: workload === null ? {} : { 'kuma.io/workload': workload } }), version: at + 1 } })));
    fc.assert(fc.property(changes, fc.array(fc.nat(3), { maxLength: 10 }), fc.constantFrom('Everywhere', 'Disabled'), (history, pauses, mode) => {
      const base = [mesh(mode), resource('MeshService', 'own', { spec: { selector: { dataplaneLabels: { matchLabels: { 'kuma.io/workload': 'w1' } } } } })];
      const byEvents = stateOf(base);
      history.forEach((change, at) => {
        byEvents.apply(change);
        if (pauses.includes(at % 4)) byEvents.takeDirty();
      });
      const left = new Map<string, Resource>();
      for (const change of history) {
        if (change.op === 'put') left.set(resourceId(change.resource), change.resource);
        else if (change.op === 'delete') left.delete(resourceId(change.key));
      }
      const atOnce = stateOf([...[...left.values()].sort((a, b) => compareText(b.name, a.name)), ...base]);
      for (const [type, name] of [['MeshService', 'web'], ['MeshService', 'api'], ['MeshService', 'own'], ['MeshService', 'not_a_label'], ['Workload', 'w1'], ['Workload', 'w2']] as const) {
        const key = { type, mesh: 'default', name };
        expect(byEvents.plan(key, NOW)).toEqual(atOnce.plan(key, NOW));
      }
    }));
  });

  it('change nothing once carried out', () => {
    const state = stateOf([mesh('Everywhere'), dataplane('web-1', 'web', { labels: { 'kuma.io/workload': 'w' } }), dataplane('api-1', 'api')]);
    expect(settle(state)).toEqual(['put MeshService/api', 'put MeshService/web', 'put Workload/w']);
    state.observeAll();
    expect(settle(state)).toEqual([]);
    state.apply({ op: 'put', resource: { ...mesh('Disabled'), version: 2 } });
    expect(settle(state)).toEqual(['delete MeshService/api', 'delete MeshService/web']);
  });
});

it('one dataplane that changes has only its own groups looked at', () => {
  const others = Array.from({ length: 300 }, (_, at) => dataplane(`other-${at}`, `service-${at % 50}`, { labels: { 'kuma.io/workload': `w-${at % 50}` } }));
  const state = stateOf([mesh('Everywhere'), ...others]);
  settle(state);
  state.apply({ op: 'put', resource: dataplane('web-1', 'web', { labels: { 'kuma.io/workload': 'w-1' } }) });
  expect(state.takeDirty()).toEqual([WEB, { type: 'Workload', mesh: 'default', name: 'w-1' }]);
  state.observe('default', 'web-1');
  expect(state.takeDirty()).toEqual([]);
});
