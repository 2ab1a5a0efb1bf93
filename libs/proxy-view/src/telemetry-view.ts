import type { DataplaneEntry } from '@weft/mesh-index';
import { SERVICE_TAG, zoneOf, type Policy } from '@weft/policy-engine';
import { forwardsTelemetry } from './named-collectors.ts';
import type { ProxyConfs } from './proxy-confs.ts';
import type { ProxyClient, TelemetryView, TrafficSource } from './proxy-view.ts';

/** Envoy's operators for the members of `weft.source` in the node's metadata. */
const FROM_NODE: TrafficSource = {
  address: "%CEL(xds.node.metadata['weft.source'].address)%",
  service: "%CEL(xds.node.metadata['weft.source'].service)%",
  workload: "%CEL(xds.node.metadata['weft.source'].workload)%",
};

/** What the telemetry of a proxy itself says of it. */
export function telemetryView(entry: DataplaneEntry, client: ProxyClient, confs: ProxyConfs): TelemetryView {
  const { workdir, key } = client;
  const source = trafficSource(entry.resource);
  const trace = confs['MeshTrace'];
  return { zone: zoneOf(entry.resource), source, workload: source.workload, service: source.service, ...(trace !== undefined && { trace }), ...(forwardsTelemetry(client) && { forwards: true }), ...(workdir !== '' && { agent: { workdir, name: key.name } }) };
}

/** What of it the outbounds of a proxy depend on: no more than is used, so that proxies share them. Undefined where nothing is. */
export function outboundTelemetry(entry: DataplaneEntry, client: ProxyClient, used: { readonly logs: readonly Policy[]; readonly confs: ProxyConfs }): TelemetryView | undefined {
  const trace = backendTypes([used.confs['MeshTrace']]);
  const logs = backendTypes(used.logs.flatMap(({ to }) => to.map(({ conf }) => conf)));
  if (used.logs.length === 0 && trace.size === 0) return undefined;
  const own = trafficSource(entry.resource);
  const source = { address: shared('address', own, client), service: shared('service', own, client), workload: shared('workload', own, client) };
  return {
    zone: zoneOf(entry.resource),
    source,
    ...(trace.size > 0 && { trace: used.confs['MeshTrace'] }),
    ...((logs.has('OpenTelemetry') || trace.size > 0) && { workload: own.workload }),
    ...(logs.has('OpenTelemetry') && forwardsTelemetry(client) && { forwards: true }),
    ...((trace.has('OpenTelemetry') || trace.has('Datadog')) && { service: own.service }),
    ...(logs.has('Tcp') && client.workdir !== '' && { agent: { workdir: client.workdir, name: client.key.name } }),
  };
}

/** The proxy's own facts. Its service is what its tags say first; without tags, its workload. */
export function trafficSource({ labels, spec }: Pick<DataplaneEntry['resource'], 'labels' | 'spec'>): TrafficSource {
  const { gateway, inbound = [], address = '' } = spec.networking ?? {};
  const workload = labels['kuma.io/workload'] ?? '';
  const tagged = [gateway, ...inbound].map((part) => part?.tags?.[SERVICE_TAG]).find((service) => service !== undefined);
  return { address, service: tagged ?? (workload === '' ? 'unknown' : workload), workload };
}

/** Envoy says it as long as it was told the same when it started. */
function shared(member: keyof TrafficSource, own: TrafficSource, { source }: ProxyClient): string {
  return source !== undefined && source[member] === own[member] ? FROM_NODE[member] : own[member];
}

function backendTypes(confs: readonly unknown[]): ReadonlySet<string> {
  return new Set(confs.flatMap((conf) => ((conf as { readonly backends?: readonly { readonly type: string }[] } | undefined)?.backends ?? []).map(({ type }) => type)));
}
