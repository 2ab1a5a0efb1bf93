import { displayName, namespaceOf, zoneOf, type PolicySubject } from '@weft/policy-engine';
import type { DataplaneInbound, DataplaneListener, DataplaneSpec, Resource } from '@weft/resource-model';
import type { EndpointSetKey } from './dirty.ts';
import { SERVICELESS_PORT, type Endpoint } from './endpoint.ts';

/** A listener on a Dataplane that stands between zones, or leads out of the mesh. */
export interface ZoneListener {
  readonly type: 'ZoneIngress' | 'ZoneEgress';
  readonly name: string | undefined;
  /** Where the proxy listens. */
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
}

/** A Dataplane as the index keeps it. */
export interface DataplaneEntry {
  readonly resource: Resource<DataplaneSpec>;
  /** Inbounds that the proxy serves; ignored ones and those without a port are left out. `subject.inbounds` runs parallel. */
  readonly inbounds: readonly DataplaneInbound[];
  /** Listeners of zone proxies, ready or not; those without a type or a port are left out. `subject.listeners` runs parallel. */
  readonly listeners: readonly ZoneListener[];
  /** What policies look at. */
  readonly subject: PolicySubject;
  /** Endpoints that it contributes, by set. */
  readonly contributions: ReadonlyMap<EndpointSetKey, readonly Endpoint[]>;
}

/** Reads a Dataplane, except for what it contributes. */
export function readDataplane(resource: Resource<DataplaneSpec>): Omit<DataplaneEntry, 'contributions'> {
  const networking = resource.spec.networking ?? {};
  const inbounds = (networking.inbound ?? []).filter(({ state, port }) => state !== 'Ignored' && port !== undefined && port !== SERVICELESS_PORT);
  const listeners = (networking.listeners ?? []).flatMap((listener) => readListener(listener, networking.address ?? ''));
  return {
    resource,
    inbounds,
    listeners,
    subject: {
      mesh: resource.mesh,
      displayName: displayName(resource),
      labels: resource.labels,
      zone: zoneOf(resource),
      namespace: namespaceOf(resource),
      inbounds: inbounds.map(({ name, port = 0, tags = {} }) => ({ name, port, tags })),
      ...(listeners.length > 0 && { listeners: listeners.map(({ name, port }) => ({ name, port })) }),
      gateway: networking.gateway === undefined ? undefined : { type: networking.gateway.type ?? 'DELEGATED', tags: networking.gateway.tags ?? {} },
    },
  };
}

function readListener({ type, name, address, port, state = 'Ready' }: DataplaneListener, own: string): ZoneListener[] {
  return port === undefined || (type !== 'ZoneIngress' && type !== 'ZoneEgress') ? [] : [{ type, name, address: address ?? own, port, ready: state === 'Ready' }];
}
