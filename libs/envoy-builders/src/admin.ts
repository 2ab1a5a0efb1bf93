import { create } from '@bufbuild/protobuf';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import type { Address } from '@weft/envoy-proto/envoy/config/core/v3/address_pb.js';
import { FilterChainMatchSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema, type Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { DownstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { ProxyView, SecretRef } from '@weft/proxy-view';
import { explicitLimits, staticCluster } from './cluster-draft.ts';
import { clusterResource, listenerResource, type EnvoyResource } from './contract.ts';
import { finishChain, type ChainDraft } from './filter-chain.ts';
import { tlsInspector } from './inbound-draft.ts';
import { loopback, pipeAddress, socketAddress } from './message-parts.ts';
import { adminSecretNames, statName, systemNames, type SystemNames } from './naming.ts';
import { adminTls } from './tls-context.ts';

/** Name (SAN) in the certificate by which the control plane calls an admin listener; Kuma 2.14 uses the same. */
const CONTROL_PLANE = 'kuma-cp';

/** What the admin listener needs to know of a proxy of any kind. */
export type AdminView = Pick<ProxyView, 'key' | 'client' | 'unifiedNaming' | 'address' | 'adminPort'> & {
  /** Statistics for everyone beside readiness. Default: no. */
  readonly exposeMetrics?: boolean;
};

/**
 * The listener on the proxy's address: readiness for everyone, Envoy's whole admin interface for the control plane. Nothing
 * where the agent names no admin endpoint or no readiness port.
 */
export function buildAdmin(view: AdminView): EnvoyResource[] {
  const { admin, readinessPort } = view.client;
  if (admin === undefined || readinessPort === undefined) return [];
  const names = systemNames(view.unifiedNaming);
  const clusters = [
    clusterResource(explicitLimits(staticCluster(names.admin, adminAddress(admin), 5000))),
    clusterResource(explicitLimits(staticCluster(names.readiness, socketAddress(readinessHost(admin), readinessPort), 5000))),
  ];
  return hasListener(view) ? [listenerResource(adminListener(view, names)), ...clusters] : clusters;
}

/** The secrets that the listener of {@link buildAdmin} refers to. */
export function adminSecretRefs(view: AdminView): readonly SecretRef[] {
  if (!hasListener(view)) return [];
  const { certificate, clientCa } = adminSecretNames(view.unifiedNaming);
  return [{ kind: 'admin', name: certificate, mesh: view.key.mesh, proxy: view.key.name, ...(view.key.type !== undefined && { type: view.key.type }) }, { kind: 'admin-clients', name: clientCa, mesh: '' }];
}

/** Where Envoy's own admin endpoint has the address already, there is none. */
function hasListener({ client: { admin, readinessPort }, address, adminPort }: AdminView): boolean {
  if (admin === undefined || readinessPort === undefined) return false;
  return !('port' in admin && admin.address === address && admin.port === adminPort);
}

type AdminEndpoint = NonNullable<ProxyView['client']['admin']>;

function adminAddress(admin: AdminEndpoint): Address {
  return 'socketPath' in admin ? pipeAddress(admin.socketPath) : socketAddress(dialled(admin.address), admin.port);
}

/** The agent's readiness reporter listens beside the admin interface. */
function readinessHost(admin: AdminEndpoint): string {
  return 'socketPath' in admin ? '127.0.0.1' : dialled(admin.address);
}

function dialled(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

function adminListener(view: AdminView, names: SystemNames): Listener {
  const open = chain(view, names, ['/ready', ...(view.exposeMetrics === true ? ['/stats/prometheus'] : [])], undefined);
  const all = chain(view, names, ['/ready', '/'], adminTls(adminSecretNames(view.unifiedNaming), CONTROL_PLANE));
  return create(ListenerSchema, {
    name: names.admin,
    ...(view.unifiedNaming && { statPrefix: statName(names.admin) }),
    address: socketAddress(view.address, view.adminPort),
    trafficDirection: TrafficDirection.INBOUND,
    ...(view.client.features.has('feature-reuse-port') && { enableReusePort: true }),
    listenerFilters: [tlsInspector()],
    filterChains: [open, all].map(finishChain),
  });
}

function chain(view: AdminView, names: SystemNames, paths: readonly string[], tls: DownstreamTlsContext | undefined): ChainDraft {
  const routes = paths.map((path) => ({
    match: { pathSpecifier: { case: 'prefix' as const, value: path } },
    action: { case: 'route' as const, value: { clusterSpecifier: { case: 'cluster' as const, value: path === '/ready' ? names.readiness : names.admin }, prefixRewrite: path } },
  }));
  return {
    match: tls === undefined ? undefined : create(FilterChainMatchSchema, { transportProtocol: 'tls' }),
    tls,
    networkFilters: [],
    terminal: {
      kind: 'http',
      httpFilters: [],
      hcm: create(HttpConnectionManagerSchema, {
        statPrefix: statName(names.admin),
        internalAddressConfig: { cidrRanges: loopback(view.client.ipv6Enabled) },
        routeSpecifier: { case: 'routeConfig', value: { validateClusters: false, virtualHosts: [{ name: names.admin, domains: ['*'], routes }] } },
      }),
    },
  };
}
