import type { TSchema } from '@sinclair/typebox';
import type { Violation } from '@weft/kernel';
import type { Resource } from './resource.ts';

/** Where a type may be written when zones are federated. */
export type Origin = 'global' | 'zone' | 'both' | 'none';

/** What the feed carries of a type: all of it, an envelope only (secrets), or nothing. */
export type FeedVisibility = 'full' | 'envelope' | 'none';

/** One column of `weftctl get`. `value` takes the REST document. */
export interface Column {
  readonly header: string;
  readonly value: (document: Readonly<Record<string, unknown>>) => string;
}

/** Facts about a targetRef policy that API and CLI show. */
export interface PolicyTraits {
  /** Position in the execution order (reference policy-matching §13). */
  readonly order: number;
  readonly hasTo: boolean;
  readonly hasFrom: boolean;
  readonly hasRules: boolean;
  /** `from` is read as `rules` (reference policy-matching §1). */
  readonly fromAsRules: boolean;
  /** `spec.default` only. */
  readonly singleItem: boolean;
}

/** What a semantic validator may look at beside the resource itself. */
export interface ValidationContext {
  /** The stored resource that this one replaces, if any. */
  readonly previous?: Resource;
}

/**
 * All that is known of one resource type, in one value. The schema gives the TypeScript type (`Static<typeof schema>`),
 * structural validation, defaults (`default` annotations), sensitive fields (`sensitive: true` annotations) and OpenAPI.
 */
export interface ResourceType<Spec = unknown> {
  readonly name: string;
  readonly scope: 'Global' | 'Mesh';
  /** REST collection path. */
  readonly plural: string;
  /** Further REST paths that mean the same. */
  readonly aliases?: readonly string[];
  /** Name in `weftctl get <arg>`; absent where the CLI does not offer the type. */
  readonly cliName?: string;
  /** Further singular forms on the command line. */
  readonly cliAliases?: readonly string[];
  /** Short name in KRIs; absent where the type has no KRI. */
  readonly shortName?: string;
  readonly singularDisplayName: string;
  readonly pluralDisplayName: string;
  /** `inline`: the spec stands at the top level of the REST document. `spec`: under `spec`, with `status` beside it. */
  readonly form: 'inline' | 'spec';
  /** Schema of the spec (TypeBox). */
  readonly schema: TSchema;
  /** True where users cannot write the type at all. */
  readonly readOnly?: boolean;
  /** True where only administrators may read or write it. */
  readonly adminOnly?: boolean;
  /** True where the type is Weft's own and no REST path leads to it. */
  readonly internal?: boolean;
  readonly origin: Origin;
  readonly feed: FeedVisibility;
  readonly policy?: PolicyTraits;
  /** True where resources are checked and stored but change nothing yet; each write answers with a warning that says so. */
  readonly inert?: boolean;
  /** True where a field that the schema lacks is refused instead of dropped: a mistyped condition must not widen a permission. */
  readonly strict?: boolean;
  /** True where Kuma does not know the type: over KDS it goes only to peers that do. */
  readonly weftOnly?: boolean;
  readonly columns?: readonly Column[];
  /** True where the type is part of an export to a new global control plane (synced global to zones, and writable). */
  readonly federated?: boolean;
  // Methods, not properties: a ResourceType<MeshSpec> is then a ResourceType, as a registry needs.
  /** Semantic rules beyond the schema; every violation at once, in document order. Paths are relative to the REST document. */
  validate?(resource: Resource<Spec>, context: ValidationContext): readonly Violation[];
  /** Deprecations and other advice; never refuses. */
  warnings?(resource: Resource<Spec>): readonly string[];
}
