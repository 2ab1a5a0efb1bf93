import type { LegacyRank } from './legacy/legacy-rank.ts';
import type { ResourceKey } from '@weft/resource-model';

/** The policy that a rule came from, and the index of the entry in its `to`, `from` or `rules`. */
export interface Origin {
  readonly resource: ResourceKey;
  readonly kri: string;
  readonly ruleIndex: number;
}

/** One inbound rule, not merged with others. */
export interface InboundRule {
  readonly match: Readonly<Record<string, unknown>> | undefined;
  readonly conf: unknown;
  readonly origin: Origin;
}

/** A tag of a subset; `not` means: another value, or absent. */
export interface SubsetTag {
  readonly key: string;
  readonly value: string;
  readonly not: boolean;
}

/** One rule of the tag-subset engine: who it is about, and the merged conf. First containing rule wins. */
export interface SubsetRule {
  readonly subset: readonly SubsetTag[];
  readonly conf: unknown;
  readonly origins: readonly Origin[];
}

/** Merged conf of one key (a resource, a port of it, or the mesh). */
export interface ResourceRule {
  /** One element; more only where confs are split by host name. */
  readonly conf: readonly unknown[];
  readonly origins: readonly Origin[];
}

/** A conf with where it came from: the input of merges, in ascending precedence. */
export interface Contribution {
  readonly conf: unknown;
  readonly origin: Origin;
  /** From the first generation: its precedence there. */
  readonly legacy?: LegacyRank;
  /** It is about everything in the mesh, for every proxy. */
  readonly blanket?: boolean;
}
