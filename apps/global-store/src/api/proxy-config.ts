import { ask, REQUESTS } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

/** `GET /meshes/{mesh}/dataplanes/{name}/_config`: the Envoy config of a proxy, as an xds-server builds it. */
export function proxyConfigVerbs(ports: ApiPorts): Verbs {
  return {
    GET: ({ params }) => titled('Failed to inspect Envoy configuration', async () => {
      if (ports.site.mode === 'global') throw new MeshError('request/unsupported', 'Not allowed on global CP');
      const { mesh = '', name = '' } = params;
      await demandMesh(ports, mesh);
      const type = ports.registry.byName('Dataplane');
      if (type !== undefined) await findResource(ports, { type, mesh, name });
      return okJson(await ask(ports.bus, REQUESTS.proxyConfig, { mesh, name }));
    }),
  };
}
