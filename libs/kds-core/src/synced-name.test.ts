import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource } from '@weft/resource-model';
import { hashedName } from './hashed-name.ts';
import { parseWireName, renamed, wireName, withSyncedName } from './synced-name.ts';

const resource = (fields: Partial<Resource>): Resource => ({ type: 'MeshTimeout', mesh: 'default', name: 'x', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {}, ...fields });

describe('names of synced resources', () => {
  it.each([
    ['default', 'mesh-timeout-all-default', [], 'mesh-timeout-all-default-bv8z44b7bzb99xc7'],
    ['', 'synced-universal-mesh-service', [], 'synced-universal-mesh-service-46484vczc724vc29'],
    ['default', 'dp1', ['zone-a'], 'dp1-96c426z7vv76749f'],
    ['', 'zi', ['zone-a'], 'zi-zwbw7df82cwxw29x'],
  ] as const)('hashes as recorded: %s %s %s', (mesh, name, extra, expected) => {
    expect(hashedName(mesh, name, extra)).toBe(expected);
  });

  it('a name at the length limit gives one at the length limit', () => {
    const name = 'n'.repeat(253);
    expect(hashedName('default', name)).toMatch(/^n{236}-[a-z0-9]{16}$/);
    expect(hashedName('default', `${name.slice(0, 252)}m`)).not.toBe(hashedName('default', name));
  });

  it('hashes the display name, zone and namespace; an insight keeps the name of its proxy', () => {
    const labels = { 'kuma.io/display-name': 'dp1', 'kuma.io/zone': 'zone-a' };
    const proxy = withSyncedName(resource({ type: 'Dataplane', name: 'whatever', labels }));
    expect(proxy.name).toBe('dp1-96c426z7vv76749f');
    expect(withSyncedName(resource({ type: 'DataplaneInsight', name: 'dp1', labels: { 'kuma.io/zone': 'zone-a' } })).name).toBe(proxy.name);
    expect(withSyncedName(resource({ name: 'a', labels: { 'k8s.kuma.io/namespace': 'ns' } })).name).toBe(hashedName('default', 'a', ['ns']));
  });

  it('a renamed resource says what it was called; a second renaming does not change that', () => {
    const once = withSyncedName(resource({ name: 'timeouts' }));
    expect(once.labels).toEqual({ 'kuma.io/display-name': 'timeouts' });
    expect(withSyncedName(once)).toEqual(once);
    expect(renamed(once, once.name)).toBe(once);
  });

  it.each(['Mesh', 'Config', 'Secret', 'GlobalSecret'])('%s keeps its name', (type) => {
    const given = resource({ type });
    expect(withSyncedName(given)).toBe(given);
  });

  it('reads back every wire name', () => {
    const part = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);
    fc.assert(fc.property(part, fc.stringMatching(/^[a-z0-9-]{0,12}$/), (name, mesh) => {
      expect(parseWireName(wireName({ name, mesh }))).toEqual({ name, mesh });
    }));
    expect(wireName({ name: 'default', mesh: '' })).toBe('default.');
    expect(parseWireName('no-dot')).toEqual({ name: 'no-dot', mesh: '' });
  });
});
