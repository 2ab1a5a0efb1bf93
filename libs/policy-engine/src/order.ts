import { compareText } from '@weft/kernel';
import type { TargetRef, TargetRefKind } from '@weft/policy-model';
import { ORIGINS, ROLES, type Policy } from './policy.ts';

/** Higher wins. Quirk of Kuma 2.14: Dataplane ranks below MeshSubset and MeshService. */
const KIND_RANK: Readonly<Record<TargetRefKind, number>> = {
  Mesh: 1, Dataplane: 2, MeshSubset: 3, MeshGateway: 4, MeshService: 5, MeshExternalService: 6, MeshMultiZoneService: 7, MeshServiceSubset: 8, MeshHTTPRoute: 9,
};

type Comparison<T> = (a: T, b: T) => number;

const byKind: Comparison<TargetRef> = (a, b) => KIND_RANK[a.kind] - KIND_RANK[b.kind];
/** A Dataplane by name beats one by labels; then one inbound beats all. */
const byDataplane: Comparison<TargetRef> = (a, b) => (a.kind !== 'Dataplane' || b.kind !== 'Dataplane' ? 0 : flag(a.name) - flag(b.name) || flag(a.sectionName) - flag(b.sectionName));
const byGeneration: Comparison<Policy> = (a, b) => Number(b.legacy === true) - Number(a.legacy === true);
const byOrigin: Comparison<Policy> = (a, b) => ORIGINS.indexOf(a.origin) - ORIGINS.indexOf(b.origin);
const byRole: Comparison<Policy> = (a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role);
/** Descending: the smallest name comes last, so it wins. Zones and the stored name make the order total. */
const byName: Comparison<Policy> = (a, b) => compareText(b.displayName, a.displayName) || compareText(b.key.name, a.key.name);
const byGatewayTags: Comparison<TargetRef> = (a, b) => (a.kind === 'MeshGateway' && b.kind === 'MeshGateway' ? count(a) - count(b) : 0);

/** Order of whole policies, ascending: later ones override earlier ones, and the first generation comes first. Creation time never counts. */
export function comparePolicies(a: Policy, b: Policy): number {
  return byGeneration(a, b) || byKind(a.targetRef, b.targetRef) || byDataplane(a.targetRef, b.targetRef) || byOrigin(a, b) || byGatewayTags(a.targetRef, b.targetRef) || byRole(a, b) || byName(a, b);
}

/** An entry with its policy. */
export interface PlacedEntry<E> {
  readonly policy: Policy;
  readonly entry: E;
}

/** Order of `to` entries about real resources: the policy's own target decides before the entry's. Stable within a policy. */
export function compareToEntries(a: PlacedEntry<{ readonly targetRef: TargetRef }>, b: PlacedEntry<{ readonly targetRef: TargetRef }>): number {
  const [left, right] = [a.entry.targetRef, b.entry.targetRef];
  return byKind(a.policy.targetRef, b.policy.targetRef) || byDataplane(a.policy.targetRef, b.policy.targetRef) || byOrigin(a.policy, b.policy) || byRole(a.policy, b.policy)
    || byKind(left, right) || (left.kind === 'MeshService' && right.kind === 'MeshService' ? flag(left.sectionName) - flag(right.sectionName) : 0) || byName(a.policy, b.policy);
}

/** Order of inbound entries. Stable within a policy. */
export function compareInboundEntries(a: PlacedEntry<unknown>, b: PlacedEntry<unknown>): number {
  return byKind(a.policy.targetRef, b.policy.targetRef) || byDataplane(a.policy.targetRef, b.policy.targetRef) || byOrigin(a.policy, b.policy) || byRole(a.policy, b.policy) || byName(a.policy, b.policy);
}

/** Specificity of a match, most specific first: a SPIFFE id (exact before prefix), then an SNI, no match last. */
export function compareMatches(a: Readonly<Record<string, unknown>> | undefined, b: Readonly<Record<string, unknown>> | undefined): number {
  return matchRank(a) - matchRank(b);
}

function matchRank(match: Readonly<Record<string, unknown>> | undefined): number {
  if (match === undefined) return 9;
  const id = match['spiffeID'] as { readonly type?: unknown } | undefined;
  const bySpiffeId = id === undefined ? 4 : id.type === 'Exact' ? 0 : 2;
  return bySpiffeId + (match['sni'] === undefined ? 1 : 0);
}

function flag(value: string | undefined): number {
  return value === undefined || value === '' ? 0 : 1;
}

function count({ tags }: TargetRef): number {
  return Object.keys(tags ?? {}).length;
}
