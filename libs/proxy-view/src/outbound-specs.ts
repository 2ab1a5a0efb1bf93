import type { MeshIndex, MeshServiceEntry, MeshState } from '@weft/mesh-index';
import { resolveBackendRef, SERVICE_TAG, selects } from '@weft/policy-engine';
import type { BackendRef } from '@weft/policy-model';
import type { DataplaneOutbound } from '@weft/resource-model';
import type { ProxyClass, ReachableBackends } from './proxy-class.ts';
import { meshServiceTarget, tagTarget, type KnownTarget } from './service-target.ts';

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
  const all = [...explicitSpecs(mesh, proxies), ...(proxies.vips ? [...resourceSpecs(mesh, proxies), ...virtualSpecs(index, mesh, proxies), ...tagSpecs(index, mesh, proxies)] : [])];
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
  // Only MeshServices have endpoints here so far: another kind by the same name must not lead to one.
  if ((backendRef.kind ?? 'MeshService') !== 'MeshService') return undefined;
  const local = { mesh: mesh.name, zone: '', namespace: '' };
  const ref = { ...backendRef, kind: 'MeshService' } as BackendRef;
  // A name means a service of the proxy's own zone, whatever that is called here.
  const named = backendRef.name === undefined ? undefined : [...mesh.meshServices.values()].find(({ name, item }) => name === backendRef.name || item.labels['kuma.io/display-name'] === backendRef.name);
  if (named !== undefined) return meshServiceTarget(named, backendRef.port ?? named.ports[0]?.port ?? 0);
  const resolved = resolveBackendRef(ref, local, mesh);
  if (resolved.kind !== 'resource') return undefined;
  const entry = mesh.meshServices.get(resolved.item.name);
  return entry === undefined ? undefined : meshServiceTarget(entry, resolved.port.port);
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

/** MeshServices that have a VIP, on each of their ports. */
function resourceSpecs(mesh: MeshState, proxies: ProxyClass): OutboundSpec[] {
  const { mesh: view, reachableServices, reachableBackends } = proxies;
  if (reachableBackends === undefined && (reachableServices.length > 0 || view.meshServicesMode === 'ReachableBackends')) return [];
  return [...mesh.meshServices.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) =>
    entry.ports.filter(({ port }) => isReachable(entry, port, proxies)).flatMap(({ port }) => (entry.resource.status?.vips ?? []).flatMap(({ ip }) => {
      const known = meshServiceTarget(entry, port);
      return known === undefined ? [] : [{ address: ip, port, tags: {}, known, hostnames: (entry.resource.status?.addresses ?? []).map(({ hostname }) => hostname) }];
    })));
}

function isReachable({ item }: MeshServiceEntry, port: number, { reachableBackends }: ProxyClass): boolean {
  if (reachableBackends === undefined) return true;
  return (reachableBackends.refs ?? []).some((ref) => ref.kind === 'MeshService' && (ref.port === undefined || ref.port === port)
    && (ref.labels === undefined ? isNamed(item, ref) : selects(ref.labels, item.labels)));
}

/** A name means a service of the proxy's own zone; what came from another zone is found by labels, or by its full name. */
function isNamed({ name, labels }: MeshServiceEntry['item'], ref: ReachableBackendRef): boolean {
  if (ref.namespace !== undefined && ref.namespace !== (labels['k8s.kuma.io/namespace'] ?? '')) return false;
  return ref.name === name || (labels['kuma.io/origin'] !== 'global' && ref.name === labels['kuma.io/display-name']);
}
