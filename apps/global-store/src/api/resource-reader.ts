import { MeshError } from '@weft/kernel';
import { hasSensitiveFields, metaDocument, resourceId, toDocument, type Resource, type ResourceDocument, type ResourceType, type ZoneInsightSpec } from '@weft/resource-model';
import { isAllowed } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import { restoreClear } from '../admission/secret-content.ts';
import { invalidParameter, titled } from '../http/problem.ts';
import { withExternalReachability } from '../observed/external-reachability.ts';
import { refusalStatus } from '../observed/policy-refusals.ts';
import { readZoneVerdicts } from '../zones/zone-verdicts.ts';
import type { ApiPorts } from './ports.ts';
import { kubernetesDocument } from './kubernetes-document.ts';

const PROXY_TYPES = ['Dataplane', 'ZoneIngress', 'ZoneEgress'] as const;
type ProxyType = (typeof PROXY_TYPES)[number];

const FORMATS = ['k8s', 'kubernetes', 'universal'];

/** The resources of a type, of one mesh or of all: stored ones, or for insights what is observed now. */
export async function listResources(ports: ApiPorts, type: ResourceType, mesh?: string): Promise<readonly Resource[]> {
  const proxies = insightsOf(type);
  if (type.name === 'ZoneInsight') return Promise.all(ports.zones.insights().map((insight) => withVerdicts(ports, insight)));
  return proxies === undefined ? ports.store.list(type.name, mesh) : ports.observed.insights(mesh, ...zoneProxy(proxies));
}

/** One resource. Throws `store/not-found`. */
export async function findResource(ports: ApiPorts, key: { readonly type: ResourceType; readonly mesh: string; readonly name: string }): Promise<Resource> {
  const { type, mesh, name } = key;
  const proxies = insightsOf(type);
  const found = type.name === 'ZoneInsight' ? await zoneInsight(ports, name) : proxies === undefined ? await ports.store.get({ type: type.name, mesh, name }) : ports.observed.insight(mesh, name, ...zoneProxy(proxies));
  if (found === undefined) throw new MeshError('store/not-found', `${type.name} "${name}" does not exist`);
  return found;
}

/** Throws `store/not-found` (404, "Failed to retrieve Mesh") where a mesh does not exist. */
export async function demandMesh(ports: ApiPorts, mesh: string): Promise<Resource> {
  return titled('Failed to retrieve Mesh', async () => {
    const found = await ports.store.get({ type: 'Mesh', mesh: '', name: mesh });
    if (found === undefined) throw new MeshError('store/not-found', `Mesh "${mesh}" does not exist`);
    return found;
  });
}

/**
 * The document of a resource as the caller may see it: sensitive values stand in it for administrators only (Secrets
 * are shown to nobody else anyway).
 */
export async function showResource(ports: ApiPorts, type: ResourceType, view: { readonly resource: Resource; readonly caller: Caller }): Promise<ResourceDocument> {
  return toDocument(type, await observedOn(ports, type, await revealed(ports, type, view)));
}

/** A policy with what is observed of it as its status: who refuses what it contributed to. Policies have no stored status. A server outside with whether it can be reached. */
async function observedOn(ports: ApiPorts, type: ResourceType, resource: Resource): Promise<Resource> {
  if (type.name === 'MeshExternalService') return withExternalReachability(ports, resource);
  const status = type.policy === undefined || type.form !== 'spec' ? undefined : refusalStatus(ports.observed.refusalsOf(resource));
  return status === undefined ? resource : { ...resource, status };
}

/** The document of one resource in the format that the query asks for. Throws `resource/invalid` for an unknown format. */
export async function showInFormat(ports: ApiPorts, type: ResourceType, view: { readonly resource: Resource; readonly caller: Caller; readonly query: URLSearchParams }): Promise<ResourceDocument> {
  const format = view.query.get('format') ?? 'universal';
  if (!FORMATS.includes(format)) throw invalidParameter('', `"format" must be one of [${FORMATS.map((one) => `"${one}"`).join(', ')}]`);
  return format === 'universal' ? showResource(ports, type, view) : kubernetesDocument(type, await observedOn(ports, type, await revealed(ports, type, view)), view.query.get('namespace') ?? undefined);
}

async function revealed(ports: ApiPorts, type: ResourceType, { resource, caller }: { readonly resource: Resource; readonly caller: Caller }): Promise<Resource> {
  if (!hasSensitiveFields(type.schema) || !isAllowed(caller, ports.config.access.static.adminResources)) return resource;
  const clear = await readSecret(ports, resource);
  return clear === undefined ? resource : { ...resource, spec: restoreClear(type, resource.spec, clear) };
}

/** The resource with what is observed of it: `{dataplane, dataplaneInsight}` and the like. */
export async function showOverview(ports: ApiPorts, type: ResourceType, resource: Resource): Promise<ResourceDocument> {
  const field = type.name.charAt(0).toLowerCase() + type.name.slice(1);
  const insight = await insightOf(ports, type, resource);
  return { ...metaDocument(type, resource), type: `${type.name}Overview`, [field]: resource.spec, ...(insight && { [`${field}Insight`]: insight.spec }) };
}

async function insightOf(ports: ApiPorts, type: ResourceType, { mesh, name }: Resource): Promise<Pick<Resource, 'spec'> | undefined> {
  if (type.name === 'Zone') return zoneInsight(ports, name);
  return isProxyType(type.name) ? ports.observed.insight(mesh, name, ...zoneProxy(type.name)) : undefined;
}

async function zoneInsight(ports: ApiPorts, name: string): Promise<Resource | undefined> {
  const insight = ports.zones.insight(name);
  return insight && withVerdicts(ports, insight);
}

/** Observed of a zone, and what is decided about it. */
async function withVerdicts(ports: ApiPorts, insight: Resource<ZoneInsightSpec>): Promise<Resource<ZoneInsightSpec>> {
  const verdictsOn = await readZoneVerdicts(ports);
  return { ...insight, spec: { ...insight.spec, ...verdictsOn(insight.name) } };
}

/** The type of proxies that a type of insights is about; undefined for other types. */
function insightsOf({ name }: ResourceType): ProxyType | undefined {
  return PROXY_TYPES.find((type) => name === `${type}Insight`);
}

function isProxyType(name: string): name is ProxyType {
  return PROXY_TYPES.some((type) => type === name);
}

function zoneProxy(type: ProxyType): readonly Exclude<ProxyType, 'Dataplane'>[] {
  return type === 'Dataplane' ? [] : [type];
}

/** Clear content of a stored secret; undefined where it has none. Throws `store/corrupt`. */
export async function readSecret(ports: Pick<ApiPorts, 'store' | 'secretBox'>, key: { readonly type: string; readonly mesh: string; readonly name: string }): Promise<Uint8Array | undefined> {
  const sealed = await ports.store.readSecret(key);
  return sealed && ports.secretBox.open(sealed, resourceId(key));
}
