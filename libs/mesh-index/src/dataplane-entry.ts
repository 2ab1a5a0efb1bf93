import { displayName, namespaceOf, zoneOf, type PolicySubject } from '@weft/policy-engine';
import type { DataplaneInbound, DataplaneSpec, Resource } from '@weft/resource-model';
import type { EndpointSetKey } from './dirty.ts';
import { SERVICELESS_PORT, type Endpoint } from './endpoint.ts';

/** A Dataplane as the index keeps it. */
export interface DataplaneEntry {
  readonly resource: Resource<DataplaneSpec>;
  /** Inbounds that the proxy serves; ignored ones and those without a port are left out. `subject.inbounds` runs parallel. */
  readonly inbounds: readonly DataplaneInbound[];
  /** What policies look at. */
  readonly subject: PolicySubject;
  /** Endpoints that it contributes, by set. */
  readonly contributions: ReadonlyMap<EndpointSetKey, readonly Endpoint[]>;
}

/** Reads a Dataplane, except for what it contributes. */
export function readDataplane(resource: Resource<DataplaneSpec>): Omit<DataplaneEntry, 'contributions'> {
  const networking = resource.spec.networking ?? {};
  const inbounds = (networking.inbound ?? []).filter(({ state, port }) => state !== 'Ignored' && port !== undefined && port !== SERVICELESS_PORT);
  return {
    resource,
    inbounds,
    subject: {
      mesh: resource.mesh,
      displayName: displayName(resource),
      labels: resource.labels,
      zone: zoneOf(resource),
      namespace: namespaceOf(resource),
      inbounds: inbounds.map(({ name, port = 0, tags = {} }) => ({ name, port, tags })),
      gateway: networking.gateway === undefined ? undefined : { type: networking.gateway.type ?? 'DELEGATED', tags: networking.gateway.tags ?? {} },
    },
  };
}
