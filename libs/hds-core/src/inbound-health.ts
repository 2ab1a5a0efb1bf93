import type { DataplaneInbound, DataplaneSpec } from '@weft/resource-model';
import type { HealthFinding } from './health-finding.ts';

const OUT = { state: 'NotReady', health: { ready: false } } as const;
const IN = { state: 'Ready', health: { ready: true } } as const;

/**
 * The Dataplane after a finding; the very same object where nothing changes. Probed inbounds say `Ready` or `NotReady` (in `state`
 * and, as older readers expect, in `health`); others lose both fields when they come back, as if nothing had been.
 */
export function withFinding(spec: DataplaneSpec, finding: HealthFinding): DataplaneSpec {
  return mapInbounds(spec, (inbound) => {
    if (inbound.state === 'Ignored') return inbound;
    return inbound.serviceProbe === undefined ? unprobed(inbound, finding) : probed(inbound, finding);
  });
}

/**
 * The Dataplane of a proxy that has just started: out of rotation until it says that it serves, and probed inbounds until
 * their workload answers. What an unprobed inbound says of itself, or was told by hand (in `stored`), stands.
 */
export function outOfRotation(spec: DataplaneSpec, stored: DataplaneSpec | undefined): DataplaneSpec {
  const known = stored?.networking?.inbound ?? [];
  return mapInbounds(spec, (inbound) => {
    if (inbound.state === 'Ignored') return inbound;
    if (inbound.serviceProbe !== undefined) return withFields(inbound, OUT);
    if (inbound.state !== undefined || inbound.health !== undefined) return inbound;
    const before = known.find(({ port, address }) => port === inbound.port && address === inbound.address);
    return withFields(inbound, before !== undefined && byHand(before) ? before : OUT);
  });
}

/** Port under which the workload of an inbound is probed. */
export function workloadPort({ port = 0, servicePort = 0 }: DataplaneInbound): number {
  return servicePort === 0 ? port : servicePort;
}

function unprobed(inbound: DataplaneInbound, { proxy }: HealthFinding): DataplaneInbound {
  if (proxy === 'down') return byHand(inbound) ? inbound : withFields(inbound, OUT);
  if (proxy === 'steady' || !isOut(inbound)) return inbound;
  return withFields(inbound, {});
}

function probed(inbound: DataplaneInbound, { proxy, workloads }: HealthFinding): DataplaneInbound {
  const workload = workloads[String(workloadPort(inbound))];
  if (proxy === 'down' || workload === 'down') return withFields(inbound, OUT);
  return workload === undefined || (proxy === 'steady' && workload === 'steady') ? inbound : withFields(inbound, IN);
}

/** Only both fields together are set by the control plane. */
function byHand(inbound: DataplaneInbound): boolean {
  if (isOut(inbound)) return false;
  return inbound.state === 'NotReady' || inbound.health?.ready === false;
}

function isOut({ state, health }: DataplaneInbound): boolean {
  return state === OUT.state && health?.ready === false;
}

function withFields(inbound: DataplaneInbound, fields: Pick<DataplaneInbound, 'state' | 'health'>): DataplaneInbound {
  if (inbound.state === fields.state && inbound.health?.ready === fields.health?.ready) return inbound;
  const { state: _state, health: _health, ...rest } = inbound;
  return { ...rest, ...(fields.state !== undefined && { state: fields.state }), ...(fields.health !== undefined && { health: fields.health }) };
}

function mapInbounds(spec: DataplaneSpec, change: (inbound: DataplaneInbound) => DataplaneInbound): DataplaneSpec {
  const before = spec.networking?.inbound ?? [];
  const inbound = before.map(change);
  return inbound.every((one, index) => one === before[index]) ? spec : { ...spec, networking: { ...spec.networking, inbound } };
}
