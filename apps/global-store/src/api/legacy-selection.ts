import { readDataplane } from '@weft/mesh-index';
import { readLegacyPolicy, translateLegacy, type LegacyPolicy } from '@weft/policy-engine';
import { resourceId, type DataplaneSpec, type Resource, type ResourceType } from '@weft/resource-model';
import type { ApiPorts } from './ports.ts';

/** The dataplanes that a policy of the first generation counts for; empty where it means nothing. */
export async function selectedByLegacy(ports: ApiPorts, type: ResourceType, resource: Resource): Promise<readonly Resource[]> {
  const { mesh: name } = resource;
  const [mesh, all, dataplanes] = await Promise.all([ports.store.get({ type: 'Mesh', mesh: '', name }), ports.store.list(type.name, name), ports.store.list('Dataplane', name)]);
  const read = (one: Resource): LegacyPolicy | undefined => readLegacyPolicy(one, type, mesh?.spec);
  const policy = read(resource);
  if (policy === undefined) return [];
  const policies = all.flatMap((one) => read(one) ?? []);
  return dataplanes.filter((one) => countsFor(policy, policies, one as Resource<DataplaneSpec>));
}

/** Where only the most precise policy counts (permissions, whatever is about a whole proxy), it must be that one. */
function countsFor(policy: LegacyPolicy, all: readonly LegacyPolicy[], dataplane: Resource<DataplaneSpec>): boolean {
  const { subject } = readDataplane(dataplane);
  const alone = translateLegacy([policy], subject);
  if (alone.policies.size === 0 && alone.perInbound.every(({ size }) => size === 0)) return false;
  const together = translateLegacy(all, subject);
  const chosen = [...together.policies.values(), ...together.perInbound.map((byType) => [...byType.values()])].flat();
  const shared = policy.conversion.parts.some(({ place }) => place === 'to' || place === 'callers');
  return shared || chosen.some(({ key }) => resourceId(key) === resourceId(policy.key));
}
