import type { DataplaneSpec, MeshSpec, Resource } from '@weft/resource-model';
import { isSecured } from '../derived/reachability.ts';
import type { ApiPorts } from '../api/ports.ts';

/** What the answer follows from. */
type Ports = Pick<ApiPorts, 'store' | 'observed' | 'site'>;

interface Cause {
  readonly reason: 'MeshWithoutMTLS' | 'NoZoneEgress';
  readonly message: string;
}

/**
 * A MeshExternalService with the condition `Reachable: False` where no proxy of this zone reaches it, and why: sidecars go by
 * way of an egress, which serves who has a certificate. Each zone has egresses of its own, so the global control plane speaks of
 * certificates alone. Nothing of this is stored.
 */
export async function withExternalReachability(ports: Ports, resource: Resource): Promise<Resource> {
  const cause = await unreachableFor(ports, resource.mesh);
  if (cause === undefined) return resource;
  const status = (resource.status ?? {}) as { readonly conditions?: readonly unknown[] };
  return { ...resource, status: { ...status, conditions: [...(status.conditions ?? []), { type: 'Reachable', status: 'False', ...cause }] } };
}

async function unreachableFor({ store, observed, site }: Ports, name: string): Promise<Cause | undefined> {
  const [mesh, identities] = await Promise.all([store.get({ type: 'Mesh', mesh: '', name }) as Promise<Resource<MeshSpec> | undefined>, store.list('MeshIdentity', name)]);
  if (mesh === undefined) return undefined;
  if (!isSecured(mesh, identities.length > 0)) return { reason: 'MeshWithoutMTLS', message: `mesh "${name}" has no mTLS, without which no egress serves it: add an mtls backend to the Mesh` };
  if (site.mode === 'global') return undefined;
  if (identities.length > 0 && mesh.spec.meshServices?.mode === 'Exclusive' && (await store.list('Dataplane', name)).some((one) => isEgress(one) && observed.isConnected(name, one.name))) return undefined;
  if (!isSecured(mesh, false)) return { reason: 'NoZoneEgress', message: `mesh "${name}" has MeshIdentities alone, which egresses of the zone do not serve: add a Dataplane with a listener of type ZoneEgress, with meshServices.mode Exclusive, or an mtls backend to the Mesh` };
  const egresses = await store.list('ZoneEgress');
  if (egresses.some((egress) => observed.isConnected('', egress.name, 'ZoneEgress'))) return undefined;
  return { reason: 'NoZoneEgress', message: `${egresses.length === 0 ? 'there is no zone egress' : 'no zone egress is connected'}: start one (weft-dp run --proxy-type=egress)` };
}

function isEgress({ spec }: Resource): boolean {
  return ((spec as DataplaneSpec).networking?.listeners ?? []).some(({ type }) => type === 'ZoneEgress');
}
