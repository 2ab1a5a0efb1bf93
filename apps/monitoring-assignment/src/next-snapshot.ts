import type { AssignmentSnapshot } from '@weft/mads-core';
import type { Cancel, Clock } from '@weft/kernel';
import type { AssignmentBoard } from './assignment-board.ts';

/** Why there is no snapshot: nothing new came in time; not everything was read yet; too many wait already. */
export type NoSnapshot = 'unchanged' | 'not-ready' | 'busy';

/** A client that may wait. */
export interface Fetch {
  readonly client: string;
  /** The version that it has; empty for none. */
  readonly version: string;
  /** How long to wait for another one; 0 or less answers at once. */
  readonly timeoutMs: number;
  /** Raised when the client goes. */
  readonly gone: AbortSignal;
}

/** What the client does not have yet: at once, or when a change brings it. Never rejects. */
export async function nextSnapshot(board: AssignmentBoard, clock: Clock, { client, version, timeoutMs, gone }: Fetch): Promise<AssignmentSnapshot | NoSnapshot> {
  const look = (): AssignmentSnapshot | undefined => {
    const found = board.snapshotFor(client);
    return found?.version === version ? undefined : found;
  };
  const reason = (): NoSnapshot => (board.snapshotFor(client) === undefined ? 'not-ready' : 'unchanged');
  const now = look();
  if (now !== undefined) return now;
  if (timeoutMs <= 0 || gone.aborted) return reason();
  return new Promise((resolve) => {
    const ends: (Cancel | undefined)[] = [];
    const end = (result: AssignmentSnapshot | NoSnapshot): void => {
      for (const cancel of ends) cancel?.();
      gone.removeEventListener('abort', leave);
      resolve(result);
    };
    const leave = (): void => end(reason());
    const watching = board.watch(() => {
      const found = look();
      if (found !== undefined) end(found);
    });
    if (watching === undefined) return resolve('busy');
    ends.push(watching, clock.after(timeoutMs, leave));
    gone.addEventListener('abort', leave);
  });
}
