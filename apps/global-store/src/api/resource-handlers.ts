import { formatRevision, type Resource, type ResourceType, type Revision } from '@weft/resource-model';
import { demandType } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import { okJson, REVISION_HEADER, type ApiAnswer, type ApiRequest, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import type { Collection } from './collections.ts';
import { parseFilters } from './list-filters.ts';
import { pageOf, parsePage } from './paging.ts';
import { parseDocument } from './parse-document.ts';
import { demandOffline } from '../zones/zone-deletion.ts';
import type { ApiPorts } from './ports.ts';
import { demandOwn, demandWritable } from './read-only.ts';
import { demandMesh, findResource, listResources, showInFormat, showOverview, showResource } from './resource-reader.ts';

const READ = 'Could not retrieve a resource';
const LIST = 'Could not retrieve resources';

/** A list: `/meshes/{mesh}/{collection}`, `/{collection}` (all meshes, or a global type). */
export function listVerbs(ports: ApiPorts, { type, overview }: Collection): Verbs {
  const show = (resource: Resource, caller: Caller): unknown => (overview ? showOverview(ports, type, resource) : showResource(ports, type, { resource, caller }));
  return {
    GET: (request) => titled(LIST, async () => {
      demandType(request.caller, ports.config.access.static, type);
      const { mesh } = request.params;
      if (mesh !== undefined) await demandMesh(ports, mesh);
      const page = parsePage(request.query);
      const wanted = parseFilters(type, request.query, request.path);
      const all = (await listResources(ports, type, mesh)).filter(wanted);
      return okJson(await pageOf(all, page, { link: linkOf(request), show: (one) => show(one, request.caller) }));
    }),
  };
}

/** One resource: `/meshes/{mesh}/{collection}/{name}` or `/{collection}/{name}`. */
export function itemVerbs(ports: ApiPorts, { type, overview }: Collection): Verbs {
  if (overview) return overviewVerbs(ports, type);
  return {
    GET: (request) => titled(READ, async () => {
      const key = await locate(ports, type, request);
      const resource = await findResource(ports, key);
      return okJson(await showInFormat(ports, type, { resource, caller: request.caller, query: request.query }));
    }),
    PUT: (request) => putResource(ports, type, request),
    DELETE: (request) => titled('Could not delete a resource', async () => {
      demandWritable(type, ports.site);
      const { mesh, name } = await locate(ports, type, request);
      if (type.name === 'Zone' && ports.site.mode === 'global') demandOffline(ports.zones, name);
      const stored = await ports.store.get({ type: type.name, mesh, name });
      if (stored !== undefined) demandOwn(stored, ports.site);
      const revision = await ports.writer.delete({ type: type.name, mesh, name });
      if (type.name === 'Zone') await ports.insights.forgetZone(name);
      return { ...okJson({}), ...revisionHeader(revision) };
    }),
  };
}

/** One overview: `.../{name}/_overview`. */
export function overviewVerbs(ports: ApiPorts, type: ResourceType): Verbs {
  return {
    GET: (request) => titled(READ, async () => {
      const overview = await showOverview(ports, type, await findResource(ports, await locate(ports, type, request)));
      // A single Zone always shows an insight; in lists only one that is. Source: Kuma 2.14.
      return okJson(type.name === 'Zone' ? { ...overview, zoneInsight: (overview as { zoneInsight?: unknown }).zoneInsight ?? {} } : overview);
    }),
  };
}

async function putResource(ports: ApiPorts, type: ResourceType, request: ApiRequest): Promise<ApiAnswer> {
  return titled('Could not process a resource', async () => {
    demandWritable(type, ports.site);
    const target = await locate(ports, type, request);
    const { created, warnings, revision } = await ports.writer.put(parseDocument(await request.body(), target));
    return { status: created ? 201 : 200, json: warnings.length > 0 ? { warnings } : {}, ...revisionHeader(revision) };
  });
}

function revisionHeader(revision: Revision | undefined): { readonly headers?: Readonly<Record<string, string>> } {
  return revision === undefined ? {} : { headers: { [REVISION_HEADER]: formatRevision(revision) } };
}

// Who may, then whether the mesh is there: nobody learns of meshes by asking for secrets.
async function locate(ports: ApiPorts, type: ResourceType, request: ApiRequest): Promise<{ readonly type: ResourceType; readonly mesh: string; readonly name: string }> {
  const { mesh = '', name = '' } = request.params;
  demandType(request.caller, ports.config.access.static, type);
  if (type.scope === 'Mesh') await demandMesh(ports, mesh);
  return { type, mesh, name };
}

function linkOf(request: ApiRequest): URL {
  const link = new URL(request.path, request.origin);
  link.search = request.query.toString();
  return link;
}
