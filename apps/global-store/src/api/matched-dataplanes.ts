import { readDataplane } from '@weft/mesh-index';
import { readPolicy, selectProxy, type Policy } from '@weft/policy-engine';
import type { DataplaneSpec, MeshServiceSpec, Resource, ResourceType } from '@weft/resource-model';
import { selectedInbounds } from '../derived/member-facts.ts';
import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import { selectedByLegacy } from './legacy-selection.ts';
import { pageOf, parsePage } from './paging.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

const SERVICE = 'MeshService';

/** `GET /meshes/{mesh}/{collection}/{name}/_resources/dataplanes`: which dataplanes a policy or a MeshService selects. Undefined for other types. */
export function matchedDataplanesVerbs(ports: ApiPorts, collection: string): Verbs | undefined {
  const type = ports.registry.byPath(collection);
  if (type === undefined || (type.policy === undefined && type.name !== SERVICE)) return undefined;
  return {
    GET: ({ params, query, origin, path }) => titled('Failed to retrieve matching dataplanes', async () => {
      const page = parsePage(query);
      const part = query.get('name') ?? '';
      const matched = (await selectedBy(ports, type, params)).filter(({ name }) => name.includes(part));
      const { total, items, next } = await pageOf(matched, page, { link: new URL(`${path}?${query.toString()}`, origin), show: metaOf });
      return okJson({ items, ...(next !== null && { next }), total });
    }),
  };
}

/** `GET /meshes/{mesh}/{policies}/{name}/dataplanes`: the same in the older form, which `kumactl inspect <policy>` asks for. */
export function attachedDataplanesVerbs(ports: ApiPorts, collection: string): Verbs | undefined {
  const type = ports.registry.byPath(collection);
  if (type?.policy === undefined) return undefined;
  return {
    GET: ({ params }) => titled('Could not retrieve a policy', async () => {
      const items = (await selectedBy(ports, type, params)).map(({ mesh, name }) => ({ kind: 'SidecarDataplane', dataplane: { mesh, name }, attachments: [{ type: 'dataplane' }] }));
      return okJson({ total: items.length, items });
    }),
  };
}

async function selectedBy(ports: ApiPorts, type: ResourceType, { mesh = '', name = '' }: Readonly<Record<string, string>>): Promise<readonly Resource[]> {
  await demandMesh(ports, mesh);
  const resource = await findResource(ports, { type, mesh, name });
  if (type.name === SERVICE) return (await ports.store.list('Dataplane', mesh)).filter((one) => selectedInbounds(resource.spec as MeshServiceSpec, one as Resource<DataplaneSpec>).length > 0);
  const policy = readPolicy(resource, type);
  if (policy === undefined) return selectedByLegacy(ports, type, resource);
  const routes = await routesOf(ports, mesh);
  return (await ports.store.list('Dataplane', mesh)).filter((one) => isSelected(policy, one, routes));
}

function isSelected(policy: Policy, dataplane: Resource, routes: ReadonlyMap<string, Policy>): boolean {
  const { subject } = readDataplane(dataplane as Resource<DataplaneSpec>);
  return selectProxy(policy, subject, (name) => routes.get(name)) !== undefined;
}

/** MeshHTTPRoutes of a mesh by display name: a policy may target a route, and then selects what the route selects. */
export async function routesOf({ store, registry }: ApiPorts, mesh: string): Promise<ReadonlyMap<string, Policy>> {
  const type: ResourceType | undefined = registry.byName('MeshHTTPRoute');
  const read = type === undefined ? [] : (await store.list(type.name, mesh)).flatMap((route) => readPolicy(route, type) ?? []);
  return new Map(read.map((policy) => [policy.displayName, policy]));
}

function metaOf({ type, mesh, name, labels }: Resource): unknown {
  return { labels, mesh, name, type };
}
