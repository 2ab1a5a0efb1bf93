import type { BackendRef, TargetRef } from '@weft/policy-model';
import { keyOf, type PolicyTraits, type Resource, type ResourceKey, type ResourceType } from '@weft/resource-model';
import type { LegacyRank } from './legacy/legacy-rank.ts';
import { displayName, namespaceOf, zoneOf } from './labels.ts';
import { kriOf } from './kri.ts';

/** Whose policy it is, lowest rank first (Kubernetes; `system` elsewhere). */
export const ROLES = ['system', 'producer', 'consumer', 'workload-owner'] as const;
/** Where a policy was made, lowest rank first. */
export const ORIGINS = ['global', 'unknown', 'zone'] as const;

/** One entry of `to` or `from`. `conf` is its `default`, or for MeshHTTPRoute the entry without its targetRef. */
export interface PolicyEntry {
  readonly targetRef: TargetRef;
  readonly conf: unknown;
  readonly index: number;
  /** Of a policy of the first generation: its precedence among those. */
  readonly legacy?: LegacyRank;
}

/** One entry of `rules`. */
export interface PolicyRule {
  readonly matches: readonly Readonly<Record<string, unknown>>[] | undefined;
  readonly conf: unknown;
  readonly index: number;
}

/** A targetRef policy read once: all that matching looks at, with defaults filled in. */
export interface Policy {
  /** Equal for equal content: identity, version and time of creation. */
  readonly uid: string;
  readonly key: ResourceKey;
  readonly type: string;
  readonly mesh: string;
  readonly displayName: string;
  readonly kri: string;
  readonly zone: string;
  readonly namespace: string;
  readonly role: (typeof ROLES)[number];
  readonly origin: (typeof ORIGINS)[number];
  /** Not in force: only looked at by previews. */
  readonly shadow: boolean;
  readonly traits: PolicyTraits;
  readonly targetRef: TargetRef;
  readonly to: readonly PolicyEntry[];
  readonly from: readonly PolicyEntry[];
  readonly rules: readonly PolicyRule[];
  /** `spec.default` of single-item policies. */
  readonly conf: unknown;
  /** Translated from a policy of the first generation. */
  readonly legacy?: true;
}

interface PolicySpec {
  readonly targetRef?: TargetRef;
  readonly to?: readonly ({ readonly targetRef?: TargetRef; readonly default?: unknown } & Readonly<Record<string, unknown>>)[];
  readonly from?: readonly { readonly targetRef?: TargetRef; readonly default?: unknown }[];
  readonly rules?: readonly { readonly matches?: readonly Readonly<Record<string, unknown>>[]; readonly default?: unknown }[];
  readonly default?: unknown;
}

/** Reads a stored policy; undefined where the type is no targetRef policy. */
export function readPolicy(resource: Resource, type: ResourceType): Policy | undefined {
  if (type.policy === undefined || type.form === 'inline') return undefined;
  const spec = (resource.spec ?? {}) as PolicySpec;
  return {
    uid: `${resource.type}/${resource.mesh}/${resource.name}@${resource.version}#${resource.creationTime}`,
    key: keyOf(resource),
    type: resource.type,
    mesh: resource.mesh,
    displayName: displayName(resource),
    kri: kriOf(resource, type.shortName ?? ''),
    zone: zoneOf(resource),
    namespace: namespaceOf(resource),
    role: oneOf(ROLES, resource.labels['kuma.io/policy-role']) ?? 'system',
    origin: oneOf(ORIGINS, resource.labels['kuma.io/origin']) ?? 'unknown',
    shadow: resource.labels['kuma.io/effect'] === 'shadow',
    traits: type.policy,
    targetRef: spec.targetRef ?? { kind: 'Mesh' },
    to: (spec.to ?? []).map(readEntry),
    from: (spec.from ?? []).map(readEntry),
    rules: (spec.rules ?? []).map((rule, index) => ({ matches: rule.matches, conf: rule.default ?? {}, index })),
    conf: spec.default,
  };
}

/** A route's entry has no `default`: everything beside its targetRef is the conf. */
function readEntry(entry: { readonly targetRef?: TargetRef; readonly default?: unknown }, index: number): PolicyEntry {
  const { targetRef = { kind: 'Mesh' }, default: conf, ...rest } = entry;
  return { targetRef, conf: conf ?? rest, index };
}

function oneOf<T extends string>(values: readonly T[], value: string | undefined): T | undefined {
  return values.find((known) => known === value);
}

/** Whether the policy refers to resources by their labels, so that its meaning depends on which resources exist. */
export function refersByLabels(policy: Policy): boolean {
  return policy.to.some(({ targetRef, conf }) => targetRef.labels !== undefined || backendRefsOf(conf).some(({ labels }) => labels !== undefined));
}

/** The backendRefs of a route's conf, in order; empty for confs of other types. */
export function backendRefsOf(conf: unknown): readonly BackendRef[] {
  const rules = (conf as { readonly rules?: unknown } | null)?.rules;
  if (!Array.isArray(rules)) return [];
  return (rules as readonly { readonly default?: { readonly backendRefs?: readonly BackendRef[] } }[]).flatMap((rule) => rule.default?.backendRefs ?? []);
}
