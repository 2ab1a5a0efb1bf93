import type { EndpointSetKey, MeshServiceEntry, MeshState } from '@weft/mesh-index';
import { displayName, namespaceOf, SERVICE_TAG, withSection, zoneOf } from '@weft/policy-engine';
import { protocolOf } from './protocol.ts';
import type { Protocol, ServiceTarget } from './proxy-view.ts';

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
}

/** A service by tag, or a subset of it. */
export function tagTarget(mesh: MeshState, service: string, tags: Readonly<Record<string, string>>): KnownTarget {
  const protocol = mesh.services.get(service)?.protocol;
  const extra = Object.fromEntries(Object.entries(tags).filter(([key]) => key !== SERVICE_TAG && key !== 'kuma.io/mesh'));
  return {
    target: { kind: 'tag', service }, tags: extra, protocol: protocolOf(protocol), protocolKnown: protocol !== undefined,
    service, identities: [service], spiffeIds: [], endpoints: `tag:${service}`, tlsStatus: undefined,
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
    service, identities: tags.length === 0 ? [service] : tags, spiffeIds, endpoints: `ms:${entry.name}:${port}`, tlsStatus: resource.status?.tls?.status ?? 'NotReady',
  };
}
