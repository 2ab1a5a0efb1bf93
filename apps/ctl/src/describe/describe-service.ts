import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { deep, textOf, wordAt } from '../checks/check.ts';
import type { NameInMesh } from './describe-dataplane.ts';

/** What is known of a service, as lines: MeshServices of that name in any zone, or the value of a `kuma.io/service` tag. Throws `store/not-found`. */
export async function describeService(client: ApiClient, { mesh, name }: NameInMesh): Promise<readonly string[]> {
  const prefix = `/meshes/${encodeURIComponent(mesh)}`;
  const resources = await meshServices(client, prefix, name);
  const [insight, isOpen] = await Promise.all([client.find(`${prefix}/service-insights/${encodeURIComponent(name)}`), hasCertificates(client, mesh)]);
  const offering: string[] = [];
  const calling: string[] = [];
  for await (const dataplane of client.listAll(`${prefix}/dataplanes/_overview`)) {
    if (offers(dataplane, name)) offering.push(textOf(dataplane, 'name'));
    if (calls(dataplane, name)) calling.push(textOf(dataplane, 'name'));
  }
  if (resources.length === 0 && offering.length === 0) throw new MeshError('store/not-found', `no dataplane of mesh "${mesh}" offers a service "${name}", and there is no MeshService of that name`);
  const kinds = await Promise.all(resources.map((resource) => meshServiceLines(client, resource)));
  const zones = new Set(resources.map(zoneOf));
  return [
    ...(resources.length === 0 ? [`Service "${name}" of mesh "${mesh}" is known by its tag kuma.io/service.`] : kinds.flat()),
    ...(zones.size > 1 && !isOpen ? [`Mesh "${mesh}" has no mTLS, so no proxy reaches it in another zone than its own: zones are entered by TLS only.`] : []),
    offering.length === 0 ? 'No dataplane names it in its tags.' : `It is offered by ${named(offering)}.`,
    ...healthLine(insight),
    calling.length === 0 ? 'No dataplane has an explicit outbound to it.' : `It is called, by explicit outbounds, from ${named(calling)}.`,
  ];
}

/** By its own name, and by the one that people gave it where it came from another zone. */
async function meshServices(client: ApiClient, prefix: string, name: string): Promise<readonly Document[]> {
  const found: Document[] = [];
  for await (const one of client.listAll(`${prefix}/meshservices`)) if (one['name'] === name || deep(one, 'labels', 'kuma.io/display-name') === name) found.push(one);
  return found;
}

async function hasCertificates(client: ApiClient, mesh: string): Promise<boolean> {
  const [document, identities] = await Promise.all([client.find(`/meshes/${encodeURIComponent(mesh)}`), client.find(`/meshes/${encodeURIComponent(mesh)}/meshidentities?size=1`)]);
  return deep(document, 'mtls', 'enabledBackend') !== undefined || Number(deep(identities, 'total') ?? 0) > 0;
}

async function meshServiceLines(client: ApiClient, resource: Document): Promise<readonly string[]> {
  const [mesh, name, zone] = [textOf(resource, 'mesh'), textOf(resource, 'name'), zoneOf(resource)];
  const selected = await client.find(`/meshes/${encodeURIComponent(mesh)}/meshservices/${encodeURIComponent(name)}/_dataplanes?size=1000`);
  const found = deep(selected, 'items');
  const proxies = deep(resource, 'status', 'dataplaneProxies');
  const isElsewhere = Array.isArray(found) && found.length === 0 && Number(deep(proxies, 'total') ?? 0) > 0;
  return [
    `Service "${name}" of mesh "${mesh}" is ${kindOf(resource)}${zone === '' ? '' : `, in zone ${zone}`}.`,
    ...(isElsewhere ? [`${Number(deep(proxies, 'healthy') ?? 0)} of its ${Number(deep(proxies, 'total'))} proxies in that zone are ready; they are reached by the zone's ingress.`] : selectionLine(selected)),
    ...unreachableLines(resource),
    ...namesLine(resource),
  ];
}

/** Why it cannot be reached from here, where this control plane says so. */
function unreachableLines(resource: Document): readonly string[] {
  const conditions = deep(resource, 'status', 'conditions');
  const failed = (Array.isArray(conditions) ? (conditions as readonly unknown[]) : []).filter((one) => deep(one, 'type') === 'Reachable' && deep(one, 'status') === 'False');
  return failed.map((one) => `It cannot be reached from here: ${wordAt(one, ['message'], wordAt(one, ['reason'], 'no reason is given'))}`);
}

function zoneOf(resource: Document): string {
  return wordAt(resource, ['labels', 'kuma.io/zone'], '');
}

function kindOf(resource: Document): string {
  const ports = deep(resource, 'spec', 'ports');
  const list = Array.isArray(ports) ? ports.map((port) => `${String(deep(port, 'port'))} (${wordAt(port, ['appProtocol'], 'tcp')})`) : [];
  return `a MeshService with ${list.length === 1 ? 'port' : 'ports'} ${list.join(', ')}`;
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

function namesLine(resource: Document | undefined): readonly string[] {
  const addresses = deep(resource, 'status', 'addresses');
  const names = Array.isArray(addresses) ? addresses.map((address) => String(deep(address, 'hostname'))) : [];
  return names.length === 0 ? [] : [`Applications reach it as ${names.join(', ')}.`];
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

const SHOWN = 5;

/** The first names, and how many more. */
export function named(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ');
}
