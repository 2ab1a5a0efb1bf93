import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('durations', () => {
  it.each([['0', 0], ['0s', 0], ['10s', 10_000], ['1h30m', 5_400_000], ['250ms', 250], ['1.5s', 1500], ['-2m', -120_000], ['100us', 0.1], ['.5s', 500]])('parses %s', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: ms });
  });

  it.each(['', 's', '10', '10 s', '1h2', 'abc', '-', '1d'])('refuses %j with advice', (text) => {
    const parsed = parseDuration(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error).toContain('write a number and a unit');
  });

  it.each([[0, '0s'], [3_600_000, '1h0m0s'], [90_000, '1m30s'], [1500, '1.5s'], [25, '25ms'], [0.1, '100µs']])('formats %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('reads back what it formats', () => {
    fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms });
    }));
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      expect(typeof parseDuration(text).ok).toBe('boolean');
    }));
  });
});
