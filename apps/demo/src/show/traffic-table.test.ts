import { describe, expect, it } from 'vitest';
import { renderTable } from './render-table.ts';
import { quantile, TrafficTable } from './traffic-table.ts';

const calls = (ok: number, failed: number, latencies: readonly number[]) =>
  [{ target: 'catalogue' as const, ok, failed, latencies, lastFailure: failed > 0 ? '503' : undefined, sawClient: 'spiffe://shop/web', answeredBy: { 'catalogue-1': ok / 2, 'catalogue-3': ok / 2 } }];
const row = (table: TrafficTable, now: number) => table.rows(now).find((one) => one.from === 'web' && one.to === 'catalogue');

describe('TrafficTable', () => {
  it('shows the last five seconds and totals everything', () => {
    const table = new TrafficTable();
    table.add('web', calls(10, 0, [1, 2]), 0);
    table.add('web', calls(4, 1, [5, 3, 4]), 4000);
    expect(row(table, 4000)).toMatchObject({ rate: 3, success: 14 / 15, p50: 3, p99: 5, lastFailure: '503' });
    expect(row(table, 6000)).toMatchObject({ rate: 1, success: 0.8, p50: 4 });
    expect(row(table, 10_000)).toMatchObject({ rate: 0, success: undefined, p50: undefined });
    expect(table.total('web', 'catalogue')).toMatchObject({ ok: 14, failed: 1 });
  });

  it('lists every pair, also before anything was called', () => {
    expect(new TrafficTable().rows(0).map((one) => `${one.from} ${one.to}`)).toContain('reviews stock');
  });
});

describe('quantile', () => {
  it('takes the nearest rank', () => {
    expect(quantile([], 0.5)).toBeUndefined();
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
  });
});

describe('renderTable', () => {
  it('says what is encrypted, and that a refusal of a forbidden pair is right', () => {
    const table = new TrafficTable();
    table.add('web', calls(10, 0, [1, 2]), 0);
    table.add('reviews', [{ target: 'stock', ok: 0, failed: 5, latencies: [], lastFailure: 'connection closed', sawClient: undefined, answeredBy: {} }], 0);
    const lines = renderTable(table.rows(0), new Map([['web catalogue', 3]]));
    const line = (pair: string): string => lines.find((one) => one.includes(pair)) ?? '';
    expect(line('web → catalogue')).toMatch(/2\.0 +100\.0 % +1\.0 +2\.0 +east 50 %, west 50 % +yes: spiffe:\/\/shop\/web/);
    expect(line('reviews → stock')).toContain('refused, as it should be (connection closed)');
    expect(new Set(lines.slice(0, 2).map((one) => one.length)).size).toBeGreaterThan(0);
  });
});
