import type { Logger } from './app.ts';

/** One thing to stop, by the name that the log shows. */
export interface Stoppable {
  readonly name: string;
  close(): Promise<void>;
}

/** Settings of {@link closeInReverse}. */
export interface CloseOptions {
  readonly log: Logger;
  /** One part may take this long; then the next is closed anyway. Default 10,000. */
  readonly eachMs?: number;
}

/** Closes parts in the reverse of the order they were started in, one after another. A part that fails or hangs is logged and holds up nothing else; true if all closed. */
export async function closeInReverse(parts: readonly Stoppable[], options: CloseOptions): Promise<boolean> {
  let clean = true;
  for (const part of [...parts].reverse()) {
    try {
      await within(part.close(), options.eachMs ?? 10_000, part.name);
    } catch (err) {
      clean = false;
      options.log.error({ err, part: part.name }, 'did not stop cleanly');
    }
  }
  return clean;
}

/** Where signals come from and how the process ends; `process` in production. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Waits for SIGINT or SIGTERM. The promise resolves at the first; a second one ends the process at once with code 1.
 * Signals are watched until {@link SignalWatch.stop}.
 */
export interface SignalWatch {
  readonly first: Promise<'SIGINT' | 'SIGTERM'>;
  stop(): void;
}

/** Starts watching for signals. */
export function watchSignals(source: SignalSource = process): SignalWatch {
  let resolveFirst: (signal: 'SIGINT' | 'SIGTERM') => void = () => undefined;
  const first = new Promise<'SIGINT' | 'SIGTERM'>((resolve) => (resolveFirst = resolve));
  let count = 0;
  const listener = (signal: 'SIGINT' | 'SIGTERM') => (): void => {
    count += 1;
    if (count === 1) resolveFirst(signal);
    else source.exit(1);
  };
  const onInt = listener('SIGINT');
  const onTerm = listener('SIGTERM');
  source.on('SIGINT', onInt);
  source.on('SIGTERM', onTerm);
  return {
    first,
    stop: () => {
      source.off('SIGINT', onInt);
      source.off('SIGTERM', onTerm);
    },
  };
}

function within(work: Promise<void>, ms: number, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not stop within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
