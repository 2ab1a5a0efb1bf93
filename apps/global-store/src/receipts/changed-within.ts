import type { Clock } from '@weft/kernel';

/** Calls back after each change; gives the way to stop. */
export type Changes = (listener: () => void) => () => void;

/**
 * Waits until `read` gives something, looking again after each change only. Undefined when the time is over.
 * At most `waitMs` pass; with 0 it looks once.
 */
export async function changedWithin<T>(read: () => T | undefined, { changes, clock, waitMs }: { readonly changes: Changes; readonly clock: Clock; readonly waitMs: number }): Promise<T | undefined> {
  const now = read();
  if (now !== undefined || waitMs <= 0) return now;
  return new Promise((resolve) => {
    const end = (value: T | undefined): void => {
      cancel();
      stop();
      resolve(value);
    };
    const cancel = clock.after(waitMs, () => end(read()));
    const stop = changes(() => {
      const value = read();
      if (value !== undefined) end(value);
    });
  });
}
