import { expect, it } from 'vitest';
import { takeReceipts, withReceipts } from './carried-receipts.ts';

const SINCE = '2026-01-01T00:00:00Z';

it('carries where a proxy stands within its metadata, and takes it out again', () => {
  const spec = { metadata: { version: '1' }, subscriptions: [] };
  const receipts = { lds: { state: 'NACK', since: SINCE, message: 'cannot bind' }, cds: { state: 'SYNCED', since: SINCE } } as const;
  expect(takeReceipts(withReceipts(spec, receipts))).toEqual({ spec, receipts });
  expect(withReceipts(spec, {})).toBe(spec);
});

it('takes no word of what it does not know', () => {
  expect(takeReceipts({ metadata: { 'weft.xds': { lds: { state: 'FINE', since: SINCE }, cds: { state: 'STALE' }, more: { state: 'NACK', since: SINCE } } } }).receipts).toEqual({});
  expect(takeReceipts({ metadata: { 'weft.xds': 'no' } })).toEqual({ spec: { metadata: {} }, receipts: {} });
});

it('knows of a stock zone whether answers are awaited', () => {
  const status = { lastUpdateTime: SINCE, cds: { responsesSent: '3', responsesAcknowledged: '2', responsesRejected: '1' }, lds: { responsesSent: '2', responsesAcknowledged: '1' }, eds: {} };
  expect(takeReceipts({ subscriptions: [{ status }] }).receipts).toEqual({ cds: { state: 'SYNCED', since: SINCE }, lds: { state: 'STALE', since: SINCE } });
});
