import { problemDocument } from '@weft/api-contract';
import { MeshError } from '@weft/kernel';
import { describe, expect, it } from 'vitest';
import { titled } from './problem.ts';

describe('titles of errors', () => {
  it('takes the title of the innermost operation', async () => {
    const failing = titled('outer', () => titled('inner', async () => {
      throw new MeshError('store/not-found', 'gone');
    }));
    const error: unknown = await failing.catch((caught: unknown) => caught);
    expect(problemDocument(MeshError.from(error)).title).toBe('inner');
  });
});
