import type { Violation } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';

/** What the store knew when admission began: all that the steps may look at. */
export interface Facts {
  readonly previous: Resource | undefined;
  /** The Mesh that owns the resource (or is it); undefined where it does not exist or the type is global. */
  readonly mesh: Resource | undefined;
  readonly site: Site;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Which control plane this is, as far as admission cares. */
export interface Site {
  readonly mode: 'zone' | 'global';
  readonly federated: boolean;
  readonly zone: string;
  readonly environment: string;
  readonly readOnly: boolean;
}

/** A write on its way through admission. Each step gives a new one. */
export interface Draft {
  readonly type: ResourceType;
  readonly mesh: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: unknown;
  readonly status?: unknown;
  readonly warnings: readonly string[];
  /** Clear bytes that go to secret storage instead of the resource. */
  readonly clearSecret?: Uint8Array;
}

/** What a step of admission does: it gives the draft on, changed or not, or the violations against it. */
export interface Step {
  /** Named in logs and tests. */
  readonly name: string;
  /** `process`: what the document alone tells; `store`: what only the stored state tells. Decides the error's title. */
  readonly stage: 'process' | 'store';
  readonly run: (draft: Draft, facts: Facts) => Draft | readonly Violation[];
}
