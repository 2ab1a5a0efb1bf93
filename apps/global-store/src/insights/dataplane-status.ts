import type { Resource } from '@weft/resource-model';

/** How a proxy fares, as overviews and insights count it. */
export type DataplaneStatus = 'online' | 'partiallyDegraded' | 'offline';

/** What kind of proxy a Dataplane describes. */
export type DataplaneKind = 'standard' | 'gatewayBuiltin' | 'gatewayDelegated';

interface Port {
  readonly health?: { readonly ready?: boolean };
  readonly state?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The parts of a Dataplane's spec that insights read. */
export interface DataplaneSpec {
  readonly networking?: {
    readonly inbound?: readonly Port[];
    readonly listeners?: readonly Port[];
    readonly gateway?: { readonly type?: string; readonly tags?: Readonly<Record<string, string>> };
  };
}

/** Offline without a connection or a ready port, degraded while some port is not ready. Gateways: by connection alone. Source: Kuma 2.14. */
export function dataplaneStatus(dataplane: Resource, connected: boolean): DataplaneStatus {
  const { inbound = [], listeners = [], gateway } = (dataplane.spec as DataplaneSpec).networking ?? {};
  if (!connected) return 'offline';
  if (gateway !== undefined) return 'online';
  const ports = [...inbound, ...listeners];
  const ready = ports.filter(isReady).length;
  if (ports.length > 0 && ready === 0) return 'offline';
  return ready < ports.length ? 'partiallyDegraded' : 'online';
}

/** Sidecar, or which gateway. */
export function dataplaneKind(dataplane: Resource): DataplaneKind {
  const gateway = (dataplane.spec as DataplaneSpec).networking?.gateway;
  if (gateway === undefined) return 'standard';
  return gateway.type === 'BUILTIN' ? 'gatewayBuiltin' : 'gatewayDelegated';
}

/** The values of `kuma.io/service` of a dataplane, each once, with the readiness of its ports. */
export function servicesOf(dataplane: Resource): ReadonlyMap<string, boolean> {
  const { inbound = [], gateway } = (dataplane.spec as DataplaneSpec).networking ?? {};
  const services = new Map<string, boolean>();
  for (const port of gateway === undefined ? inbound : [gateway]) {
    const service = port.tags?.['kuma.io/service'];
    if (service !== undefined) services.set(service, (services.get(service) ?? true) && isReady(port));
  }
  return services;
}

function isReady({ health, state }: Port): boolean {
  return health?.ready !== false && (state ?? 'Ready') === 'Ready';
}
