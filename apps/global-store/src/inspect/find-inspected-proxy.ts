import { inspectProxy, type InspectedClient, type InspectedProxy } from '@weft/inspection';
import { MeshError } from '@weft/kernel';
import { MeshIndex } from '@weft/mesh-index';
import { resourceId, type DataplaneSpec, type Resource, type ResourceType } from '@weft/resource-model';
import type { ApiPorts } from '../api/ports.ts';
import { demandMesh, findResource } from '../api/resource-reader.ts';

/** Types that say nothing of a proxy's configuration, or (Dataplanes) of which one is enough. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Dataplane', 'DataplaneInsight', 'Secret', 'Workload', 'ServiceInsight', 'MeshInsight']);
/** Types without a mesh that configuration depends on. */
const GLOBAL: readonly string[] = ['VirtualIp'];

/**
 * A proxy with everything that its inspection is made from, as the store has it now: no xds-server is asked, and the proxy
 * need not be connected. With `everyDataplane` outbounds by tag are complete too. Throws `store/not-found`.
 */
export async function findInspectedProxy(ports: ApiPorts, { mesh, name }: { readonly mesh: string; readonly name: string }, { everyDataplane = false } = {}): Promise<InspectedProxy> {
  const meshResource = await demandMesh(ports, mesh);
  const type = ports.registry.byName('Dataplane');
  if (type === undefined) throw new Error('the registry has no Dataplane');
  const dataplane = (await findResource(ports, { type, mesh, name })) as Resource<DataplaneSpec>;
  const [ofMesh, ofAll, dataplanes] = await Promise.all([
    Promise.all(ports.registry.all.filter(shapesProxies).map((one) => ports.store.list(one.name, mesh))),
    Promise.all(GLOBAL.map((one) => ports.store.list(one))),
    ports.store.list('Dataplane', mesh) as Promise<readonly Resource<DataplaneSpec>[]>,
  ]);
  const resources = [meshResource, ...ofMesh.flat(), ...ofAll.flat()];
  const byId = new Map(resources.map((resource) => [resourceId(resource), resource]));
  const services = servicesOf(dataplanes);
  const found = inspectProxy({
    index: MeshIndex.rebuild((typeName) => ports.registry.byName(typeName), [...resources, ...(everyDataplane ? dataplanes : [dataplane])]),
    resource: (key) => byId.get(resourceId(key)),
    offersService: (service) => services.has(service),
  }, { mesh, name }, clientOf(ports, dataplane));
  if (found === undefined) throw new MeshError('store/not-found', `Dataplane "${name}" does not exist`);
  return found;
}

function shapesProxies({ scope, name }: ResourceType): boolean {
  return scope === 'Mesh' && !LEFT_OUT.has(name);
}

function servicesOf(dataplanes: readonly Resource<DataplaneSpec>[]): ReadonlySet<string> {
  return new Set(dataplanes.flatMap(({ spec }) => (spec.networking?.inbound ?? []).flatMap(({ tags }) => tags?.['kuma.io/service'] ?? [])));
}

/** What the agent said when it last connected. One that never did is taken to redirect, unless its Dataplane names its outbounds. */
function clientOf({ observed }: ApiPorts, { mesh, name, spec }: Resource<DataplaneSpec>): InspectedClient {
  const insight = observed.insight(mesh, name)?.spec as { readonly metadata?: { readonly features?: unknown; readonly transparentProxy?: unknown } } | undefined;
  if (insight?.metadata === undefined) return { features: [], redirected: (spec.networking?.outbound ?? []).length === 0 };
  const { features, transparentProxy } = insight.metadata;
  const announced = Array.isArray(features) ? features.filter((feature) => typeof feature === 'string') : [];
  return { features: announced, redirected: announced.includes('feature-transparent-proxy-in-dataplane-metadata') && transparentProxy !== undefined };
}
