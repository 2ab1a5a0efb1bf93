import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '@weft/policy-model';
import { keyOf, resourceId, type Change, type Resource } from '@weft/resource-model';
import { clean } from './dirty.ts';
import { dumpIndex } from './dump-index.ts';
import { MeshIndex } from './mesh-index.ts';

const types = (name: string) => weftRegistry.byName(name);
const TIME = '2026-01-01T00:00:00.000Z';
const base = (type: string, name: string, mesh = 'default') => ({ type, name, mesh, labels: { app: name }, creationTime: TIME, modificationTime: TIME, version: 1 });

const dataplane = fc.record({
  name: fc.constantFrom('a', 'b', 'c'), service: fc.constantFrom('web', 'api'), ready: fc.boolean(), protocol: fc.constantFrom('http', 'tcp', 'grpc'), port: fc.constantFrom(80, 81), tagged: fc.boolean(), listener: fc.constantFrom('Ready', 'NotReady', undefined),
}).map(({ name, service, ready, protocol, port, tagged, listener }): Resource => ({
  ...base('Dataplane', name), spec: { networking: { address: `10.0.0.${port}`, inbound: [{ port, ...(tagged && { tags: { 'kuma.io/service': service, 'kuma.io/protocol': protocol } }), health: { ready } }], ...(listener !== undefined && { listeners: [{ type: 'ZoneEgress', name: 'out', port: 10002, state: listener }] }) } },
}));
const meshService = fc.record({ name: fc.constantFrom('web', 'api'), by: fc.constantFrom('tags', 'labels', 'ref'), port: fc.constantFrom(80, 8080) }).map(({ name, by, port }): Resource => ({
  ...base('MeshService', name),
  spec: { selector: by === 'tags' ? { dataplaneTags: { 'kuma.io/service': name } } : by === 'labels' ? { dataplaneLabels: { matchLabels: { app: 'a' } } } : { dataplaneRef: { name: 'b' } }, ports: [{ port, targetPort: 80 }] },
}));
const policy = fc.record({ type: fc.constantFrom('MeshTimeout', 'MeshHTTPRoute'), name: fc.constantFrom('p', 'q', 'r'), kind: fc.constantFrom('Mesh', 'MeshSubset') }).map(({ type, name, kind }): Resource => ({
  ...base(type, name), spec: { targetRef: { kind }, to: [{ targetRef: { kind: 'Mesh' }, default: {} }] },
}));
const legacy = fc.record({ type: fc.constantFrom('Timeout', 'TrafficTrace', 'MeshGatewayRoute'), name: fc.constantFrom('l', 'm') }).map(({ type, name }): Resource => ({ ...base(type, name), spec: { sources: [{ match: { 'kuma.io/service': '*' } }], destinations: [{ match: { 'kuma.io/service': name } }], conf: { backend: 'z' } } }));
const tracing = { backends: [{ name: 'z', type: 'zipkin', conf: { url: 'http://z/x' } }] };
const other = fc.constantFrom<Resource>({ ...base('Mesh', 'default', ''), spec: {} }, { ...base('Mesh', 'default', ''), spec: { tracing } }, { ...base('VirtualIp', '240.0.0.1', ''), spec: { hostname: 'web.mesh', service: 'web' } }, { ...base('VirtualIp', '240.0.0.2', ''), spec: { hostname: '80.web.test' } }, { ...base('HostnameGenerator', 'corp', ''), spec: { template: '{{ .Name }}.corp.example' } }, { ...base('HostnameGenerator', 'corp', ''), spec: { template: '{{ .Name }}.other.example' } }, { ...base('TrustBundle', 'ca-1'), spec: { backend: 'ca-1', generation: 1, caPem: [] } });
const virtualOutbound = fc.record({ name: fc.constantFrom('v', 'w'), host: fc.constantFrom('{{.service}}.test', '{{.protocol}}.{{.service}}.test', 'one.test'), match: fc.constantFrom({}, { 'kuma.io/service': 'web' }) }).map(({ name, host, match }): Resource => ({
  ...base('VirtualOutbound', name), spec: { selectors: [{ match }], conf: { host, port: '80', parameters: [{ name: 'service', tagKey: 'kuma.io/service' }, { name: 'protocol', tagKey: 'kuma.io/protocol' }] } },
}));
const bundle = fc.constantFrom('identity.i', 'identity.j').map((name): Resource => ({ ...base('TrustBundle', name), spec: { backend: name, generation: 1, caPem: [] } }));
const identity = fc.record({ name: fc.constantFrom('i', 'j'), app: fc.constantFrom('a', 'b', undefined), domain: fc.constantFrom('one.test', 'two.test') }).map(({ name, app, domain }): Resource => ({
  ...base('MeshIdentity', name), spec: { selector: { dataplane: { matchLabels: app === undefined ? {} : { app } } }, spiffeID: { trustDomain: domain, path: '/{{ label "app" }}' }, provider: { type: 'Bundled' } },
}));
const trust = fc.constantFrom('one.test', 'two.test').map((trustDomain): Resource => ({ ...base('MeshTrust', 't'), spec: { trustDomain, caBundles: [] } }));
const ZONE = 'west';
const zoneIngress = fc.record({
  name: fc.constantFrom('i1', 'i2', 'i3'), zone: fc.constantFrom('east', 'north', 'west'), address: fc.constantFrom('192.0.2.1', '192.0.2.2', undefined), service: fc.constantFrom('web', 'api'), instances: fc.nat({ max: 3 }),
}).map(({ name, zone, address, service, instances }): Resource => ({
  ...base('ZoneIngress', name, ''), spec: {
    zone, networking: { address: '10.1.0.1', port: 10001, ...(address !== undefined && { advertisedAddress: address, advertisedPort: 10001 }) },
    availableServices: [{ tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http', 'kuma.io/zone': zone }, instances, mesh: 'default' }, { tags: { 'kuma.io/service': 'other' }, instances: 1, mesh: 'elsewhere' }],
  },
}));
const zoneEgress = fc.record({ name: fc.constantFrom('e1', 'e2'), zone: fc.constantFrom('east', 'west') }).map(({ name, zone }): Resource => ({ ...base('ZoneEgress', name, ''), spec: { zone, networking: { address: `10.2.0.${name.slice(1)}`, port: 10002 } } }));
const zoneAddress = fc.record({ name: fc.constantFrom('a1', 'a2'), zone: fc.constantFrom('east', 'north', 'west') }).map(({ name, zone }): Resource => ({
  ...base('MeshZoneAddress', name), labels: { 'kuma.io/zone': zone, 'kuma.io/origin': 'global' }, spec: { address: `192.0.2.1${name.slice(1)}`, port: 10001 },
}));
const remoteService = fc.record({ name: fc.constantFrom('web', 'web-x'), zone: fc.constantFrom('east', 'north', 'west'), port: fc.constantFrom(80, 8080), state: fc.constantFrom('Available', 'Unavailable'), app: fc.constantFrom('a', 'z') }).map(({ name, zone, port, state, app }): Resource => ({
  ...base('MeshService', name), labels: { app, 'kuma.io/zone': zone, 'kuma.io/origin': 'global', 'kuma.io/display-name': 'web' },
  spec: { state, selector: { dataplaneTags: { 'kuma.io/service': 'web' } }, ports: [{ port, targetPort: 80, appProtocol: 'http' }] },
}));
const multiZone = fc.record({ name: fc.constantFrom('m1', 'm2'), labels: fc.constantFrom({ app: 'a' }, { 'kuma.io/display-name': 'web' }, {}), port: fc.constantFrom(80, 8080) }).map(({ name, labels, port }): Resource => ({
  ...base('MeshMultiZoneService', name), spec: { selector: { meshService: { matchLabels: labels } }, ports: [{ port, appProtocol: 'http' }] },
}));
const secured = fc.constantFrom({}, { zoneEgress: true }).map((routing): Resource => ({ ...base('Mesh', 'default', ''), spec: { routing, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } } }));
const exclusive = fc.boolean().map((withCa): Resource => ({ ...base('Mesh', 'default', ''), spec: { meshServices: { mode: 'Exclusive' }, ...(withCa && { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }) } }));
const taggedExternal = fc.constantFrom({}, { 'kuma.io/zone': 'west' }, { 'kuma.io/zone': 'east' }).map((tags): Resource => ({ ...base('ExternalService', 'y'), spec: { networking: { address: 'c.test:80' }, tags: { 'kuma.io/service': 'web', ...tags } } }));
const externalService = fc.record({ name: fc.constantFrom('x1', 'x2'), port: fc.constantFrom(80, 443), address: fc.constantFrom('a.test', 'b.test') }).map(({ name, port, address }): Resource => ({
  ...base('MeshExternalService', name), spec: { match: { type: 'HostnameGenerator', port, protocol: 'http' }, endpoints: [{ address, port: 80 }] },
}));
const withdrawal = fc.record({ name: fc.constantFrom('east', 'north'), effect: fc.constantFrom('withdrawn', 'lowered') }).map(({ name, effect }): Resource => ({ ...base('ZoneWithdrawal', name, ''), spec: { effect, since: TIME } }));
const zones = fc.oneof(withdrawal, externalService, zoneIngress, zoneEgress, zoneAddress, remoteService, multiZone, { weight: 2, arbitrary: secured }, { weight: 2, arbitrary: exclusive }, taggedExternal);
const write = fc.record({ resource: fc.oneof({ weight: 3, arbitrary: dataplane }, { weight: 5, arbitrary: zones }, meshService, policy, legacy, virtualOutbound, other, identity, trust, bundle), remove: fc.constantFrom(false, false, false, true) });

interface History {
  readonly changes: readonly Change[];
  /** All resources after the first n changes. */
  readonly stateAfter: (n: number) => Resource[];
}

/** A revision sequence as a store would write it: versions count up, and start again after a removal, with a later time of creation. */
function historyOf(writes: readonly { readonly resource: Resource; readonly remove: boolean }[]): History {
  const stored = new Map<string, Resource>();
  const changes: Change[] = [];
  writes.forEach(({ resource, remove }, index) => {
    const id = resourceId(resource);
    const previous = stored.get(id);
    if (remove && previous !== undefined) {
      stored.delete(id);
      changes.push({ op: 'delete', key: keyOf(resource) });
    } else if (!remove) {
      const creationTime = previous?.creationTime ?? new Date(Date.parse(TIME) + index).toISOString();
      const next = { ...resource, creationTime, version: (previous?.version ?? 0) + 1 };
      stored.set(id, next);
      changes.push({ op: 'put', resource: next });
    }
  });
  const stateAfter = (n: number): Resource[] => {
    const state = new Map<string, Resource>();
    for (const change of changes.slice(0, n)) {
      if (change.op === 'put') state.set(resourceId(change.resource), change.resource);
      else state.delete(resourceId(change.key));
    }
    return [...state.values()];
  };
  return { changes, stateAfter };
}

describe('MeshIndex', () => {
  it('equals its rebuild for any batching, duplication, snapshot and resume point', () => {
    fc.assert(fc.property(fc.array(write, { minLength: 20, maxLength: 60, size: 'max' }), fc.array(fc.nat({ max: 6 })), fc.nat(), fc.nat(), (writes, batches, snapshotAt, resumeAt) => {
      const { changes, stateAfter } = historyOf(writes);
      const snapshot = snapshotAt % (changes.length + 1);
      const index = new MeshIndex(types, ZONE);
      index.load(stateAfter(snapshot));
      // Resumes at or before the snapshot; each batch may begin before the last one ended.
      let at = resumeAt % (snapshot + 1);
      for (const size of batches) {
        index.apply(changes.slice(Math.max(0, at - 2), at + size));
        at = Math.min(changes.length, at + size);
      }
      index.apply(changes.slice(at));
      expect(dumpIndex(index)).toBe(dumpIndex(MeshIndex.rebuild(types, stateAfter(changes.length), ZONE)));
    }), { numRuns: 500 });
  });

  it('is the same after a later snapshot replaces everything', () => {
    fc.assert(fc.property(fc.array(write, { maxLength: 30, size: 'max' }), fc.array(write, { maxLength: 30, size: 'max' }), (before, after) => {
      const index = MeshIndex.rebuild(types, historyOf(before).stateAfter(99), ZONE);
      const resources = historyOf(after).stateAfter(99);
      index.load(resources);
      expect(dumpIndex(index)).toBe(dumpIndex(MeshIndex.rebuild(types, resources, ZONE)));
    }));
  });

  it('names every endpoint set, service and policy that differs, and nothing when told the same again', () => {
    fc.assert(fc.property(fc.array(write, { maxLength: 30, size: 'max' }), (writes) => {
      const { changes } = historyOf(writes);
      const index = new MeshIndex(types, ZONE);
      for (const change of changes) {
        const before = endpointsOf(index);
        const dirty = index.apply([change]);
        const after = endpointsOf(index);
        const differing = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort();
        expect([...(dirty.meshes.get('default')?.endpoints ?? [])].sort()).toEqual(differing);
        expect(index.apply(change.op === 'put' ? [change] : [])).toEqual(clean());
      }
    }));
  });
});

function endpointsOf(index: MeshIndex): Map<string, string> {
  return new Map([...(index.mesh('default')?.endpoints ?? [])].map(([key, set]) => [key, JSON.stringify(set.list())]));
}
