import { canonicalJson, equalData, sha256Hex, sortedBy } from '@weft/kernel';
import type { Assignment } from './assignment.ts';

/** What one client is given. */
export interface AssignmentSnapshot {
  /** Names the content: equal on every replica, and after a restart. */
  readonly version: string;
  /** By name. */
  readonly assignments: readonly Assignment[];
}

/** The assignments of clients with one id. What is asked for is made once per change. */
export class Audience {
  readonly #assignments = new Map<string, Assignment>();
  #snapshot: AssignmentSnapshot | undefined;

  get size(): number {
    return this.#assignments.size;
  }

  /** True where it is another one than before. */
  set(name: string, assignment: Assignment | undefined): boolean {
    if (equalData(this.#assignments.get(name), assignment)) return false;
    if (assignment === undefined) this.#assignments.delete(name);
    else this.#assignments.set(name, assignment);
    this.#snapshot = undefined;
    return true;
  }

  get snapshot(): AssignmentSnapshot {
    return (this.#snapshot ??= snapshotOf(this.#assignments.values()));
  }
}

function snapshotOf(found: Iterable<Assignment>): AssignmentSnapshot {
  const assignments = sortedBy(found, ({ name }) => name);
  // 128 bits tell contents apart, and stay readable in a log.
  return { version: sha256Hex(canonicalJson(assignments)).slice(0, 32), assignments };
}
