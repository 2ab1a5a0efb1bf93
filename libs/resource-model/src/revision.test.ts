import { expect, it } from 'vitest';
import { formatRevision, hasReached, parseRevision } from './revision.ts';

it('writes revisions as text and reads them back', () => {
  for (const revision of [{ epoch: 'a1', n: 0 }, { epoch: '2026.x-1', n: 12_345 }]) expect(parseRevision(formatRevision(revision))).toEqual(revision);
  for (const text of ['', 'a', 'a.', '.', 'a.-1', 'a.x', '.7.x']) expect(parseRevision(text)).toBeUndefined();
});

it('compares positions within an epoch, and takes another epoch as a fresh start', () => {
  expect(hasReached({ epoch: 'a', n: 5 }, { epoch: 'a', n: 5 })).toBe(true);
  expect(hasReached({ epoch: 'a', n: 4 }, { epoch: 'a', n: 5 })).toBe(false);
  expect(hasReached({ epoch: 'b', n: 1 }, { epoch: 'a', n: 5 })).toBe(true);
});
