import { resolveTarget, type Catalog } from './catalog.ts';
import { withSection } from './kri.ts';
import { distinctOrigins, mergeContributions } from './merge.ts';
import { compareToEntries } from './order.ts';
import type { Policy, PolicyEntry } from './policy.ts';
import type { Contribution, ResourceRule } from './rules.ts';

/** Key of the rule for everything in the mesh. */
export const MESH_KEY = 'mesh';

/** Merged confs by KRI (with or without section), or {@link MESH_KEY}. Only keys that some policy mentions exist. */
export type ResourceRules = ReadonlyMap<string, ResourceRule>;

interface Resolution extends Contribution {
  /** KRI without section, or the key of the mesh. */
  readonly resource: string;
  readonly section: string;
}

/** Rules for outbounds of real resources from the policies that match a proxy. Policies about a route as a whole (top-level MeshHTTPRoute) take no part. */
export function buildResourceRules(type: string, policies: readonly Policy[], catalog: Catalog): ResourceRules {
  const resolutions = policies
    // The first generation knows services by tag only.
    .filter(({ targetRef, legacy }) => targetRef.kind !== 'MeshHTTPRoute' && legacy === undefined)
    .flatMap((policy) => policy.to.map((entry) => ({ policy, entry })))
    .sort(compareToEntries)
    .flatMap(({ policy, entry }) => resolutionsOf(policy, entry, catalog));
  const rules = new Map<string, ResourceRule>();
  for (const { resource, section } of resolutions) {
    const key = keyFor(resource, section);
    if (rules.has(key)) continue;
    const relevant = resolutions.filter((other) => contributes(other, resource, section));
    rules.set(key, { conf: mergeContributions(type, relevant), origins: distinctOrigins(relevant) });
  }
  return rules;
}

/** What outbounds look up: first of route and port, route, service and port, service, mesh. Nothing is merged here. */
export function findResourceRule(rules: ResourceRules, target: { readonly kri: string; readonly section: string; readonly route?: string }): ResourceRule | undefined {
  const { kri, section, route } = target;
  const keys = [...(route === undefined ? [] : [keyFor(route, section), keyFor(route, '')]), keyFor(kri, section), keyFor(kri, ''), MESH_KEY];
  return keys.map((key) => rules.get(key)).find((rule) => rule !== undefined);
}

function resolutionsOf(policy: Policy, entry: PolicyEntry, catalog: Catalog): Resolution[] {
  const contribution = { conf: entry.conf, origin: { resource: policy.key, kri: policy.kri, ruleIndex: entry.index } };
  if (entry.targetRef.kind === 'Mesh') return [{ ...contribution, resource: MESH_KEY, section: '' }];
  return resolveTarget(entry.targetRef, policy, catalog).map(({ kri, section }) => ({ ...contribution, resource: withSection(kri, ''), section }));
}

/** An entry about the mesh contributes to every key, one about a service also to its ports, one about a port or a route to that alone. */
function contributes(entry: Resolution, resource: string, section: string): boolean {
  if (entry.resource === MESH_KEY) return true;
  return entry.resource === resource && (entry.section === '' || entry.section === section);
}

function keyFor(resource: string, section: string): string {
  return resource === MESH_KEY ? MESH_KEY : withSection(resource, section);
}
