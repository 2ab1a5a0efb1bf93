import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { deep, textOf, wordAt } from '../checks/check.ts';
import type { NameInMesh } from './describe-dataplane.ts';

/** What is known of a service, as lines: a MeshService, or the value of a `kuma.io/service` tag. */
export async function describeService(client: ApiClient, { mesh, name }: NameInMesh): Promise<readonly string[]> {
  const prefix = `/meshes/${encodeURIComponent(mesh)}`;
  const [resource, insight] = await Promise.all([client.find(`${prefix}/meshservices/${encodeURIComponent(name)}`), client.find(`${prefix}/service-insights/${encodeURIComponent(name)}`)]);
  const selected = resource && (await client.find(`${prefix}/meshservices/${encodeURIComponent(name)}/_dataplanes?size=1000`));
  const offering: string[] = [];
  const calling: string[] = [];
  for await (const dataplane of client.listAll(`${prefix}/dataplanes/_overview`)) {
    if (offers(dataplane, name)) offering.push(textOf(dataplane, 'name'));
    if (calls(dataplane, name)) calling.push(textOf(dataplane, 'name'));
  }
  if (resource === undefined && offering.length === 0) throw new MeshError('store/not-found', `no dataplane of mesh "${mesh}" offers a service "${name}", and there is no MeshService of that name`);
  return [
    `Service "${name}" of mesh "${mesh}" is ${kindOf(resource)}.`,
    ...selectionLine(selected),
    offering.length === 0 ? 'No dataplane names it in its tags.' : `It is offered by ${named(offering)}.`,
    ...healthLine(insight),
    ...namesLine(resource),
    calling.length === 0 ? 'No dataplane has an explicit outbound to it.' : `It is called, by explicit outbounds, from ${named(calling)}.`,
  ];
}

function kindOf(resource: Document | undefined): string {
  if (resource === undefined) return 'known by its tag kuma.io/service';
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
