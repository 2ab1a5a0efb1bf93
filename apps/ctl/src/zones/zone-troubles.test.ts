import { expect, it } from 'vitest';
import { zoneState } from './zone-state.ts';
import { zoneTroubles } from './zone-troubles.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const SINCE = '2026-01-01T00:59:50Z';
const LONG_AGO = '2026-01-01T00:00:00Z';
const withdrawals = [{ zone: 'west', by: 'east', effect: 'withdrawn', since: SINCE }];
const incidents = [{ kind: 'stalled', reason: 'Mesh has not come', since: LONG_AGO, time: SINCE, count: 2 }, { kind: 'refused', reason: 'no token', since: LONG_AGO, time: LONG_AGO, count: 1 }];
const nack = { type: 'MeshTimeout', message: 'no room', time: SINCE, resources: ['slow.default'] };
const east = zoneState({ name: 'east', zone: {}, zoneInsight: { subscriptions: [{ connectTime: LONG_AGO, nacks: [nack] }], refused: [{ ...nack, resources: ['*'] }], withdrawals, incidents } });
const west = zoneState({ name: 'west', zone: {}, zoneInsight: { subscriptions: [{ connectTime: LONG_AGO, disconnectTime: SINCE }], withdrawals } });

it('one sentence for each thing that is wrong now, or was a moment ago', () => {
  const strangers = [{ name: 'north', incidents: [{ kind: 'refused', reason: 'no token', time: SINCE, count: 1 }] }];
  expect(zoneTroubles({ side: 'global', zones: [east, west], strangers }, NOW)).toEqual([
    'Zone west has been away for 10s: what is shown of its proxies is as it was then.',
    'Zone east has not used zone west for 10s: it gives no sign of life, and no entrance of it answers.',
    'Zone east has refused MeshTimeout slow.default for 10s: no room',
    'Of what zone east made, MeshTimeout (all of them) has been refused by the global control plane for 10s: no room',
    'The sync with zone east had stopped moving 10s ago, and was started anew: Mesh has not come',
    'A control plane that calls itself zone north was refused 10s ago: no token',
  ]);
});

it('in a zone, why its global control plane is not reached; where there is none, nothing', () => {
  const own = zoneState({ name: 'east', zone: {}, zoneInsight: { subscriptions: [], incidents: [{ kind: 'failed', reason: 'UNAVAILABLE: no route', since: SINCE, time: SINCE, count: 1 }] } });
  expect(zoneTroubles({ side: 'zone', zones: [own], strangers: [] }, NOW)).toEqual(['This zone, east, does not reach its global control plane: UNAVAILABLE: no route']);
  expect(zoneTroubles({ side: undefined, zones: [own], strangers: [] }, NOW)).toEqual([]);
});
