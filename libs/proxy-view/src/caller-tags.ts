import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import type { LegacyPolicy, Policy } from '@weft/policy-engine';
import { selectorRef } from '@weft/policy-model';
import { proxyTags } from './proxy-tags.ts';

/** Whether a policy tells callers apart by their tags, which they must send then. */
export function asksForCallerTags(policy: Policy): boolean {
  return policy.type === 'MeshFaultInjection' && policy.from.some(({ targetRef }) => targetRef.kind !== 'Mesh');
}

/** Of the first generation: faults for some callers only. */
function legacyAsks({ sources, conversion }: LegacyPolicy): boolean {
  return conversion.parts.some(({ type }) => type === 'MeshFaultInjection') && sources.some((selector) => selectorRef(selector).kind !== 'Mesh');
}

/** What requests of a proxy say of its tags (`&key=v1,v2&` for each, by key); undefined where no policy of the mesh asks. */
export function callerTags(mesh: MeshState, entry: DataplaneEntry): string | undefined {
  if (!(mesh.policies.get('MeshFaultInjection') ?? []).some(asksForCallerTags) && !mesh.legacyPolicies.some(legacyAsks)) return undefined;
  return Object.entries(proxyTags(entry)).map(([key, values]) => `&${key}=${values.join(',')}&`).join('');
}
