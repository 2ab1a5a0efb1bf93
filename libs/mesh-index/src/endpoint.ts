import { PROTOCOL_TAG, SERVICE_TAG, ZONE } from '@weft/policy-engine';
import type { DataplaneInbound, DataplaneSpec, Resource } from '@weft/resource-model';
import type { EndpointSetKey } from './dirty.ts';
import type { MeshServiceEntry } from './mesh-service-entry.ts';

/** One inbound as clients see it. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly zone: string | undefined;
  /** `kuma.io/protocol`, or the inbound's own field. */
  readonly protocol: string | undefined;
  /** Whether it may take traffic: inbounds that are not ready or not healthy only say that their service exists. */
  readonly ready: boolean;
  /** It stands for instances of another zone: address and port are where that is entered, or the own zone is left. */
  readonly remote?: true;
  /** It is the own zone's egress, which passes connections on to that other zone. */
  readonly passed?: true;
  /** Nothing of its zone answers: to be used where nobody else is left. */
  readonly lowered?: true;
  /** A server outside the mesh, or an egress on the way there. */
  readonly external?: true;
  /** Such an egress, to a server that only this zone leads to: others come here for it. */
  readonly bound?: true;
}

/** Port that stands for "no port": a service that only names its proxies. */
export const SERVICELESS_PORT = 49151;

/** Endpoints that a Dataplane contributes, by the set that they belong to. */
export function contributionsOf(dataplane: Resource<DataplaneSpec>, meshServices: Iterable<MeshServiceEntry>): Map<EndpointSetKey, Endpoint[]> {
  const contributions = new Map<EndpointSetKey, Endpoint[]>();
  const add = (key: EndpointSetKey, endpoint: Endpoint): void => {
    const list = contributions.get(key);
    if (list === undefined) contributions.set(key, [endpoint]);
    else list.push(endpoint);
  };
  const inbounds = (dataplane.spec.networking?.inbound ?? []).filter(({ state }) => state !== 'Ignored');
  for (const inbound of inbounds) {
    const service = inbound.tags?.[SERVICE_TAG];
    if (service !== undefined && inbound.port !== SERVICELESS_PORT) add(`tag:${service}`, endpointOf(dataplane, inbound));
  }
  for (const meshService of meshServices) {
    for (const inbound of inbounds) {
      for (const port of meshService.portsServedBy(dataplane, inbound)) add(`ms:${meshService.name}:${port}`, endpointOf(dataplane, inbound));
    }
  }
  return contributions;
}

function isReady({ state = 'Ready', health }: DataplaneInbound): boolean {
  return state === 'Ready' && health?.ready !== false;
}

function endpointOf({ spec, labels }: Resource<DataplaneSpec>, inbound: DataplaneInbound): Endpoint {
  const tags = inbound.tags ?? {};
  return {
    address: spec.networking?.advertisedAddress ?? inbound.address ?? spec.networking?.address ?? '',
    port: inbound.port ?? 0,
    weight: 1,
    tags,
    labels,
    zone: tags[ZONE] ?? labels[ZONE],
    protocol: tags[PROTOCOL_TAG] ?? inbound.protocol,
    ready: isReady(inbound),
  };
}
