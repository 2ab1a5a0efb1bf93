import type { EndpointSetKey, ExternalServer, MeshExternalServiceEntry, MeshServiceEntry, MeshState, MultiZoneEntry } from '@weft/mesh-index';
import { displayName, namespaceOf, selects, SERVICE_TAG, withSection, zoneOf } from '@weft/policy-engine';
import { protocolOf } from './protocol.ts';
import type { Protocol, ServiceTarget } from './proxy-view.ts';

/** What egresses identify as in every mesh (Kuma 2.14). */
export const EGRESS_SERVICE = 'zone-egress';

/** A destination with what the index knows of it. */
export interface KnownTarget {
  readonly target: ServiceTarget;
  /** Tags beyond `kuma.io/service`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  /** Whether its protocol is known at all: routes only lead to what is known to speak http. */
  readonly protocolKnown: boolean;
  /** `kuma.io/service` by which rules by tag find it. */
  readonly service: string;
  /** Services by tag that its proxies may identify as. */
  readonly identities: readonly string[];
  /** SPIFFE ids that the resource names (`spec.identities`). */
  readonly spiffeIds: readonly string[];
  readonly endpoints: EndpointSetKey;
  /** What the resource says of mesh TLS; undefined for services by tag. */
  readonly tlsStatus: 'Ready' | 'NotReady' | undefined;
  /** Other zones that it is in. Absent: only in the own one, as far as is known when clusters are made. */
  readonly remoteZones?: readonly string[];
  /** Servers outside the mesh that are dialled as they are. */
  readonly servers?: readonly ExternalServer[];
}

/** A service by tag, or a subset of it. */
export function tagTarget(mesh: MeshState, service: string, tags: Readonly<Record<string, string>>): KnownTarget {
  const { protocol, ports, external } = mesh.services.get(service) ?? {};
  const extra = Object.fromEntries(Object.entries(tags).filter(([key]) => key !== SERVICE_TAG && key !== 'kuma.io/mesh'));
  return {
    target: { kind: 'tag', service }, tags: extra, protocol: protocolOf(protocol), protocolKnown: protocol !== undefined,
    service, identities: [external?.via === 'egress' ? EGRESS_SERVICE : service], spiffeIds: [], endpoints: `tag:${service}`,
    // What is in other zones only, or behind an egress, is reached with TLS or not at all.
    tlsStatus: ports?.length === 0 || external !== undefined ? 'Ready' : undefined,
    ...(external?.via === 'direct' && { servers: external.servers.filter((server) => selects(extra, server.tags)) }),
  };
}

/** One port of a MeshService. */
export function meshServiceTarget(entry: MeshServiceEntry, port: number): KnownTarget | undefined {
  const found = entry.ports.find((candidate) => candidate.port === port);
  if (found === undefined) return undefined;
  const { resource } = entry;
  const sectionName = found.name ?? String(port);
  const tags = (resource.spec.identities ?? []).filter(({ type }) => type === 'ServiceTag').map(({ value }) => value);
  const spiffeIds = (resource.spec.identities ?? []).filter(({ type }) => type === 'SpiffeID').map(({ value }) => value);
  const service = tags[0] ?? entry.serviceTag ?? displayName(resource);
  return {
    target: {
      kind: 'resource', type: 'MeshService', kri: withSection(entry.item.kri, sectionName), name: displayName(resource), namespace: namespaceOf(resource), zone: zoneOf(resource), port, sectionName,
    },
    tags: {}, protocol: protocolOf(found.appProtocol), protocolKnown: true,
    service, identities: tags.length === 0 ? [service] : tags, spiffeIds, endpoints: `ms:${entry.name}:${port}`, tlsStatus: entry.remoteZone !== undefined ? 'Ready' : resource.status?.tls?.status ?? 'NotReady',
    ...(entry.remoteZone !== undefined && { remoteZones: [entry.remoteZone] }),
  };
}

/** One port of a MeshMultiZoneService: whoever stands behind the same port of the MeshServices that it means. */
export function multiZoneTarget(mesh: MeshState, entry: MultiZoneEntry, port: number): KnownTarget | undefined {
  const found = entry.ports.find((candidate) => candidate.port === port);
  if (found === undefined) return undefined;
  const { resource } = entry;
  const sectionName = found.name ?? String(port);
  const members = mesh.membersOf(entry.name).flatMap((member) => meshServiceTarget(member, port) ?? []);
  return {
    target: { kind: 'resource', type: 'MeshMultiZoneService', kri: withSection(entry.item.kri, sectionName), name: displayName(resource), namespace: namespaceOf(resource), zone: zoneOf(resource), port, sectionName },
    tags: {}, protocol: protocolOf(found.appProtocol), protocolKnown: true,
    // No rule by tag is about it.
    service: '',
    identities: distinct(members.flatMap(({ identities }) => identities)),
    spiffeIds: distinct(members.flatMap(({ spiffeIds }) => spiffeIds)),
    endpoints: `mzms:${entry.name}:${port}`,
    tlsStatus: members.every(({ tlsStatus }) => tlsStatus === 'Ready') ? 'Ready' : 'NotReady',
    remoteZones: distinct(members.flatMap(({ remoteZones }) => remoteZones ?? [])),
  };
}

/** A MeshExternalService: the way there begins at an egress, with TLS. */
export function externalServiceTarget(entry: MeshExternalServiceEntry, port: number): KnownTarget | undefined {
  const found = entry.ports.find((candidate) => candidate.port === port);
  if (found === undefined) return undefined;
  const { resource } = entry;
  const sectionName = String(port);
  return {
    target: { kind: 'resource', type: 'MeshExternalService', kri: withSection(entry.item.kri, sectionName), name: displayName(resource), namespace: namespaceOf(resource), zone: zoneOf(resource), port, sectionName },
    tags: {}, protocol: protocolOf(found.appProtocol), protocolKnown: true,
    // No rule by tag is about it.
    service: '',
    identities: [EGRESS_SERVICE], spiffeIds: [], endpoints: `mes:${entry.name}:${port}`, tlsStatus: 'Ready',
  };
}

/** One port of a resource that traffic goes to, by its name in the store. */
export function resourceTarget(mesh: MeshState, { kind, name }: { readonly kind: string; readonly name: string }, port: number): KnownTarget | undefined {
  if (kind === 'MeshMultiZoneService') {
    const entry = mesh.multiZoneServices.get(name);
    return entry && multiZoneTarget(mesh, entry, port);
  }
  if (kind === 'MeshExternalService') {
    const entry = mesh.externalServices.get(name);
    return entry && externalServiceTarget(entry, port);
  }
  const entry = kind === 'MeshService' ? mesh.meshServices.get(name) : undefined;
  return entry && meshServiceTarget(entry, port);
}

function distinct(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}
