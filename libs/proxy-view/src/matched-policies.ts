import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import { selectProxy, translateLegacy, type Policy } from '@weft/policy-engine';

/** The policies of one type that match a proxy, in ascending precedence, and per inbound and listener those that select it. */
export interface TypeMatch {
  readonly policies: readonly Policy[];
  readonly perInbound: readonly (readonly Policy[])[];
  /** The same for listeners of zone proxies. */
  readonly perListener: readonly (readonly Policy[])[];
}

/** All policies that match a proxy, by type. Types without a match are absent. */
export type MatchedPolicies = ReadonlyMap<string, TypeMatch>;

/** Matches every policy of the mesh against a Dataplane. Those of the first generation stand under the types that they mean. */
export function matchPolicies(mesh: MeshState, { subject }: Pick<DataplaneEntry, 'subject'>): MatchedPolicies {
  const matched = new Map<string, TypeMatch>();
  for (const [type, candidates] of mesh.policies) {
    const policies: Policy[] = [];
    const perInbound: Policy[][] = subject.inbounds.map(() => []);
    const perListener: Policy[][] = (subject.listeners ?? []).map(() => []);
    for (const policy of candidates) {
      const selection = selectProxy(policy, subject, (name) => mesh.route(name));
      if (selection === undefined) continue;
      policies.push(policy);
      for (const index of selection.inbounds) perInbound[index]?.push(policy);
      for (const index of selection.listeners) perListener[index]?.push(policy);
    }
    if (policies.length > 0) matched.set(type, { policies, perInbound, perListener });
  }
  return mesh.legacyPolicies.length === 0 ? matched : withLegacy(matched, mesh, subject);
}

/** On an inbound, the first generation has a say only where no present policy of the type has. */
function withLegacy(matched: MatchedPolicies, mesh: MeshState, subject: DataplaneEntry['subject']): MatchedPolicies {
  const { policies, perInbound } = translateLegacy(mesh.legacyPolicies, subject);
  const types = new Set([...matched.keys(), ...policies.keys(), ...perInbound.flatMap((inbound) => [...inbound.keys()])]);
  return new Map([...types].map((type) => {
    const known = matched.get(type);
    return [type, {
      policies: [...(policies.get(type) ?? []), ...(known?.policies ?? [])],
      // The first generation is about tags, which listeners have none of.
      perListener: known?.perListener ?? [],
      perInbound: subject.inbounds.map((_, index) => {
        const present = known?.perInbound[index] ?? [];
        const legacy = perInbound[index]?.get(type);
        return present.length > 0 || legacy === undefined ? present : [legacy];
      }),
    }] as const;
  }));
}
