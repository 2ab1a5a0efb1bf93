import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { formForGlobal, formForZone, OutgoingView } from './outgoing-view.ts';
import { knownFeatures } from './peer-features.ts';
import { syncedTypes } from './type-flow.ts';

const peer = { zone: 'west', features: knownFeatures(['hash-suffix', 'optional-top-level-target-ref']) };
const zones = { isEnabled: (): boolean => true };
const view = (): OutgoingView => new OutgoingView(syncedTypes(weftRegistry, 'global-to-zone', false), formForZone(peer, zones));
const timeout = (name: string, idleTimeout: string, labels: Record<string, string> = {}): Resource => ({ type: 'MeshTimeout', mesh: 'default', name, labels, creationTime: '', modificationTime: '', version: 1, spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout } }] } });
const state = (of: OutgoingView): unknown => [...(of.names('MeshTimeout') ?? [])].sort().map((name) => of.item('MeshTimeout', name));

describe('what one peer shall have', () => {
  it('names what a change touched, and says nothing of one that the peer does not see', () => {
    const west = view();
    const name = 'timeouts-99wc6x229v94xbb2.default';
    expect(west.put(timeout('timeouts', '1s'))).toEqual({ ok: true, value: { type: 'MeshTimeout', names: [name] } });
    expect(west.put(timeout('timeouts', '1s'))).toEqual({ ok: true, value: undefined });
    expect(west.put(timeout('timeouts', '2s'))).toMatchObject({ value: { names: [name] } });
    expect(west.item('MeshTimeout', name)?.version).toMatch(/^[0-9a-f]{64}$/);
    expect(west.put(timeout('timeouts', '2s', { 'kuma.io/kds-sync': 'disabled' }))).toMatchObject({ value: { names: [name] } });
    expect(west.item('MeshTimeout', name)).toBeUndefined();
    expect(west.remove(timeout('timeouts', '2s'))).toBeUndefined();
    expect(west.put({ ...timeout('x', '1s'), type: 'Zone' })).toEqual({ ok: true, value: undefined });
    expect([west.names('Zone'), west.remove({ type: 'Zone', mesh: '', name: 'x' })]).toEqual([undefined, undefined]);
  });

  it('a resource that cannot be sent any more is taken back, and the reason told', () => {
    const west = view();
    const key: Resource = { ...timeout('zone-token-signing-key-1', '1s'), type: 'GlobalSecret', mesh: '', spec: { data: btoa('no key') } };
    expect(west.put(key)).toEqual({ ok: false, error: 'GlobalSecret zone-token-signing-key-1: it is no PEM' });
    expect([...(west.names('GlobalSecret') ?? [])]).toEqual([]);
  });

  it('a renamed display name is another resource at the peer', () => {
    const up = new OutgoingView(syncedTypes(weftRegistry, 'zone-to-global', false), formForGlobal('west', false));
    const first = up.put(timeout('a', '1s'));
    const second = up.put(timeout('a', '1s', { 'kuma.io/display-name': 'b' }));
    if (!first.ok || !second.ok) throw new Error('refused');
    expect(second.value?.names).toHaveLength(2);
    expect(second.value?.names[0]).toBe(first.value?.names[0]);
    expect([...(up.names('MeshTimeout') ?? [])]).toEqual([second.value?.names[1]]);
  });

  it('after any changes it is what the last state gives', () => {
    const change = fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: fc.option(fc.record({ idle: fc.constantFrom('1s', '2s'), hidden: fc.boolean() }), { nil: undefined }) });
    fc.assert(fc.property(fc.array(change, { maxLength: 20, size: 'max' }), (changes) => {
      const west = view();
      const last = new Map<string, Resource | undefined>();
      for (const { name, value } of changes) {
        const resource = value && timeout(name, value.idle, value.hidden ? { 'kuma.io/kds-sync': 'disabled' } : {});
        last.set(name, resource);
        if (resource === undefined) west.remove({ type: 'MeshTimeout', mesh: 'default', name });
        else west.put(resource);
      }
      const anew = view();
      for (const resource of last.values()) if (resource !== undefined) anew.put(resource);
      expect(state(west)).toEqual(state(anew));
    }));
  });
});
