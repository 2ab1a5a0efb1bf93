import { describe, expect, it } from 'vitest';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { knownFeatures, type PeerFeature } from './peer-features.ts';
import { goesToGlobal, goesToZone } from './zone-filter.ts';

const ALL: readonly PeerFeature[] = ['hash-suffix', 'hg-mz-selector', 'producer-policy-flow', 'optional-top-level-target-ref'];
const zones = { isEnabled: (zone: string) => zone !== 'off' && zone !== 'gone' };
const typed = (name: string) => {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
};
const resource = (type: string, fields: Partial<Resource> = {}): Resource => ({ type, mesh: 'default', name: 'x', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { targetRef: { kind: 'Mesh' } }, ...fields });
const reaches = (given: Resource, features: Iterable<string> = ALL): boolean => goesToZone(typed(given.type), given, { peer: { zone: 'west', features: knownFeatures(features) }, zones });
const from = (zone: string, more: Record<string, string> = {}): Record<string, string> => ({ 'kuma.io/origin': 'zone', 'kuma.io/zone': zone, ...more });

describe('what the global control plane sends to a zone', () => {
  it('its own resources, unless they say otherwise', () => {
    expect(reaches(resource('MeshTimeout'))).toBe(true);
    expect(reaches(resource('MeshTimeout', { labels: { 'kuma.io/kds-sync': 'disabled' } }))).toBe(false);
    expect(reaches(resource('MeshTimeout', { labels: { 'kuma.io/kds-sync': 'enabled' } }))).toBe(true);
    expect(reaches(resource('Dataplane'))).toBe(false);
    expect(reaches(resource('Zone'))).toBe(false);
  });

  it.each([
    ['Config', 'kuma-cluster-id', true], ['Config', 'kuma-default-dns-vips', false],
    ['GlobalSecret', 'zone-token-signing-key-1', true], ['GlobalSecret', 'mine', true],
    ['GlobalSecret', 'envoy-admin-ca', false], ['GlobalSecret', 'admin-user-token', false], ['GlobalSecret', 'inter-cp-ca', false],
    ['GlobalSecret', 'user-token-revocations', false], ['GlobalSecret', 'user-token-signing-key-7', false],
  ] as const)('%s %s: %s', (type, name, expected) => {
    expect(reaches(resource(type, { mesh: '', name, spec: {} }))).toBe(expected);
  });

  it('what a zone would not understand stays here', () => {
    const multiZone = resource('HostnameGenerator', { spec: { selector: { meshMultiZoneService: { matchLabels: {} } } } });
    expect([reaches(multiZone), reaches(multiZone, [])]).toEqual([true, false]);
    const noTarget = resource('MeshTimeout', { spec: { to: [] } });
    expect([reaches(noTarget), reaches(noTarget, ['hash-suffix'])]).toEqual([true, false]);
    const own = weftRegistry.all.find(({ weftOnly }) => weftOnly === true)?.name ?? '';
    expect([reaches(resource(own)), reaches(resource(own), [...ALL, 'weft-sync'])]).toEqual([false, true]);
    expect(reaches(resource('TrafficRoute', { spec: { conf: {} } }), [])).toBe(true);
  });

  it('services and entrances of other zones that take part, never back to their own', () => {
    const service = (zone: string): Resource => resource('MeshService', { labels: from(zone) });
    expect([reaches(service('east')), reaches(service('west')), reaches(service('off')), reaches(service('gone'))]).toEqual([true, false, false, false]);
    expect(reaches(resource('MeshExternalService', { labels: from('east') }))).toBe(false);
    expect(reaches(resource('ZoneIngress', { mesh: '', labels: from('east'), spec: {} }))).toBe(true);
  });

  it('policies of other zones only as a producer\'s word to its consumers', () => {
    const policy = (labels: Record<string, string>, spec: unknown = { targetRef: { kind: 'Mesh' } }): Resource => resource('MeshTimeout', { labels: from('east', labels), spec });
    const producer = { 'kuma.io/policy-role': 'producer' };
    expect(reaches(policy({}))).toBe(false);
    expect(reaches(policy({ 'kuma.io/policy-role': 'consumer' }))).toBe(false);
    expect(reaches(policy(producer))).toBe(true);
    expect(reaches(policy(producer), ['optional-top-level-target-ref'])).toBe(false);
    const pinned = (zone: string): unknown => ({ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/zone': zone } } });
    expect([reaches(policy(producer, pinned('west'))), reaches(policy(producer, pinned('east')))]).toEqual([true, false]);
  });
});

describe('what a zone sends to the global control plane', () => {
  const goes = (given: Resource, weft = false): boolean => goesToGlobal(typed(given.type), given, weft);

  it('what it made itself, of the types that go up', () => {
    expect(goes(resource('Dataplane'))).toBe(true);
    expect(goes(resource('DataplaneInsight'))).toBe(true);
    expect(goes(resource('MeshTimeout', { labels: from('west') }))).toBe(true);
    expect(goes(resource('MeshTimeout', { labels: { 'kuma.io/origin': 'global' } }))).toBe(false);
    expect(goes(resource('MeshTimeout', { labels: { 'kuma.io/kds-sync': 'disabled' } }))).toBe(false);
    expect([goes(resource('Secret')), goes(resource('Mesh')), goes(resource('Zone'))]).toEqual([false, false, false]);
    const own = weftRegistry.all.find(({ weftOnly, internal }) => weftOnly === true && internal !== true)?.name ?? '';
    expect([goes(resource(own)), goes(resource(own), true)]).toEqual([false, true]);
  });
});
