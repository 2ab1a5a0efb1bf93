import { ok } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Resource, ResourceType } from '@weft/resource-model';
import { expect, it } from 'vitest';
import { formForZone } from './outgoing-view.ts';
import type { ZonePeer } from './peer-features.ts';
import { ZoneForms } from './zone-forms.ts';

const type = weftRegistry.byName('MeshService') as ResourceType;
const service: Resource = { type: 'MeshService', mesh: 'default', name: 'web', labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' }, creationTime: '', modificationTime: '', version: 1, spec: { ports: [] } };
const peer = (zone: string, hashed = true): ZonePeer => ({ zone, features: new Set(hashed ? ['hash-suffix'] : []) });

it('zones that get the same share one item, which is what each would get alone; the filter is each zone’s own', () => {
  let enabled = true;
  const zones = { isEnabled: () => enabled };
  const forms = new ZoneForms(zones);
  const given = (to: ZonePeer, resource = service): unknown => {
    const item = forms.formFor(to)(type, resource);
    return item.ok ? item.value : item.error;
  };
  expect(given(peer('west'))).toBe(given(peer('north')));
  expect(formForZone(peer('west'), zones)(type, service)).toEqual(ok(given(peer('west'))));
  expect(given(peer('west'))).not.toEqual(given(peer('west', false)));
  expect(given(peer('east'))).toBeUndefined();
  expect(given(peer('west'), { ...service, spec: { ports: [{ port: 80 }] } })).not.toEqual(given(peer('west')));
  enabled = false;
  expect(given(peer('west'))).toBeUndefined();
});
