import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '@weft/policy-model';
import { flowOf, syncedTypes, type SyncDirection } from './type-flow.ts';

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-types.json', import.meta.url), 'utf8')) as Record<SyncDirection, string[]>;
const names = (direction: SyncDirection, peerKnowsWeft: boolean): string[] => syncedTypes(weftRegistry, direction, peerKnowsWeft).map(({ name }) => name);

describe('which types travel which way', () => {
  it.each(['global-to-zone', 'zone-to-global'] as const)('%s: a stock peer is asked for what the recorded one asked for', (direction) => {
    expect(names(direction, false)).toEqual(recorded[direction]);
  });

  it('types of Weft go to peers that know them, both ways; only who is alive goes down alone, and only what is decided about the dead goes up alone', () => {
    const own = weftRegistry.all.filter(({ weftOnly, name }) => weftOnly === true && name !== 'ZoneLiveness' && name !== 'ZoneWithdrawal').map(({ name }) => name).sort();
    expect(own.length).toBeGreaterThan(0);
    for (const direction of ['global-to-zone', 'zone-to-global'] as const) {
      expect(names(direction, true).filter((name) => !recorded[direction].includes(name))).toEqual(direction === 'global-to-zone' ? [...own, 'ZoneLiveness'] : [...own, 'ZoneWithdrawal']);
    }
  });

  it('policies, services and entrances of a zone go on to other zones; nothing else does', () => {
    const across = weftRegistry.all.filter((type) => flowOf(type).acrossZones).map(({ name }) => name);
    expect(across.filter((name) => weftRegistry.byName(name)?.policy === undefined).sort()).toEqual(['MeshService', 'MeshZoneAddress', 'ZoneIngress']);
    expect(across).not.toContain('TrafficRoute');
    for (const type of weftRegistry.all.filter((one) => one.internal === true && !['Config', 'ZoneLiveness', 'ZoneWithdrawal'].includes(one.name))) expect(flowOf(type)).toEqual({ toZones: false, toGlobal: false, acrossZones: false });
  });
});
