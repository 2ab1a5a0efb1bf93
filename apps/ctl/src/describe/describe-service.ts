import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { deep, textOf, wordAt } from '../checks/check.ts';
import { readZoneView, type ZoneView } from '../zones/zone-view.ts';
import type { NameInMesh } from './describe-dataplane.ts';
import { externalServiceLines, multiZoneServiceLines, named, namesLine, portsOf, unreachableLines, zoneLines } from './service-lines.ts';

/** What is known of a service, as lines: MeshServices of that name in any zone, a MeshMultiZoneService, a MeshExternalService, or the value of a `kuma.io/service` tag. Throws `store/not-found`. */
export async function describeService(client: ApiClient, { mesh, name }: NameInMesh): Promise<readonly string[]> {
  const prefix = `/meshes/${encodeURIComponent(mesh)}`;
  const find = (path: string): Promise<readonly Document[]> => byName(client, `${prefix}/${path}`, name);
  const [services, multiZone, external, insight, isSecured, view] = await Promise.all([
    find('meshservices'), find('meshmultizoneservices'), find('meshexternalservices'), client.find(`${prefix}/service-insights/${encodeURIComponent(name)}`), hasCertificates(client, mesh), readZoneView(client),
  ]);
  const { offering, calling } = await tagged(client, prefix, name);
  const elsewhere = [...multiZone.flatMap(multiZoneServiceLines), ...external.flatMap(externalServiceLines)];
  if (services.length + elsewhere.length + offering.length === 0) throw new MeshError('store/not-found', `no dataplane of mesh "${mesh}" offers a service "${name}", and there is no MeshService, MeshMultiZoneService or MeshExternalService of that name`);
  if (services.length + offering.length === 0) return [...elsewhere, callersLine(calling)];
  const kinds = await Promise.all(services.map((resource) => meshServiceLines(client, resource, view)));
  return [
    ...elsewhere,
    ...(services.length + elsewhere.length === 0 ? [`Service "${name}" of mesh "${mesh}" is known by its tag kuma.io/service.`] : kinds.flat()),
    ...(!isSecured && isOfSeveralZones(services, view) ? [`Mesh "${mesh}" has no mTLS, so no proxy reaches it in another zone than its own: zones are entered by TLS only.`] : []),
    offering.length === 0 ? 'No dataplane names it in its tags.' : `It is offered by ${named(offering)}.`,
    ...healthLine(insight),
    callersLine(calling),
  ];
}

/** By its own name, and by the one that people gave it where it came from another zone; none where the server does not know the type. */
async function byName(client: ApiClient, path: string, name: string): Promise<readonly Document[]> {
  const found: Document[] = [];
  try {
    for await (const one of client.listAll(path)) if (one['name'] === name || deep(one, 'labels', 'kuma.io/display-name') === name) found.push(one);
  } catch (caught) {
    if (MeshError.from(caught).code !== 'store/not-found') throw caught;
  }
  return found;
}

/** Names of dataplanes that offer, or call, the value of the tag. */
async function tagged(client: ApiClient, prefix: string, name: string): Promise<{ readonly offering: readonly string[]; readonly calling: readonly string[] }> {
  const offering: string[] = [];
  const calling: string[] = [];
  for await (const dataplane of client.listAll(`${prefix}/dataplanes/_overview`)) {
    if (offers(dataplane, name)) offering.push(textOf(dataplane, 'name'));
    if (calls(dataplane, name)) calling.push(textOf(dataplane, 'name'));
  }
  return { offering, calling };
}

function isOfSeveralZones(services: readonly Document[], { side, zones }: ZoneView): boolean {
  return new Set(services.map(zoneOf)).size > 1 || (services.length > 0 && side === 'global' && zones.length > 1);
}

function callersLine(calling: readonly string[]): string {
  return calling.length === 0 ? 'No dataplane has an explicit outbound to it.' : `It is called, by explicit outbounds, from ${named(calling)}.`;
}

async function hasCertificates(client: ApiClient, mesh: string): Promise<boolean> {
  const [document, identities] = await Promise.all([client.find(`/meshes/${encodeURIComponent(mesh)}`), client.find(`/meshes/${encodeURIComponent(mesh)}/meshidentities?size=1`)]);
  return deep(document, 'mtls', 'enabledBackend') !== undefined || Number(deep(identities, 'total') ?? 0) > 0;
}

async function meshServiceLines(client: ApiClient, resource: Document, view: ZoneView): Promise<readonly string[]> {
  const [mesh, name, zone] = [textOf(resource, 'mesh'), textOf(resource, 'name'), zoneOf(resource)];
  const selected = await client.find(`/meshes/${encodeURIComponent(mesh)}/meshservices/${encodeURIComponent(name)}/_dataplanes?size=1000`);
  const isElsewhere = view.side === 'zone' && zone !== '' && zone !== view.zones[0]?.name;
  return [
    `Service "${name}" of mesh "${mesh}" is a MeshService with ${portsOf(resource)}${zone === '' ? '' : `, in zone ${zone}`}.`,
    ...(isElsewhere ? ['Its proxies are those of that zone, and are reached by the ingresses of that zone.'] : selectionLine(selected)),
    ...zoneLines(zone, view, Date.now()),
    ...unreachableLines(resource),
    ...namesLine(resource),
  ];
}

function zoneOf(resource: Document): string {
  return wordAt(resource, ['labels', 'kuma.io/zone'], '');
}

function selectionLine(selected: Document | undefined): readonly string[] {
  const items = deep(selected, 'items');
  if (!Array.isArray(items)) return [];
  return [items.length === 0 ? 'Its selector finds no dataplane, so calls of it fail.' : `Its selector finds ${named(items.map((item) => String(deep(item, 'name'))))}.`];
}

function healthLine(insight: Document | undefined): readonly string[] {
  const status = insight === undefined ? '' : textOf(insight, 'status');
  if (status === '') return [];
  const total = Number(deep(insight, 'dataplanes', 'total') ?? 0);
  return [`It is ${status.replaceAll('_', ' ')}: ${Number(deep(insight, 'dataplanes', 'online') ?? 0)} of ${total} proxies are connected.`];
}

function offers(dataplane: Document, service: string): boolean {
  const networking = deep(dataplane, 'dataplane', 'networking');
  const inbounds = deep(networking, 'inbound');
  return [...(Array.isArray(inbounds) ? (inbounds as readonly unknown[]) : []), deep(networking, 'gateway')].some((source) => deep(source, 'tags', 'kuma.io/service') === service);
}

function calls(dataplane: Document, service: string): boolean {
  const outbounds = deep(dataplane, 'dataplane', 'networking', 'outbound');
  return Array.isArray(outbounds) && outbounds.some((outbound) => deep(outbound, 'tags', 'kuma.io/service') === service || deep(outbound, 'backendRef', 'name') === service);
}
