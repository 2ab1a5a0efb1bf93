import { buildDirectAccess, buildDirectAccessCluster, buildDns, buildDynamicConfigListener, buildEndpoints, buildProbes, type ProxyContext } from '@weft/envoy-builders';
import { canonicalJson } from '@weft/kernel';
import { buildCluster, buildInbound, buildOutbound, buildTransparentProxy, metricDocument, otelDocument } from '@weft/policy-plugins';
import { endpointsView, type ListenerProxy, type ProxyView } from '@weft/proxy-view';
import { adminUnit } from './admin-unit.ts';
import { metrics, ownLogCollectors, sharedLogCollectors, traceCollector } from './telemetry-generators.ts';
import type { EndpointsGenerator, Generator, GroupGenerator, NamesGenerator, ProxyGenerator } from './generator.ts';
import { dataplaneEgressUnits, egressContext } from './zone-proxy/egress-units.ts';
import { ingressListenerUnit } from './zone-proxy/ingress-units.ts';

const admin: ProxyGenerator = {
  name: 'admin',
  origin: 'admin',
  scope: 'proxy',
  units: adminUnit,
};

/** Listeners of the proxy that take connections from other zones. */
const ingress: ProxyGenerator = {
  name: 'ingress',
  origin: 'ingress',
  scope: 'proxy',
  units: (view) => {
    const { ingress: own } = view;
    return own === undefined ? [] : own.listeners.map((listener) => ingressListenerUnit(listener, own.offer, listenerProxy(view)));
  },
};

/** Listeners of the proxy that lead out of the mesh, and where they lead to. */
const egress: ProxyGenerator = {
  name: 'egress',
  origin: 'egress',
  scope: 'proxy',
  units: (view) => (view.egress === undefined ? [] : dataplaneEgressUnits(view.egress, { ...egressContext(view.client), proxy: listenerProxy(view) })),
};

const transparentProxy: ProxyGenerator = {
  name: 'transparent proxy',
  origin: 'transparent',
  scope: 'proxy',
  units: (view) => {
    if (view.transparentProxy === undefined) return [];
    const strict = view.client.features.has('feature-strict-inbound-ports');
    const inbounds = strict ? [view.serviceless, ...view.inbounds.map(({ port, tls }) => [port, tls.mode])] : [];
    const key = canonicalJson({ mesh: view.mesh, ports: view.transparentProxy, unified: view.unifiedNaming, reusePort: view.client.features.has('feature-reuse-port'), strict, inbounds, passthrough: view.confs['MeshPassthrough'] ?? null, log: view.confs['MeshAccessLog'] === undefined ? null : [view.confs['MeshAccessLog'], view.telemetry ?? null] });
    return [{ id: 'transparent proxy', key: `transparent proxy ${key}`, build: () => buildTransparentProxy(view) }];
  },
};

const probes: ProxyGenerator = {
  name: 'probes',
  origin: 'probe',
  scope: 'proxy',
  units: ({ probes: view, address, unifiedNaming, client }) => {
    if (view === undefined) return [];
    const context = { address, unifiedNaming, ipv6Enabled: client.ipv6Enabled, reusePort: client.features.has('feature-reuse-port') };
    return [{ id: 'probes', key: `probes ${canonicalJson(view)} ${canonicalJson(context)}`, build: () => [buildProbes(view, context)] }];
  },
};

const inbounds: ProxyGenerator = {
  name: 'inbounds',
  origin: 'inbound',
  scope: 'proxy',
  units: (view) => {
    const context = proxyContext(view);
    const shared = canonicalJson(context);
    return view.inbounds.map((inbound) => ({
      id: `inbound ${inbound.address}:${inbound.port}`,
      key: `inbound ${canonicalJson(inbound)} ${shared}`,
      build: () => buildInbound(inbound, context),
    }));
  },
};

const outbounds: GroupGenerator = {
  name: 'outbounds',
  origin: 'outbound',
  scope: 'group',
  * units(group, context) {
    const shared = canonicalJson(context);
    for (const outbound of group.outbounds) {
      yield { id: `outbound ${outbound.address}:${outbound.port}`, key: `outbound ${canonicalJson(outbound)} ${shared}`, build: () => buildOutbound(outbound, context) };
    }
  },
};

const clusters: GroupGenerator = {
  name: 'clusters',
  origin: 'outbound',
  scope: 'group',
  * units(group, context) {
    // Only health checks tell an endpoint who asks: other clusters are shared by callers of all tags.
    const { callerTags: _callerTags, ...nameless } = context;
    const keys = { nameless: canonicalJson(nameless), full: canonicalJson(context) };
    for (const destination of group.destinations) {
      const [ctx, shared] = destination.conf['MeshHealthCheck'] === undefined ? [nameless, keys.nameless] : [context, keys.full];
      yield { id: `cluster ${destination.clusterName}`, key: `cluster ${canonicalJson(destination)} ${shared}`, build: () => [buildCluster(destination, ctx)] };
    }
  },
};

/** Viewers differ in the cluster's name, in how they group localities, and in whether other zones are within their reach. */
const endpoints: EndpointsGenerator = {
  name: 'endpoints',
  origin: 'outbound',
  scope: 'endpoints',
  unit: (destination, mesh, set) => ({
    id: `endpoints ${destination.clusterName}`,
    key: `endpoints ${mesh} ${destination.clusterName} ${canonicalJson([destination.target, destination.tags, destination.locality ?? null, destination.tls !== undefined])} ${set?.revision ?? 0}`,
    build: () => [buildEndpoints(endpointsView(destination, set))],
  }),
};

/** Instances that are reached by their own addresses. */
const directAccess: GroupGenerator = {
  name: 'direct access',
  origin: 'direct-access',
  scope: 'group',
  * units(group, context) {
    for (const instance of group.directAccess) {
      const place = `${instance.address} ${instance.port}`;
      yield { id: `direct access ${place}`, key: `direct access ${place}`, build: () => [buildDirectAccess(instance)] };
    }
    if (group.directAccess.length > 0) yield { id: 'direct access', key: `direct access cluster ${canonicalJson(context)}`, build: () => [buildDirectAccessCluster(context)] };
  },
};

/** What the agent reads from its Envoy: the listener is the proxy's own, for its folder; the documents are shared. */
const dynamicConfig: ProxyGenerator = {
  name: 'dynamic config',
  origin: 'dynamic-config',
  scope: 'proxy',
  units: (view) => {
    const { dns, client: { workdir }, unifiedNaming } = view;
    const documents = { names: dns?.by === 'agent', own: [metricDocument(view), otelDocument(view)].filter((document) => document !== undefined) };
    if (workdir === '' || (!documents.names && documents.own.length === 0)) return [];
    return [{ id: 'dynamic config', key: `dynamic config ${canonicalJson([workdir, unifiedNaming, documents])}`, build: () => [buildDynamicConfigListener(workdir, unifiedNaming, documents)] }];
  },
};

const names: NamesGenerator = {
  name: 'names',
  origin: 'dns',
  scope: 'names',
  unit: (records, dns) => {
    const key = `names ${records.key} ${canonicalJson(dns)}`;
    return { id: 'names', key, fingerprint: key, build: () => [buildDns(records, dns)] };
  },
};

/** What logs of its listeners say of a proxy. */
function listenerProxy({ mesh, unifiedNaming, telemetry, address }: ProxyView): ListenerProxy {
  return { mesh: mesh.name, unifiedNaming, telemetry: telemetry ?? { zone: '', source: { address, service: 'unknown', workload: '' } } };
}

/**
 * Everything that makes Envoy resources, in order: where two make the same name, the earlier one stands and the later
 * one is reported.
 */
export const GENERATORS: readonly Generator[] = [
  // What the agent needs to see the proxy ready.
  admin,
  // Catches what no other listener claims.
  transparentProxy,
  inbounds,
  // After the inbounds, whose clusters they lead to.
  probes,
  // After the inbounds, among which they stand.
  ingress,
  egress,
  outbounds,
  // After the outbounds that refer to them, only so that reports read in this order.
  clusters,
  endpoints,
  directAccess,
  // Whom they log to.
  ownLogCollectors,
  sharedLogCollectors,
  traceCollector,
  // After the inbounds, whose ports are theirs.
  metrics,
  // The agent's way to the names, then the names.
  dynamicConfig,
  names,
];

function proxyContext(view: ProxyView): ProxyContext {
  return {
    mesh: view.mesh,
    unifiedNaming: view.unifiedNaming,
    reusePort: view.client.features.has('feature-reuse-port'),
    transparentProxy: view.transparentProxy,
    ipv6Enabled: view.client.ipv6Enabled,
    proxyAddress: view.address,
    ...(view.credentials !== undefined && { credentials: view.credentials }),
    ...(view.telemetry !== undefined && { telemetry: view.telemetry }),
    ...(view.client.systemCaPath !== undefined && { systemCaPath: view.client.systemCaPath }),
    // A denial names its rule where the proxy's output goes.
    denialLogPath: '/dev/stdout',
  };
}
