import { expect, it } from 'vitest';
import { zoneState, type ZoneState } from '../zones/zone-state.ts';
import { zoneOutcome, type ZoneOutcome } from './zone-outcome.ts';

const WRITTEN = [{ type: 'MeshTimeout', name: 'slow' }];
const T0 = '2026-01-01T00:00:00Z';

function zone(sent: number, acknowledged: number, more: object = {}): ZoneState {
  const status = { stat: { MeshTimeout: { responsesSent: String(sent), responsesAcknowledged: String(acknowledged) } } };
  return zoneState({ name: 'east', zone: {}, zoneInsight: { subscriptions: [{ connectTime: T0, status, ...more }] } });
}

const nack = (type: string, resources: readonly string[]): object => ({ nacks: [{ type, time: T0, message: 'no such field', resources }] });

it.each<readonly [what: string, result: ZoneOutcome['result'], now: ZoneState, isSettled: boolean]>([
  ['sent and answered', 'ACKED', zone(3, 3), false],
  ['sent', 'PENDING', zone(3, 2), true],
  ['nothing sent yet', 'PENDING', zone(2, 2), false],
  ['nothing to send', 'UNCHANGED', zone(2, 2), true],
  ['refused', 'NACKED', zone(3, 2, nack('MeshTimeout', ['slow-bb5z98z6c2bb9x7d.default'])), false],
  ['something else is refused', 'ACKED', zone(3, 3, nack('MeshTimeout', ['other.default'])), false],
  ['gone', 'OFFLINE', zone(3, 3, { disconnectTime: T0 }), false],
  ['another connection counts anew', 'ACKED', zone(1, 1, { connectTime: '2026-01-01T00:00:01Z' }), false],
])('%s: %s', (_, result, now, isSettled) => {
  expect(zoneOutcome(WRITTEN, { before: zone(2, 2), now, isSettled }).result).toBe(result);
});

it('does not wait for an answer that an earlier response never got', () => {
  expect(zoneOutcome(WRITTEN, { before: zone(2, 1), now: zone(3, 2), isSettled: false }).result).toBe('ACKED');
});
