import { PROTOCOL_TAG, SERVICE_TAG, ZONE } from '@weft/policy-engine';
import type { EndpointSetKey } from './dirty.ts';
import type { Endpoint } from './endpoint.ts';
import type { MeshExternalServiceEntry } from './mesh-external-service-entry.ts';
import type { MeshServiceEntry } from './mesh-service-entry.ts';
import type { ZoneAddress, ZoneEntrance } from './zone-set.ts';

type Contributions = Map<EndpointSetKey, Endpoint[]>;

/** What is known of another zone, for one mesh. */
export interface RemoteZone {
  readonly mesh: string;
  readonly zone: string;
  readonly entrances: readonly ZoneEntrance[];
  /** Where traffic to other zones goes first; undefined where proxies go there themselves. */
  readonly egresses: readonly ZoneAddress[] | undefined;
  /** Servers outside the mesh that the zone leads to count too: for egresses. Sidecars know these by the ExternalServices themselves. Default: false. */
  readonly servers?: boolean;
}

/**
 * Services by tag of another zone: one endpoint for each of its entrances, as heavy as the instances behind; by way of an egress, one for
 * each egress. While there is no egress, an entrance that is not ready stands for these: the service goes on to exist, as do its listeners.
 */
export function taggedRemotes({ mesh, zone, entrances, egresses, servers = false }: RemoteZone): Contributions {
  const contributions: Contributions = new Map();
  for (const { address, port, services } of egresses === undefined ? entrances : entrances.slice(0, 1)) {
    for (const { tags = {}, instances = 0, mesh: of = '', externalService = false } of services) {
      const service = tags[SERVICE_TAG];
      // External services of another zone are reached by way of both zones' egresses only.
      if (of !== mesh || service === undefined || (externalService && !servers)) continue;
      const at = (place: ZoneAddress, weight: number): Endpoint => remoteEndpoint(place, { zone, tags: { ...tags, [ZONE]: zone }, weight });
      const entrance = at({ address, port }, Math.max(1, instances));
      const found = egresses === undefined ? [entrance] : egresses.map((egress) => ({ ...at(egress, 1), passed: true as const }));
      const key = `tag:${service}`;
      contributions.set(key, [...(contributions.get(key) ?? []), ...(found.length > 0 ? found : [{ ...entrance, ready: false }])]);
    }
  }
  return contributions;
}

/** A MeshService of another zone: each port has one endpoint for each address of its zone, as long as the service is available there. */
export function serviceRemotes({ name, ports, resource }: MeshServiceEntry, zone: string, addresses: readonly ZoneAddress[]): Contributions {
  if (resource.spec.state === 'Unavailable' || addresses.length === 0) return new Map();
  return new Map(ports.map(({ port, appProtocol }) => [
    `ms:${name}:${port}`,
    addresses.map((address) => ({ ...remoteEndpoint(address, { zone, tags: { [ZONE]: zone }, weight: 1 }), protocol: appProtocol })),
  ]));
}

/** A MeshExternalService as sidecars see it: each egress of the own zone is an endpoint. `labels`: of the Dataplane that the egress stands on. */
export function egressEndpoints(entry: MeshExternalServiceEntry | undefined, egresses: readonly ZoneAddress[], { zone, labels }: Pick<Endpoint, 'labels'> & { readonly zone: string }): Contributions {
  if (entry === undefined || egresses.length === 0) return new Map();
  return new Map(entry.ports.map(({ port, appProtocol }) => [
    `mes:${entry.name}:${port}`,
    egresses.map((egress) => ({ ...egress, weight: 1, tags: {}, labels, zone: zone === '' ? undefined : zone, protocol: appProtocol, ready: true })),
  ]));
}

function remoteEndpoint({ address, port }: ZoneAddress, { zone, tags, weight }: { readonly zone: string; readonly tags: Readonly<Record<string, string>>; readonly weight: number }): Endpoint {
  return { address, port, weight, tags, labels: {}, zone, protocol: tags[PROTOCOL_TAG], ready: true, remote: true };
}
