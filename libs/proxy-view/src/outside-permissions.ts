import type { MeshState } from '@weft/mesh-index';
import { legacyPermits, type PolicySubject } from '@weft/policy-engine';

/**
 * Names of the ExternalServices that a proxy may not dial itself. Only TrafficPermissions say so, and where the mesh has none everyone may:
 * outside nobody keeps MeshTrafficPermissions but an egress. Source: Kuma 2.14.
 */
export function forbiddenServers(mesh: MeshState, caller: PolicySubject): readonly string[] {
  if (!hasPermissions(mesh)) return [];
  const policies = mesh.legacyPolicies;
  const servers = [...mesh.services.values()].flatMap(({ external }) => (external?.via === 'direct' ? external.servers : []));
  return servers.filter(({ tags }) => !legacyPermits(policies, caller, tags)).map(({ name }) => name).sort();
}

/** Whether another ExternalService may change what {@link forbiddenServers} gives: `services` are those by tag that changed. */
export function concernsPermissions(mesh: MeshState, services: Iterable<string>): boolean {
  return hasPermissions(mesh) && [...services].some((service) => mesh.services.get(service)?.external?.via === 'direct');
}

function hasPermissions({ legacyPolicies }: MeshState): boolean {
  return legacyPolicies.some(({ key }) => key.type === 'TrafficPermission');
}
