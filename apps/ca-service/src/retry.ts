import { MeshError, type Clock, type ErrorCode } from '@weft/kernel';

/** Failures that pass by themselves: another replica was first, the store or the bus is away. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['store/conflict', 'store/fenced', 'store/unavailable', 'bus/unavailable', 'bus/deadline']);

/** Settings of {@link untilDone}. */
export interface RetryOptions {
  readonly clock: Clock;
  /** Called once per failure that passes. */
  readonly onRetry: (error: MeshError, attempt: number) => void;
  readonly isClosed: () => boolean;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2000;

/** Runs `step` until it gives something, waiting longer each time, up to 2 s; undefined means "not yet". Failures that do not pass are thrown. */
export async function untilDone<T>(step: () => Promise<T | undefined>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const done = await step();
      if (done !== undefined) return done;
    } catch (caught) {
      const error = MeshError.from(caught);
      if (!PASSING.has(error.code)) throw error;
      options.onRetry(error, attempt);
    }
    if (options.isClosed()) throw new MeshError('bus/unavailable', 'the CA service is stopping');
    await new Promise<void>((resolve) => {
      options.clock.after(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)), resolve);
    });
  }
}
