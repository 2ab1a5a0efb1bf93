import { expect, it } from 'vitest';
import { proxySync, type TypeReceipt } from './proxy-sync.ts';
import { receiptsOf } from './receipts-of.ts';

const at = (n: number): { epoch: string; n: number } => ({ epoch: 'e', n });
const type = (state: TypeReceipt['state'], n: number, message?: string): TypeReceipt => ({ state, since: `2026-01-01T00:00:0${n % 10}Z`, revision: `e.${n}`, ...(message !== undefined && { message }) });
const proxy = (name: string, types: Record<string, TypeReceipt>, connected = true): ReturnType<typeof proxySync> => proxySync({ mesh: 'm', name }, connected, types);

it('names the proxies that something was sent to since, and what they said', () => {
  const proxies = [
    proxy('took', { cds: type('SYNCED', 7), lds: type('SYNCED', 3) }),
    proxy('refused', { lds: type('NACK', 7, 'bad address'), cds: type('SYNCED', 7) }),
    proxy('untouched', { lds: type('SYNCED', 6) }),
    proxy('gone', { lds: type('STALE', 7) }, false),
  ];
  expect(receiptsOf(at(7), { proxies, positions: [at(7), at(9)] })).toEqual({
    complete: true,
    connected: 3,
    proxies: [
      { mesh: 'm', name: 'took', result: 'ACKED', at: '2026-01-01T00:00:07Z', messages: [] },
      { mesh: 'm', name: 'refused', result: 'NACKED', at: '2026-01-01T00:00:07Z', messages: ['bad address'] },
    ],
  });
});

it('is not complete while a server has not come so far, an answer is awaited, or no server lives', () => {
  const quiet = [proxy('a', { lds: type('SYNCED', 1) })];
  expect(receiptsOf(at(2), { proxies: quiet, positions: [at(2), at(1)] }).complete).toBe(false);
  expect(receiptsOf(at(2), { proxies: quiet, positions: [at(2), undefined] }).complete).toBe(false);
  expect(receiptsOf(at(2), { proxies: quiet, positions: [] }).complete).toBe(false);
  // What it waits for was sent earlier, so that what follows from this write stands behind it.
  expect(receiptsOf(at(2), { proxies: [proxy('b', { lds: type('STALE', 1) })], positions: [at(2)] })).toMatchObject({ complete: false, proxies: [] });
  expect(receiptsOf(at(2), { proxies: [proxy('b', { lds: type('STALE', 2) })], positions: [at(2)] }).proxies[0]?.result).toBe('PENDING');
});

it('counts the worst of a proxy, and a proxy that nothing was sent to as not there yet', () => {
  expect(proxy('a', {}).state).toBe('STALE');
  expect(proxy('a', { cds: type('SYNCED', 1), eds: type('STALE', 1), lds: type('NACK', 1) }).state).toBe('NACK');
  expect(proxy('a', { cds: type('SYNCED', 1) }, false).state).toBe('OFFLINE');
});
