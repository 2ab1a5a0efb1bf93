import { MeshError } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';
import { okJson, type ApiRequest, type Verbs } from '../http/exchange.ts';
import { invalidParameter, titled } from '../http/problem.ts';
import type { Route } from '../http/routes.ts';
import { globalInsightDocument } from '../insights/global-insight.ts';
import { meshInsightDocument, type MeshFacts } from '../insights/mesh-insight.ts';
import { SERVICE_TYPES, serviceInsightDocument, serviceInsights, type ServiceInsight } from '../insights/service-insight.ts';
import { pageOf, parsePage } from './paging.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh } from './resource-reader.ts';

/** Insights are counted when they are asked for, from what is stored and what is observed. */
export function insightRoutes(ports: ApiPorts): readonly Route[] {
  const route = (path: string, get: (request: ApiRequest) => Promise<unknown>): Route => {
    const verbs: Verbs = { GET: (request) => titled('Could not retrieve resources', async () => okJson(await get(request))) };
    return { path, resolve: () => verbs };
  };
  return [
    route('/global-insight', async () => globalInsightDocument(await globalFacts(ports))),
    route('/global-insights', () => globalCounts(ports)),
    route('/mesh-insights', (request) => listMeshInsights(ports, request)),
    route('/mesh-insights/:mesh', async ({ params }) => meshInsightDocument(await meshFacts(ports, await titled('Could not retrieve a resource', () => findMesh(ports, params['mesh'] ?? ''))))),
    route('/service-insights', (request) => listServiceInsights(ports, request)),
    route('/meshes/:mesh/service-insights', (request) => listServiceInsights(ports, request)),
    route('/meshes/:mesh/service-insights/:service', (request) => oneServiceInsight(ports, request)),
  ];
}

async function listMeshInsights(ports: ApiPorts, request: ApiRequest): Promise<unknown> {
  const page = parsePage(request.query);
  const meshes = (await ports.store.list('Mesh')).filter(({ name }) => name.includes(request.query.get('name') ?? ''));
  return pageOf(meshes, page, { link: linkOf(request), show: async (mesh) => meshInsightDocument(await meshFacts(ports, mesh)) });
}

async function listServiceInsights(ports: ApiPorts, request: ApiRequest): Promise<unknown> {
  const { mesh } = request.params;
  if (mesh !== undefined) await demandMesh(ports, mesh);
  const types = serviceTypes(request.query.get('type'));
  const part = request.query.get('name') ?? '';
  const page = parsePage(request.query);
  const all = (await insightsOf(ports, mesh)).filter(({ name, serviceType }) => name.includes(part) && types.includes(serviceType));
  return pageOf(all, page, { link: linkOf(request), show: serviceInsightDocument });
}

async function oneServiceInsight(ports: ApiPorts, { params }: ApiRequest): Promise<unknown> {
  const { mesh = '', service = '' } = params;
  const { creationTime, modificationTime } = await demandMesh(ports, mesh);
  const found = (await insightsOf(ports, mesh)).find(({ name }) => name === service);
  return found === undefined ? { type: 'ServiceInsight', mesh, name: service, creationTime, modificationTime, dataplanes: {} } : serviceInsightDocument(found);
}

async function insightsOf(ports: ApiPorts, mesh: string | undefined): Promise<readonly ServiceInsight[]> {
  const dataplanes = observe(ports, await ports.store.list('Dataplane', mesh));
  const meshes = mesh === undefined ? [...new Set(dataplanes.map(({ dataplane }) => dataplane.mesh))] : [mesh];
  return meshes.flatMap((name) => serviceInsights(name, dataplanes.filter(({ dataplane }) => dataplane.mesh === name)));
}

async function meshFacts(ports: ApiPorts, mesh: Resource): Promise<MeshFacts> {
  const types = countedTypes(ports).filter(({ scope }) => scope === 'Mesh');
  const [dataplanes, counts] = await Promise.all([ports.store.list('Dataplane', mesh.name), countAll(ports, types, mesh.name)]);
  return { mesh, dataplanes: observe(ports, dataplanes), counts };
}

async function globalFacts(ports: ApiPorts): Promise<Parameters<typeof globalInsightDocument>[0]> {
  const [dataplanes, counts] = await Promise.all([ports.store.list('Dataplane'), countAll(ports, countedTypes(ports))]);
  const zones = ports.site.mode === 'global' ? await ports.store.list('Zone') : [];
  const [zoneIngresses, zoneEgresses] = await Promise.all([connectedOf(ports, 'ZoneIngress'), connectedOf(ports, 'ZoneEgress')]);
  return { now: new Date(ports.clock.now()).toISOString(), dataplanes: observe(ports, dataplanes), zones: { online: zones.filter((zone) => ports.zones.isOnline(zone)).length, total: zones.length }, zoneIngresses, zoneEgresses, counts };
}

async function connectedOf({ store, observed }: ApiPorts, type: 'ZoneIngress' | 'ZoneEgress'): Promise<{ readonly online: number; readonly total: number }> {
  const all = await store.list(type);
  return { online: all.filter(({ mesh, name }) => observed.isConnected(mesh, name, type)).length, total: all.length };
}

const GLOBAL_INSIGHTS = ['GlobalSecret', 'HostnameGenerator', 'Mesh', 'Zone', 'ZoneEgress', 'ZoneIngress'];

async function globalCounts(ports: ApiPorts): Promise<unknown> {
  const totals = await Promise.all(GLOBAL_INSIGHTS.map(async (name) => [name, { total: (await ports.store.list(name)).length }] as const));
  return { type: 'GlobalInsights', creationTime: new Date(ports.clock.now()).toISOString(), resources: Object.fromEntries(totals) };
}

async function findMesh({ store }: ApiPorts, name: string): Promise<Resource> {
  const mesh = await store.get({ type: 'Mesh', mesh: '', name });
  if (mesh === undefined) throw new MeshError('store/not-found', `Mesh "${name}" does not exist`);
  return mesh;
}

async function countAll({ store }: ApiPorts, types: readonly ResourceType[], mesh?: string): Promise<ReadonlyMap<ResourceType, number>> {
  return new Map(await Promise.all(types.map(async (type) => [type, (await store.list(type.name, mesh)).length] as const)));
}

function countedTypes({ registry }: ApiPorts): readonly ResourceType[] {
  return registry.all.filter(({ internal, readOnly }) => internal !== true && readOnly !== true);
}

interface InsightSpec {
  readonly subscriptions?: readonly { readonly version?: { readonly kumaDp?: { readonly version?: string }; readonly envoy?: { readonly version?: string } } }[];
  readonly mTLS?: { readonly issuedBackend?: string; readonly supportedBackends?: readonly string[] };
}

function observe({ observed }: ApiPorts, dataplanes: readonly Resource[]): MeshFacts['dataplanes'] {
  return dataplanes.map((dataplane) => {
    const insight = observed.insight(dataplane.mesh, dataplane.name)?.spec as InsightSpec | undefined;
    const version = insight?.subscriptions?.at(-1)?.version;
    const versions = { ...(version?.kumaDp?.version !== undefined && { kumaDp: version.kumaDp.version }), ...(version?.envoy?.version !== undefined && { envoy: version.envoy.version }) };
    return {
      dataplane,
      connected: observed.isConnected(dataplane.mesh, dataplane.name),
      versions,
      ...(insight?.mTLS?.issuedBackend !== undefined && { issuedBackend: insight.mTLS.issuedBackend }),
      ...(insight?.mTLS?.supportedBackends !== undefined && { supportedBackends: insight.mTLS.supportedBackends }),
    };
  });
}

function serviceTypes(query: string | null): readonly string[] {
  if (query === null || query === '') return SERVICE_TYPES;
  const wanted = query.split(',');
  const unknown = wanted.find((type) => !SERVICE_TYPES.some((known) => known === type));
  if (unknown !== undefined) throw invalidParameter('type', `unknown service type "${unknown}", it must be one of ${SERVICE_TYPES.join(', ')}`);
  return wanted;
}

function linkOf(request: ApiRequest): URL {
  const link = new URL(request.path, request.origin);
  link.search = request.query.toString();
  return link;
}
