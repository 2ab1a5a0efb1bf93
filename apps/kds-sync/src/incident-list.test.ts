import { expect, it } from 'vitest';
import { IncidentList } from './incident-list.ts';

it('the same again is counted and comes last; of different ones the newest are kept', () => {
  const list = new IncidentList();
  list.note({ kind: 'refused', reason: 'no token' }, '1');
  list.note({ kind: 'stalled', reason: 'no token' }, '2');
  list.note({ kind: 'refused', reason: 'no token' }, '3');
  expect(list.toSpec()).toEqual([{ kind: 'stalled', reason: 'no token', since: '2', time: '2', count: 1 }, { kind: 'refused', reason: 'no token', since: '1', time: '3', count: 2 }]);
  for (let at = 0; at < 20; at++) list.note({ kind: 'failed', reason: String(at) }, '4');
  expect(list.toSpec().map(({ reason }) => reason)).toEqual(['10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
});
