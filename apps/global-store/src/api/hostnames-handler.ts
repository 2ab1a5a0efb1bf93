import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

const NAMED_TYPES = ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'];

/** `GET /meshes/{mesh}/{services}/{name}/_hostnames`: the names of a service, each with the zones where it is known. Undefined for types without names. */
export function hostnamesVerbs(ports: ApiPorts, collection: string): Verbs | undefined {
  const type = ports.registry.byPath(collection);
  if (type === undefined || !NAMED_TYPES.includes(type.name)) return undefined;
  return {
    GET: ({ params: { mesh = '', name = '' } }) => titled('Could not retrieve hostnames', async () => {
      await demandMesh(ports, mesh);
      const { status } = await findResource(ports, { type, mesh, name });
      const { addresses = [] } = (status ?? {}) as { readonly addresses?: readonly { readonly hostname: string }[] };
      const items = addresses.map(({ hostname }) => ({ hostname, zones: [{ name: ports.site.zone }] }));
      return okJson({ total: items.length, items });
    }),
  };
}
