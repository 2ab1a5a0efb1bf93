import type { Revision } from './change.ts';

/** A revision as text, `<epoch>.<n>`: as it stands in headers, queries and observed state. */
export function formatRevision({ epoch, n }: Revision): string {
  return `${epoch}.${n}`;
}

/** The inverse of {@link formatRevision}; undefined for any other text. */
export function parseRevision(text: string): Revision | undefined {
  const match = /^(.+)\.(\d{1,15})$/.exec(text);
  return match === null ? undefined : { epoch: match[1] ?? '', n: Number(match[2]) };
}

/** Whether a consumer that has come to `position` has taken `revision` in. Another epoch started from a snapshot, which holds everything. */
export function hasReached(position: Revision, revision: Revision): boolean {
  return position.epoch !== revision.epoch || position.n >= revision.n;
}
