import { readDataplane } from '@weft/mesh-index';
import { readPolicy, selectProxy, type Policy } from '@weft/policy-engine';
import type { DataplaneSpec, Resource, ResourceType } from '@weft/resource-model';
import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import { pageOf, parsePage } from './paging.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

/** `GET /meshes/{mesh}/{policies}/{name}/_resources/dataplanes`: which dataplanes a policy selects. Undefined for types that are no policies. */
export function matchedDataplanesVerbs(ports: ApiPorts, collection: string): Verbs | undefined {
  const type = ports.registry.byPath(collection);
  if (type?.policy === undefined) return undefined;
  return {
    GET: ({ params, query, origin, path }) => titled('Failed to retrieve matching dataplanes', async () => {
      const { mesh = '', name = '' } = params;
      await demandMesh(ports, mesh);
      const policy = readPolicy(await findResource(ports, { type, mesh, name }), type);
      const page = parsePage(query);
      const part = query.get('name') ?? '';
      const routes = await routesOf(ports, mesh);
      const dataplanes = policy === undefined ? [] : await ports.store.list('Dataplane', mesh);
      const matched = dataplanes.filter((one) => one.name.includes(part) && policy !== undefined && isSelected(policy, one, routes));
      const { total, items, next } = await pageOf(matched, page, { link: new URL(`${path}?${query.toString()}`, origin), show: metaOf });
      return okJson({ items, ...(next !== null && { next }), total });
    }),
  };
}

function isSelected(policy: Policy, dataplane: Resource, routes: ReadonlyMap<string, Policy>): boolean {
  const { subject } = readDataplane(dataplane as Resource<DataplaneSpec>);
  return selectProxy(policy, subject, (name) => routes.get(name)) !== undefined;
}

// A policy may target a route, and then selects what the route selects.
async function routesOf({ store, registry }: ApiPorts, mesh: string): Promise<ReadonlyMap<string, Policy>> {
  const type: ResourceType | undefined = registry.byName('MeshHTTPRoute');
  const read = type === undefined ? [] : (await store.list(type.name, mesh)).flatMap((route) => readPolicy(route, type) ?? []);
  return new Map(read.map((policy) => [policy.displayName, policy]));
}

function metaOf({ type, mesh, name, labels }: Resource): unknown {
  return { labels, mesh, name, type };
}
