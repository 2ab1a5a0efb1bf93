import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { statusOf } from '@weft/api-contract';
import { ERROR_CODES, type ErrorCode } from '@weft/kernel';
import { expect, it } from 'vitest';
import { STATUS_BY_CODE } from './status-codes.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

it('docs/errors.md names every code with its meaning and statuses', () => {
  const rows = (Object.entries(ERROR_CODES) as [ErrorCode, string][]).map(([code, meaning]) => `| \`${code}\` | ${meaning} | ${statusOf(code)} | ${status[STATUS_BY_CODE[code]]} |`);
  expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});
