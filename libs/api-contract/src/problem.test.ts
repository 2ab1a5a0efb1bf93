import { readFileSync } from 'node:fs';
import { ERROR_CODES, MeshError, type ErrorCode } from '@weft/kernel';
import { describe, expect, it } from 'vitest';
import { encodeJson } from './encode-json.ts';
import { problemDocument, statusOf, type Problem } from './problem.ts';

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-problems.json', import.meta.url), 'utf8')) as { code: ErrorCode; document: Problem }[];

describe('problem documents', () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s has a status and a title', (code) => {
    expect(statusOf(code)).toBeGreaterThanOrEqual(400);
    expect(problemDocument(new MeshError(code, 'x'))).toMatchObject({ type: '/std-errors', status: statusOf(code), title: expect.stringMatching(/./) as string });
  });

  it.each(recorded.map(({ code, document }) => [`${document.status} ${document.title}: ${document.detail ?? ''}`, code, document] as const))('writes %s as Kuma did', (_, code, document) => {
    const violations = (document.invalid_parameters ?? []).map(({ field, reason }) => ({ path: field, message: reason }));
    const error = new MeshError(code, document.detail ?? '', { violations, details: { title: document.title } });
    expect(encodeJson(problemDocument(error))).toBe(encodeJson(document));
  });

  it('keeps what a bug says to itself', () => {
    expect(encodeJson(problemDocument(new MeshError('internal/bug', 'undefined is not a function')))).not.toContain('undefined');
  });
});

describe('encodeJson', () => {
  it('indents by one space, ends in a newline, leaves HTML alone', () => {
    expect(encodeJson({ a: ['<b>&'] })).toBe('{\n "a": [\n  "<b>&"\n ]\n}\n');
  });
});
