import type { Violation } from '@weft/kernel';

/** A port is 1 to 65535; an absent one counts as 0. */
export function portViolations(path: string, port: number | undefined): readonly Violation[] {
  const value = port ?? 0;
  return value >= 1 && value <= 65535 ? [] : [{ path, message: 'port must be in the range [1, 65535]' }];
}
