import type { Violation } from '@weft/kernel';
import { decimalOf } from './values.ts';

/** A percentage as number or decimal text, as the tracing policies check it. */
export function samplingViolations(path: string, value: number | string | undefined): readonly Violation[] {
  if (value === undefined) return [];
  const number = decimalOf(value);
  if (number === undefined) return [{ path, message: 'string is not a number' }];
  return number < 0 || number > 100 ? [{ path, message: 'must be between 0 and 100' }] : [];
}
