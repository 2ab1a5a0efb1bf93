import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { Interner } from './intern.ts';
import { MeshError } from './mesh-error.ts';
import { HashedPrefix, sha256Hex } from './hash.ts';
import { groupBy, sortedBy } from './ordering.ts';
import { Sensitive } from './secret.ts';

describe('MeshError', () => {
  it('survives the trip as plain data', () => {
    const original = new MeshError('resource/invalid', 'no', { violations: [{ path: 'spec', message: 'must be defined' }], details: { mesh: 'default' } });
    const back = MeshError.fromJSON(JSON.parse(JSON.stringify(original)) as ReturnType<MeshError['toJSON']>);
    expect(back).toMatchObject({ code: 'resource/invalid', message: 'no', violations: original.violations, details: original.details });
  });

  it('normalises anything caught', () => {
    expect(MeshError.from('plain text', 'store/unavailable')).toMatchObject({ code: 'store/unavailable', message: 'plain text' });
    const inner = new MeshError('auth/denied', 'no');
    expect(MeshError.from(inner)).toBe(inner);
  });
});

describe('Sensitive', () => {
  it('shows itself nowhere but in reveal', () => {
    const secret = new Sensitive('hunter2');
    expect([JSON.stringify({ secret }), secret.toString(), inspect({ secret })].join(' ')).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('FakeClock', () => {
  it('fires timers in the order of their time, those set meanwhile too', () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    clock.after(20, () => fired.push(`b@${clock.now()}`));
    clock.after(10, () => {
      fired.push(`a@${clock.now()}`);
      clock.after(5, () => fired.push(`c@${clock.now()}`));
    });
    const cancel = clock.after(12, () => fired.push('never'));
    cancel();
    clock.advance(30);
    expect(fired).toEqual(['a@10', 'c@15', 'b@20']);
    expect(clock.pending).toBe(0);
  });
});

describe('Interner', () => {
  it('makes a value once and forgets what is not retained', () => {
    const interner = new Interner<object>();
    const first = interner.get('a', () => ({}));
    expect(interner.get('a', () => ({}))).toBe(first);
    interner.retain(new Set());
    expect(interner.get('a', () => ({}))).not.toBe(first);
  });
});

describe('ordering', () => {
  it('orders by code unit and groups in order of appearance', () => {
    expect(sortedBy(['b', 'B', 'a'], (text) => text)).toEqual(['B', 'a', 'b']);
    expect([...groupBy([3, 1, 2, 4], (n) => n % 2)]).toEqual([[1, [3, 1]], [0, [2, 4]]]);
  });
});

describe('HashedPrefix', () => {
  it('gives the hash of the whole for each end, however the beginning came', () => {
    const prefix = new HashedPrefix();
    for (const piece of ['', 'ab', 'ü', 'c'.repeat(100)]) prefix.append(piece);
    const beginning = `abü${'c'.repeat(100)}`;
    expect(['', 'x', 'y'].map((end) => prefix.hexWith(end))).toEqual(['', 'x', 'y'].map((end) => sha256Hex(beginning + end)));
  });
});
