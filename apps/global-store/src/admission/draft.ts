import type { Violation } from '@weft/kernel';
import type { ControlPlaneSite, Resource, ResourceType } from '@weft/resource-model';

/** What the store knew when admission began: all that the steps may look at. */
export interface Facts {
  readonly previous: Resource | undefined;
  /** The Mesh that owns the resource; undefined where it does not exist or the type is global. */
  readonly mesh: Resource | undefined;
  /** What the Secrets hold that a Mesh's provided CAs are read from, by name; those that exist. */
  readonly caSecrets: ReadonlyMap<string, string>;
  readonly site: Site;
  /** The control plane's own write: labels and name are as they shall be, also those of another zone's resource. */
  readonly bare?: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Which control plane this is, as far as admission cares. */
export interface Site extends ControlPlaneSite {
  /** True where the API takes no writes. */
  readonly readOnly: boolean;
}

/** A write on its way through admission. Each step gives a new one. */
export interface Draft {
  readonly type: ResourceType;
  /** As it will be stored; version and times are set at the end. */
  readonly resource: Resource;
  readonly warnings: readonly string[];
  /** Clear bytes that go to secret storage instead of the resource. */
  readonly clearSecret?: Uint8Array;
}

/** What a step of admission does: it gives the draft on, changed or not, or the violations against it. */
export interface Step {
  /** Named in errors' details and in tests. */
  readonly name: string;
  /** `process`: what the document alone tells; `store`: what only the stored state tells. Decides the error's title. */
  readonly stage: 'process' | 'store';
  readonly run: (draft: Draft, facts: Facts) => Draft | readonly Violation[];
}

/** A draft of what somebody wrote. */
export function newDraft({ type, mesh, name, ...content }: { readonly type: ResourceType; readonly mesh: string; readonly name: string; readonly labels: Resource['labels']; readonly spec: unknown; readonly status?: unknown }): Draft {
  return { type, resource: { type: type.name, mesh, name, creationTime: '', modificationTime: '', version: 0, ...content }, warnings: [] };
}

/** A draft with another resource. */
export function withResource(draft: Draft, changes: Partial<Resource>): Draft {
  return { ...draft, resource: { ...draft.resource, ...changes } };
}
