import type { DataplaneSpec, Resource } from '@weft/resource-model';
import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

/** The part of a MeshGateway that says for whom it is. */
interface GatewaySelectors {
  readonly selectors?: readonly { readonly match?: Readonly<Record<string, string>> }[];
}

/** Value of a selector's tag that stands for any. */
const ANY = '*';

/** `GET /meshes/{mesh}/meshgateways/{name}/dataplanes`: the builtin gateways that a MeshGateway selects by their tags. */
export function gatewayDataplanesVerbs(ports: ApiPorts): Verbs {
  return {
    GET: ({ params }) => titled('Could not retrieve a MeshGateway', async () => {
      const { mesh = '', name = '' } = params;
      await demandMesh(ports, mesh);
      const type = ports.registry.byPath('meshgateways');
      if (type === undefined) return okJson({ total: 0, items: [] });
      const { selectors = [] } = (await findResource(ports, { type, mesh, name })).spec as GatewaySelectors;
      const dataplanes = (await ports.store.list('Dataplane', mesh)) as readonly Resource<DataplaneSpec>[];
      const items = dataplanes.filter(({ spec }) => selectors.some(({ match }) => isSelected(spec, match ?? {}))).map((one) => ({ dataplane: { mesh: one.mesh, name: one.name } }));
      return okJson({ total: items.length, items });
    }),
  };
}

function isSelected({ networking }: DataplaneSpec, match: Readonly<Record<string, string>>): boolean {
  const { gateway } = networking ?? {};
  if (gateway?.type !== 'BUILTIN') return false;
  return Object.entries(match).every(([tag, value]) => (value === ANY ? gateway.tags?.[tag] !== undefined : gateway.tags?.[tag] === value));
}
