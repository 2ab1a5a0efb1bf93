import { expect, it } from 'vitest';
import { regexViolations } from './regex.ts';

it.each(['/v[0-9]+/.*', '(?i)a|b', '\\pL{1,3}', ''])('takes %j', (expression) => expect(regexViolations('p', expression)).toEqual([]));

it.each([
  ['a(b', 'missing closing ): `a(b`'],
  ['(?=x)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['a**', 'invalid nested repetition operator: `**`'],
  ['x{1,1001}', 'invalid repeat count: `{1,1001}`'],
])('refuses %j and says why', (expression, reason) => expect(regexViolations('p', expression)).toEqual([{ path: 'p', message: `is no regular expression of RE2: ${reason}` }]));
