import type { MeshState } from '@weft/mesh-index';
import { buildFromRules, buildInboundRules, selectProxy, SERVICE_TAG, translateLegacy, type Policy, type PolicySubject } from '@weft/policy-engine';
import type { InboundPolicyRules } from '../proxy-view.ts';

type Tags = Readonly<Record<string, string>>;

/** A service outside the mesh, and the tags that all of its servers have. */
export interface OutsideService {
  readonly service: string;
  readonly tags: Tags;
}

const PERMISSION = 'MeshTrafficPermission';
/** Policies of callers that an egress keeps for a service outside. */
const TYPES = [PERMISSION, 'MeshRateLimit', 'MeshFaultInjection'] as const;

/**
 * Rules about a service outside, by policy type, as if it were an inbound: of the policies that select it by its tags; where none
 * of a type does, of the first generation's. Permissions by `from` only. Source: Kuma 2.14.
 */
export function externalRules({ service, tags }: OutsideService, mesh: MeshState): Readonly<Record<string, InboundPolicyRules>> {
  const subject: PolicySubject = { mesh: mesh.name, displayName: '', labels: {}, zone: '', namespace: '', inbounds: [{ name: undefined, port: 0, tags: { ...tags, [SERVICE_TAG]: service } }], gateway: undefined };
  const legacy = translateLegacy(mesh.legacyPolicies, subject).perInbound[0];
  return Object.fromEntries(TYPES.map((type) => {
    const found = (mesh.policies.get(type) ?? []).filter((policy) => speaks(policy) && selectProxy(policy, subject, (name) => mesh.route(name)) !== undefined);
    const older = legacy?.get(type);
    const policies = found.length > 0 || older === undefined ? found : [older];
    return [type, { inbound: type === PERMISSION ? [] : buildInboundRules(policies), from: buildFromRules(type, policies) }];
  }));
}

/** A server outside is no Dataplane, whatever that is called. */
function speaks({ type, targetRef, from, rules }: Policy): boolean {
  return targetRef.kind !== 'Dataplane' && (from.length > 0 || (type !== PERMISSION && rules.length > 0));
}
