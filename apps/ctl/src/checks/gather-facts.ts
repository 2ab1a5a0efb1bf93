import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import type { ProxySync } from '../receipts/show-syncs.ts';
import { VERSION } from '../version.ts';
import { readZoneView } from '../zones/zone-view.ts';
import type { PlaneFacts } from './check.ts';

const SERVICES = ['meshservices', 'meshexternalservices', 'meshmultizoneservices', 'external-services', 'meshidentities'];

/** Reads what the checks look at. Throws where the control plane cannot be reached. */
export async function gatherFacts(client: ApiClient): Promise<PlaneFacts> {
  const index = await client.index();
  const [config, meshes, dataplanes, syncs, secrets, globalSecrets, services, permissions, policies, egresses] = await Promise.all([
    client.getJson('/config').catch((): Document => ({})), all(client, '/meshes'), all(client, '/dataplanes/_overview'), readSyncs(client), permitted(client, '/secrets'), permitted(client, '/globalsecrets'),
    Promise.all(SERVICES.map((path) => known(client, `/${path}`))).then((lists) => lists.flat()), permissionsOf(client), policiesOf(client), known(client, '/zoneegresses/_overview'),
  ]);
  const zones = await zonesOf(client, config);
  return { nowMs: Date.now(), clientVersion: VERSION, ...zones, index, config, meshes, dataplanes, syncs, secrets, globalSecrets, services, permissions, policies, egresses };
}

/** What there is to look at depends on what the server is. */
async function zonesOf(client: ApiClient, config: Document): Promise<Pick<PlaneFacts, 'multizone' | 'ownZone'>> {
  const { side, zones, strangers } = await readZoneView(client, config);
  if (side !== 'global') return { multizone: undefined, ownZone: zones[0] };
  return { multizone: { zones, strangers, ingresses: await all(client, '/zoneingresses/_overview') }, ownZone: undefined };
}

async function all(client: ApiClient, path: string): Promise<readonly Document[]> {
  const items: Document[] = [];
  for await (const item of client.listAll(path)) items.push(item);
  return items;
}

/** Empty where the server does not know the type. */
async function known(client: ApiClient, path: string): Promise<readonly Document[]> {
  return all(client, path).catch((caught: unknown) => unless(caught, 'store/not-found', []));
}

/** Undefined where the caller may not read them. */
async function permitted(client: ApiClient, path: string): Promise<readonly Document[] | undefined> {
  return all(client, path).catch((caught: unknown) => unless(caught, 'auth/denied', undefined));
}

/** A control plane of another product has no such path. */
async function readSyncs(client: ApiClient): Promise<readonly ProxySync[]> {
  const answer = await client.find('/_xds');
  return (answer?.['items'] ?? []) as readonly ProxySync[];
}

async function permissionsOf(client: ApiClient): Promise<readonly Document[]> {
  return (await Promise.all(['meshtrafficpermissions', 'traffic-permissions'].map((path) => known(client, `/${path}`)))).flat();
}

async function policiesOf(client: ApiClient): Promise<PlaneFacts['policies']> {
  const catalogue = (await client.getJson('/policies'))['policies'] as readonly { readonly path: string; readonly isTargetRefBased?: boolean }[];
  const paths = catalogue.filter(({ isTargetRefBased }) => isTargetRefBased === true).map(({ path }) => path);
  const documents = (await Promise.all(paths.map(async (path) => (await known(client, `/${path}`)).map((document) => ({ document, path }))))).flat();
  const found: PlaneFacts['policies'][number][] = [];
  for (const { document, path } of documents) {
    const answer = await client.find(`/meshes/${encodeURIComponent(String(document['mesh']))}/${path}/${encodeURIComponent(String(document['name']))}/_resources/dataplanes?size=1`);
    if (answer !== undefined) found.push({ document, selected: Number(answer['total']) });
  }
  return found;
}

function unless<T>(caught: unknown, code: string, value: T): T {
  const error = MeshError.from(caught);
  if (error.code === code) return value;
  throw error;
}
