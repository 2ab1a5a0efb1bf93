import { compareText } from '@weft/kernel';
import { readDataplane } from '@weft/mesh-index';
import { comparePolicies, selectProxy, readPolicy } from '@weft/policy-engine';
import { metaDocument, type DataplaneSpec, type Resource } from '@weft/resource-model';
import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import { routesOf } from './matched-dataplanes.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

/** `GET /meshes/{mesh}/dataplanes/{name}/policies`: the policies that select a proxy, by type, the one with the last word last, as they are merged. What `kumactl inspect dataplane` asks for. */
export function matchedPoliciesVerbs(ports: ApiPorts): Verbs {
  return {
    GET: ({ params }) => titled('Could not get MatchedPolicies', async () => {
      const { mesh = '', name = '' } = params;
      await demandMesh(ports, mesh);
      const dataplane = await findResource(ports, { type: dataplaneType(ports), mesh, name });
      const matchedPolicies = await matchedPoliciesOf(ports, dataplane);
      const items = Object.keys(matchedPolicies).length > 0 ? [{ type: 'dataplane', matchedPolicies }] : [];
      return okJson({ kind: 'SidecarDataplane', total: items.length, items });
    }),
  };
}

/** Metas of the policies that select a dataplane, by type; types without one are left out. */
async function matchedPoliciesOf(ports: ApiPorts, dataplane: Resource): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { subject } = readDataplane(dataplane as Resource<DataplaneSpec>);
  const routes = await routesOf(ports, dataplane.mesh);
  const types = ports.registry.all.filter(({ policy, form }) => policy !== undefined && form === 'spec');
  const lists = await Promise.all(types.map(async (type) => {
    const policies = (await ports.store.list(type.name, dataplane.mesh)).flatMap((resource) => {
      const policy = readPolicy(resource, type);
      return policy !== undefined && selectProxy(policy, subject, (route) => routes.get(route)) !== undefined ? [{ policy, resource }] : [];
    });
    return [type.name, policies.sort((a, b) => comparePolicies(a.policy, b.policy)).map(({ resource }) => metaDocument(type, resource))] as const;
  }));
  return Object.fromEntries(lists.filter(([, policies]) => policies.length > 0).sort(([a], [b]) => compareText(a, b)));
}

function dataplaneType({ registry }: ApiPorts): NonNullable<ReturnType<typeof registry.byName>> {
  const type = registry.byName('Dataplane');
  if (type === undefined) throw new Error('the registry has no Dataplane');
  return type;
}
