import { ERROR_CODES, MeshError, type ErrorCode } from '@weft/kernel';
import { describe, expect, it } from 'vitest';
import { problemOf, titled } from './problem.ts';

describe('error documents', () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s has a status and a title', (code) => {
    const problem = problemOf(new MeshError(code, 'what happened'));
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.title).not.toBe('');
    expect(problem.details).toBe(problem.detail);
  });

  it('repeats violations for old clients', () => {
    const error = new MeshError('resource/invalid', 'Resource is not valid', { violations: [{ path: 'name', message: 'is bad' }], details: { title: 'Could not process a resource' } });
    expect(problemOf(error)).toEqual({
      type: '/std-errors',
      status: 400,
      title: 'Could not process a resource',
      detail: 'Resource is not valid',
      invalid_parameters: [{ field: 'name', reason: 'is bad' }],
      details: 'Resource is not valid',
      causes: [{ field: 'name', message: 'is bad' }],
    });
  });

  it('keeps what a bug says to itself', () => {
    expect(JSON.stringify(problemOf(new MeshError('internal/bug', 'the password is x')))).not.toContain('password');
  });

  it('takes the title of the innermost operation', async () => {
    const failing = titled('outer', () => titled('inner', async () => {
      throw new MeshError('store/not-found', 'gone');
    }));
    const error: unknown = await failing.catch((caught: unknown) => caught);
    expect(problemOf(MeshError.from(error)).title).toBe('inner');
  });
});
