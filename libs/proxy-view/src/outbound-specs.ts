import type { MeshExternalServiceEntry, MeshIndex, MeshServiceEntry, MeshState, MultiZoneEntry } from '@weft/mesh-index';
import { compareText } from '@weft/kernel';
import { resolveBackendRef, SERVICE_TAG, selects, type CatalogItem } from '@weft/policy-engine';
import type { BackendRef } from '@weft/policy-model';
import type { DataplaneOutbound } from '@weft/resource-model';
import type { ProxyClass, ReachableBackends } from './proxy-class.ts';
import { resourceTarget, tagTarget, type KnownTarget } from './service-target.ts';

/** One outbound listener to be: an address, and where it leads. */
export interface OutboundSpec {
  readonly address: string;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly known: KnownTarget;
  /** Names that lead to the address. */
  readonly hostnames: readonly string[];
}

type ReachableBackendRef = NonNullable<ReachableBackends['refs']>[number];

const LEGACY_PORT = 80;

/** All outbounds of a class of proxies, by address and port; explicit ones win over those of VIPs. */
export function outboundSpecs(index: MeshIndex, mesh: MeshState, proxies: ProxyClass): readonly OutboundSpec[] {
  const taken = new Set(proxies.ownVips);
  const all = [...explicitSpecs(mesh, proxies), ...(proxies.vips ? [...resourceSpecs(mesh, proxies), ...virtualSpecs(index, mesh, proxies), ...hostSpecs(index, mesh, proxies), ...tagSpecs(index, mesh, proxies)] : [])];
  return all.filter(({ address, port }) => {
    const place = `${address}:${port}`;
    if (taken.has(place)) return false;
    taken.add(place);
    return true;
  });
}

function explicitSpecs(mesh: MeshState, proxies: ProxyClass): OutboundSpec[] {
  return proxies.explicit.flatMap((outbound) => {
    const known = explicitTarget(mesh, outbound);
    const tags = outbound.tags ?? {};
    return known === undefined || outbound.port === undefined ? [] : [{ address: outbound.address ?? '127.0.0.1', port: outbound.port, tags, known, hostnames: [] }];
  });
}

function explicitTarget(mesh: MeshState, { tags = {}, backendRef }: DataplaneOutbound): KnownTarget | undefined {
  const service = tags[SERVICE_TAG];
  if (backendRef === undefined) return service === undefined ? undefined : tagTarget(mesh, service, tags);
  const kind = backendRef.kind ?? 'MeshService';
  const entries = entriesOf(mesh).filter(({ item }) => item.kind === kind);
  // Its own name counts before the one that it had before it was synced.
  const named = backendRef.name === undefined ? undefined : entries.find(({ name }) => name === backendRef.name) ?? entries.find((entry) => entry.item.labels['kuma.io/display-name'] === backendRef.name && isOwn(entry));
  if (named !== undefined) return resourceTarget(mesh, named.item, backendRef.port ?? named.ports[0]?.port ?? 0);
  const resolved = resolveBackendRef({ ...backendRef, kind } as BackendRef, { mesh: mesh.name, zone: '', namespace: '' }, mesh);
  return resolved.kind === 'resource' ? resourceTarget(mesh, resolved.item, resolved.port.port) : undefined;
}

type ServiceEntry = MeshServiceEntry | MultiZoneEntry | MeshExternalServiceEntry;

function entriesOf(mesh: MeshState): readonly ServiceEntry[] {
  return [...mesh.meshServices.values(), ...mesh.multiZoneServices.values(), ...mesh.externalServices.values()];
}

/** A name means a service of the proxy's own zone, whatever that is called here, or one that belongs to no zone. */
function isOwn(entry: ServiceEntry): boolean {
  return !('remoteZone' in entry) || entry.remoteZone === undefined;
}

/** Host names and ports of VirtualOutbounds. They come before those of plain services: somebody asked for them. */
function virtualSpecs(index: MeshIndex, mesh: MeshState, { mesh: view, reachableServices }: ProxyClass): OutboundSpec[] {
  if (view.meshServicesMode === 'Exclusive') return [];
  return mesh.virtualPorts.flatMap(({ host, port, tags }) => {
    const service = tags[SERVICE_TAG] ?? '';
    if (!mesh.services.has(service) || (reachableServices.length > 0 && !reachableServices.includes(service))) return [];
    const known = tagTarget(mesh, service, tags);
    return index.vipsOf(host).map((address) => ({ address, port, tags, known, hostnames: [host] }));
  });
}

/** Servers outside by their own names and ports, so that applications need not know of the mesh. */
function hostSpecs(index: MeshIndex, mesh: MeshState, { mesh: view, reachableServices }: ProxyClass): OutboundSpec[] {
  if (view.meshServicesMode === 'Exclusive') return [];
  return mesh.outsideHosts.flatMap(({ hostname, port, service }) => {
    if (!mesh.services.has(service) || (reachableServices.length > 0 && !reachableServices.includes(service))) return [];
    const known = tagTarget(mesh, service, {});
    return index.vipsOf(hostname).map((address) => ({ address, port, tags: { [SERVICE_TAG]: service }, known, hostnames: [hostname] }));
  });
}

/** Services by tag: their VIP on port 80 and on the ports of their inbounds. */
function tagSpecs(index: MeshIndex, mesh: MeshState, { mesh: view, reachableServices }: ProxyClass): OutboundSpec[] {
  if (view.meshServicesMode === 'Exclusive') return [];
  return index.vips().flatMap(({ ip, service, hostname }) => {
    const shape = service === undefined ? undefined : mesh.services.get(service);
    if (service === undefined || shape === undefined || (reachableServices.length > 0 && !reachableServices.includes(service))) return [];
    const known = tagTarget(mesh, service, {});
    return [...new Set([LEGACY_PORT, ...shape.ports])].map((port) => ({ address: ip, port, tags: { [SERVICE_TAG]: service }, known, hostnames: [hostname] }));
  });
}

/** MeshServices, MeshMultiZoneServices and MeshExternalServices that have a VIP, on each of their ports. */
function resourceSpecs(mesh: MeshState, proxies: ProxyClass): OutboundSpec[] {
  const { mesh: view, reachableServices, reachableBackends } = proxies;
  if (reachableBackends === undefined && (reachableServices.length > 0 || view.meshServicesMode === 'ReachableBackends')) return [];
  return [...entriesOf(mesh)].sort((a, b) => compareText(a.item.kind, b.item.kind) || compareText(a.name, b.name)).flatMap((entry) =>
    entry.ports.filter(({ port }) => isReachable(entry, port, proxies)).flatMap(({ port }) => vipsOf(entry).flatMap((ip) => {
      const known = resourceTarget(mesh, entry.item, port);
      return known === undefined ? [] : [{ address: ip, port, tags: {}, known, hostnames: (entry.resource.status?.addresses ?? []).map(({ hostname }) => hostname) }];
    })));
}

function vipsOf({ resource: { status } }: ServiceEntry): readonly string[] {
  if (status === undefined) return [];
  const vips: readonly ({ readonly ip?: string | undefined } | undefined)[] = 'vip' in status ? [status.vip] : 'vips' in status ? status.vips ?? [] : [];
  return vips.flatMap((vip) => vip?.ip ?? []);
}

function isReachable(entry: ServiceEntry, port: number, { reachableBackends }: ProxyClass): boolean {
  const { item } = entry;
  if (reachableBackends === undefined) return true;
  return (reachableBackends.refs ?? []).some((ref) => ref.kind === item.kind && (ref.port === undefined || ref.port === port)
    && (ref.labels === undefined ? isNamed(entry, ref) : selects(ref.labels, item.labels)));
}

/** A name means a service of the proxy's own zone; what came from another zone is found by labels, or by its full name. */
function isNamed(entry: ServiceEntry, ref: ReachableBackendRef): boolean {
  const { name, labels }: CatalogItem = entry.item;
  if (ref.namespace !== undefined && ref.namespace !== (labels['k8s.kuma.io/namespace'] ?? '')) return false;
  return ref.name === name || (isOwn(entry) && ref.name === labels['kuma.io/display-name']);
}
