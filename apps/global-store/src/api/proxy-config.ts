import { randomUUID } from 'node:crypto';
import { askForText, proxyConfigOf } from '@weft/bus';
import { MeshError, type Json } from '@weft/kernel';
import { okJson, type ApiRequest, type Verbs } from '../http/exchange.ts';
import { invalidParameter, titled } from '../http/problem.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh, findResource } from './resource-reader.ts';

/** Shadow policies are built for beside what is served, and may have to wait for others that do the same. */
const DEADLINE_MS = 25_000;

/**
 * `GET /meshes/{mesh}/dataplanes/{name}/_config`: the Envoy config of a proxy, as its xds-server builds it. `shadow=true`: with
 * policies that are marked as shadow; `include=diff`: with what tells that from what the proxy has, as a JSON Patch.
 */
export function proxyConfigVerbs(ports: ApiPorts): Verbs {
  return {
    GET: ({ params, query }) => titled('Failed to inspect Envoy configuration', async () => {
      if (ports.site.mode === 'global') throw new MeshError('request/unsupported', 'Not allowed on global CP');
      const { mesh = '', name = '' } = params;
      const asked = { shadow: readShadow(query), diff: readDiff(query) };
      await demandMesh(ports, mesh);
      const type = ports.registry.byName('Dataplane');
      if (type !== undefined) await findResource(ports, { type, mesh, name });
      const { server, metadata } = whoKnows(ports, { mesh, name });
      const request = { mesh, name, ...asked, ...(metadata !== undefined && { metadata }), answerTo: randomUUID() };
      return okJson(JSON.parse(await askForText(ports.bus, proxyConfigOf(server), request, { deadlineMs: DEADLINE_MS })));
    }),
  };
}

/** The xds-server that holds the proxy; any for one that is away, with what its node once said. */
function whoKnows({ observed }: ApiPorts, { mesh, name }: { readonly mesh: string; readonly name: string }): { readonly server: string; readonly metadata?: Json } {
  const holder = observed.serverOf(mesh, name);
  if (holder !== undefined) return { server: holder };
  const { metadata } = (observed.insight(mesh, name)?.spec ?? {}) as { readonly metadata?: Json };
  if (metadata === undefined) throw new MeshError('store/not-found', `proxy "${name}" of mesh "${mesh}" has never connected`);
  const [server] = observed.servers;
  if (server === undefined) throw new MeshError('bus/unavailable', 'no xds-server is running');
  return { server, metadata };
}

function readShadow(query: ApiRequest['query']): boolean {
  const text = query.get('shadow') ?? 'false';
  if (text !== 'true' && text !== 'false') throw invalidParameter('shadow', 'must be "true" or "false"');
  return text === 'true';
}

/** `include` may stand several times, or once with commas. */
function readDiff(query: ApiRequest['query']): boolean {
  const parts = query.getAll('include').flatMap((value) => value.split(',')).filter((part) => part !== '');
  const unknown = parts.find((part) => part !== 'diff');
  if (unknown !== undefined) throw invalidParameter('include', 'must be "diff"');
  return parts.length > 0;
}
