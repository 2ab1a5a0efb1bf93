import { parseDuration, type Violation } from '@weft/kernel';

/** A duration above zero, where given. */
export function positiveDuration(path: string, text: string | undefined): readonly Violation[] {
  return millisOf(text) <= 0 ? [{ path, message: 'must be greater than zero when defined' }] : [];
}

/** A duration of zero or more, where given. */
export function nonNegativeDuration(path: string, text: string | undefined): readonly Violation[] {
  return millisOf(text) < 0 ? [{ path, message: 'must not be negative when defined' }] : [];
}

/** A number above zero, where given. */
export function greaterThanZero(path: string, value: number | undefined): readonly Violation[] {
  return value !== undefined && value <= 0 ? [{ path, message: 'must be greater than 0' }] : [];
}

/** A whole number of 0 to 100, where given. */
export function wholePercentage(path: string, value: number | undefined): readonly Violation[] {
  return value !== undefined && (value < 0 || value > 100) ? [{ path, message: 'must be in inclusive range [0, 100]' }] : [];
}

/** A number of 0 to 100, or text that holds one, where given. */
export function decimalPercentage(path: string, value: number | string | undefined): readonly Violation[] {
  if (value === undefined) return [];
  const number = decimalOf(value);
  if (number === undefined) return [{ path, message: 'string must be a valid number' }];
  return number < 0 || number > 100 ? [{ path, message: 'must be in inclusive range [0.0, 100.0]' }] : [];
}

/** A number, or text that holds a decimal number; undefined for other text. */
export function decimalOf(value: number | string): number | undefined {
  if (typeof value === 'number') return value;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : undefined;
}

// Text that is no duration was refused by the schema; absent counts as fine.
function millisOf(text: string | undefined): number {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed?.ok === true ? parsed.value : Infinity;
}
