import { createPublicKey, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { cameFrom, fromGlobal, fromZone } from './incoming.ts';
import { toGlobal, toZone } from './outgoing.ts';
import { knownFeatures } from './peer-features.ts';
import { decodeResource, encodeResource } from './resource-codec.ts';
import { rsaPublicKeyOf } from './rsa-public-key.ts';

const peer = { zone: 'zone-1', features: knownFeatures(['hash-suffix']) };
const typed = (name: string) => {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
};
const resource = (type: string, fields: Partial<Resource> = {}): Resource => ({ type, mesh: 'default', name: 'x', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {}, ...fields });
const recorded = (type: string, name: string): Uint8Array => {
  const all = JSON.parse(readFileSync(new URL('../testdata/recorded-resources.json', import.meta.url), 'utf8')) as { type: string; name: string; resource: string }[];
  return new Uint8Array(Buffer.from(all.find((one) => one.type === type && one.name.startsWith(name))?.resource ?? '', 'base64'));
};

describe('from the global control plane to a zone', () => {
  it('gives the recorded bytes of a policy, a mesh and a service of another zone', () => {
    const cases: [Resource, string][] = [
      [resource('MeshTimeout', { name: 'timeouts', labels: { 'kuma.io/mesh': 'default' }, spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: '7s' } } }] } }), 'timeouts-99wc6x229v94xbb2'],
      [resource('Mesh', { mesh: '', name: 'default', spec: { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }, routing: { zoneEgress: true }, meshServices: { mode: 'Exclusive' } } }), 'default.'],
      [resource('MeshService', {
        name: 'redis-c9d95xw84b8wd268',
        labels: { 'kuma.io/display-name': 'redis', 'kuma.io/env': 'universal', 'kuma.io/managed-by': 'meshservice-generator', 'kuma.io/mesh': 'default', 'kuma.io/origin': 'zone', 'kuma.io/zone': 'zone-2' },
        spec: { selector: { dataplaneTags: { 'kuma.io/service': 'redis' } }, ports: [{ name: 'main', port: 6379, targetPort: 6379, appProtocol: 'tcp' }] },
        status: { vips: [{ ip: '241.0.0.0' }] },
      }), 'redis-'],
    ];
    for (const [given, name] of cases) {
      const sent = toZone(given, peer);
      if (!sent.ok) throw new Error(sent.error);
      const expected = decodeResource(typed(given.type), recorded(given.type, name));
      expect(decodeResource(typed(given.type), encodeResource(typed(given.type), sent.value))).toEqual(expected);
    }
  });

  it('a key that signs zone tokens leaves as its public half, under a name that says so', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'pkcs1', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });
    const sent = toZone(resource('GlobalSecret', { mesh: '', name: 'zone-token-signing-key-1', spec: { data: Buffer.from(privateKey).toString('base64') } }), peer);
    if (!sent.ok) throw new Error(sent.error);
    expect(sent.value).toMatchObject({ name: 'zone-token-signing-public-key-1', labels: { 'kuma.io/display-name': 'zone-token-signing-key-1', 'kuma.io/origin': 'global' } });
    const pem = Buffer.from((sent.value.spec as { data: string }).data, 'base64').toString();
    expect(pem).toBe(createPublicKey(privateKey).export({ type: 'pkcs1', format: 'pem' }));
    expect(rsaPublicKeyOf(createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString())).toEqual({ ok: true, value: pem });
  });

  it('a signing key that is none is held back with the reason', () => {
    const key = (data: string): Resource => resource('GlobalSecret', { mesh: '', name: 'zone-token-signing-key-1', spec: { data } });
    expect(toZone(key(btoa('nothing')), peer)).toEqual({ ok: false, error: 'GlobalSecret zone-token-signing-key-1: it is no PEM' });
    expect(toZone(key('%'), peer)).toMatchObject({ ok: false });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'sec1', format: 'pem' } });
    expect(toZone(key(btoa(privateKey)), peer)).toMatchObject({ ok: false, error: expect.stringContaining('EC PRIVATE KEY') as string });
  });

  it('an older peer gets plain names; chosen labels stay behind', () => {
    const sent = toZone(resource('MeshTimeout', { name: 'timeouts', labels: { 'argo/app': 'a', team: 'b' } }), { zone: 'old', features: new Set() }, { skipLabelPrefixes: ['argo/'] });
    expect(sent).toMatchObject({ ok: true, value: { name: 'timeouts', labels: { team: 'b', 'kuma.io/origin': 'global' } } });
  });
});

describe('from a zone to the global control plane', () => {
  it('a dataplane and its insight arrive under one name, as recorded', () => {
    const proxy = toGlobal(resource('Dataplane', { name: 'backend-1', labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'zone-1' } }), 'zone-1');
    const insight = toGlobal(resource('DataplaneInsight', { name: 'backend-1', spec: { subscriptions: [{ id: 'a', generation: 9 }] } }), 'zone-1');
    expect([proxy.name, insight.name]).toEqual(['backend-1-66xx8vw7fxxw7bb8', 'backend-1-66xx8vw7fxxw7bb8']);
    expect(insight).toMatchObject({ labels: { 'kuma.io/display-name': 'backend-1', 'kuma.io/origin': 'zone', 'kuma.io/zone': 'zone-1' }, spec: { subscriptions: [{ id: 'a' }] } });
    expect(JSON.stringify(insight)).not.toContain('generation');
  });

  it('leaves the grace period of a service at home, and sends its status', () => {
    const sent = toGlobal(resource('MeshService', { name: 'backend', labels: { 'kuma.io/deletion-grace-period-started-at': 'now' }, status: { vips: [] } }), 'zone-1');
    expect(Object.keys(sent.labels)).not.toContain('kuma.io/deletion-grace-period-started-at');
    expect(sent).toMatchObject({ name: 'backend-d8466458x7574b7b', status: { vips: [] } });
  });
});

describe('what the global control plane keeps of a zone', () => {
  const zone = { zone: 'zone-1', hashedNames: true };

  it('is of the zone whose call brought it, whatever it claims', () => {
    const claim = { 'kuma.io/zone': 'zone-2', 'kuma.io/origin': 'global' };
    const dataplane = fromZone(typed('Dataplane'), resource('Dataplane', { labels: claim, spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'a', 'kuma.io/zone': 'zone-2' } }] } } }), zone);
    expect(dataplane).toMatchObject({ ok: true, value: { labels: { 'kuma.io/zone': 'zone-1', 'kuma.io/origin': 'zone' }, spec: { networking: { inbound: [{ tags: { 'kuma.io/zone': 'zone-1' } }] } } } });
    const entrance = fromZone(typed('ZoneIngress'), resource('ZoneIngress', { mesh: '', labels: claim, spec: { zone: 'zone-2', networking: { address: '10.0.0.1', port: 10001 }, availableServices: [{ tags: { 'kuma.io/zone': 'zone-2' } }] } }), zone);
    expect(entrance).toMatchObject({ ok: true, value: { spec: { zone: 'zone-1', availableServices: [{ tags: { 'kuma.io/zone': 'zone-1' } }] } } });
  });

  it('refuses what breaks the rules of its type, with the recorded words', () => {
    const bad = resource('MeshTimeout', { spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '-3s' } }] } });
    expect(fromZone(typed('MeshTimeout'), bad, zone)).toEqual({ ok: false, error: 'spec.to[0].default.connectionTimeout: must be greater than zero when defined' });
    expect(fromZone(typed('MeshTimeout'), resource('MeshTimeout', { spec: { to: 7 } }), zone)).toMatchObject({ ok: false, error: expect.stringContaining('spec.to') as string });
  });

  it('names of zones that do not hash theirs begin with the zone; so they are found again', () => {
    const old = { zone: 'zone-1', hashedNames: false };
    const spec = { to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: '1s' } }] };
    const kept = fromZone(typed('MeshTimeout'), resource('MeshTimeout', { name: 'a', spec }), old);
    expect(kept).toMatchObject({ ok: true, value: { name: 'zone-1.a' } });
    expect(fromZone(typed('MeshTimeout'), resource('MeshTimeout', { name: 'zone-1.a', spec }), old)).toMatchObject({ ok: true, value: { name: 'zone-1.a' } });
    expect(cameFrom(resource('MeshTimeout', { name: 'zone-1.a', labels: { 'kuma.io/origin': 'zone' } }), old)).toBe(true);
    expect(cameFrom(resource('MeshTimeout', { labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'zone-2' } }), old)).toBe(false);
    expect(cameFrom(resource('MeshTimeout', { labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'zone-1' } }), zone)).toBe(true);
    expect(cameFrom(resource('MeshTimeout', { name: 'zone-1.a' }), old)).toBe(false);
  });
});

describe('what a zone keeps of the global control plane', () => {
  it('keeps its own view of a service', () => {
    const spec = { selector: { dataplaneTags: { 'kuma.io/service': 'a' } }, ports: [{ port: 80, appProtocol: 'http' }] };
    const stored = resource('MeshService', { labels: { 'kuma.io/origin': 'global' }, spec, status: { vips: [{ ip: '241.0.0.7' }] } });
    const given = resource('MeshService', { spec, status: { tls: {}, dataplaneProxies: {} } });
    expect(fromGlobal(typed('MeshService'), given, stored)).toMatchObject({ ok: true, value: { labels: { 'kuma.io/origin': 'global' }, status: { vips: [{ ip: '241.0.0.7' }] } } });
    const first = fromGlobal(typed('MeshService'), given, undefined);
    expect(first.ok && 'status' in first.value).toBe(false);
  });

  it('does not overwrite a resource of its own; of types that only the global control plane writes there are none', () => {
    const spec = { to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: '1s' } }] };
    const clash = fromGlobal(typed('MeshTimeout'), resource('MeshTimeout', { spec }), resource('MeshTimeout', { labels: { 'kuma.io/origin': 'zone' } }));
    expect(clash).toMatchObject({ ok: false, error: expect.stringMatching(/^user error: MeshTimeout x /) as string });
    expect(fromGlobal(typed('Mesh'), resource('Mesh', { mesh: '', name: 'default' }), resource('Mesh', { mesh: '', name: 'default' }))).toMatchObject({ ok: true });
  });
});
