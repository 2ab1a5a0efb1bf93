import { SERVICELESS_PORT, type DataplaneEntry, type MeshState } from '@weft/mesh-index';
import { chooseCredentials, type CredentialChoice, type CredentialHistory } from './credentials.ts';
import { dnsView } from './dns-view.ts';
import { inboundViews } from './inbound-views.ts';
import { matchPolicies, type MatchedPolicies } from './matched-policies.ts';
import { meshView } from './mesh-view.ts';
import { namedCollectors } from './named-collectors.ts';
import { buildOutboundGroup } from './outbound-group.ts';
import { probesView } from './probes-view.ts';
import { proxyClass, redirectionOf, usesUnifiedNaming, type ProxyClass } from './proxy-class.ts';
import { proxyConfs, type ProxyConfs } from './proxy-confs.ts';
import type { MeshView, OutboundGroup, ProxyClient, ProxyView } from './proxy-view.ts';
import { secretRefs } from './secret-refs.ts';
import { telemetryView } from './telemetry-view.ts';
import type { ViewSources } from './view-sources.ts';

/** Envoy's admin listener where the Dataplane names no port. */
const DEFAULT_ADMIN_PORT = 9901;

/** A proxy with what is known of it: the first half of its view, by which its group is found. */
export interface KnownProxy {
  readonly client: ProxyClient;
  readonly mesh: MeshState;
  readonly entry: DataplaneEntry;
  readonly meshView: MeshView;
  readonly matched: MatchedPolicies;
  readonly confs: ProxyConfs;
  readonly credentials: CredentialChoice;
  readonly class: ProxyClass;
  /** Domains in which no names exist but those of services. */
  readonly domains: readonly string[];
}

/** Of a proxy that is new here. */
const NO_HISTORY: CredentialHistory = { held: undefined, released: undefined };

/** Finds a proxy's Dataplane and mesh, and its class; undefined where either resource does not exist. */
export function findProxy({ index, naming, serviceDomain }: ViewSources, client: ProxyClient, history: CredentialHistory = NO_HISTORY): KnownProxy | undefined {
  const mesh = index.mesh(client.key.mesh);
  const entry = mesh?.dataplanes.get(client.key.name);
  if (mesh?.resource === undefined || entry === undefined) return undefined;
  const view = meshView(mesh.resource);
  const matched = matchPolicies(mesh, entry);
  const confs = proxyConfs(mesh, entry, matched);
  const credentials = chooseCredentials({ mesh, view, entry, naming, unified: usesUnifiedNaming(client, view) }, history);
  return { client, mesh, entry, meshView: view, matched, confs, credentials, class: proxyClass(index, { entry, client, mesh: view, matched, confs, credentials: credentials.current }), domains: serviceDomain === undefined ? index.domains : [...new Set([...index.domains, serviceDomain])].sort() };
}

/** The view of a proxy whose outbounds are already built for its class. */
export function completeView(proxy: KnownProxy, outboundGroup: OutboundGroup): ProxyView {
  const { client, entry, meshView: mesh } = proxy;
  const { current: credentials } = proxy.credentials;
  const unifiedNaming = usesUnifiedNaming(client, mesh);
  const networking = entry.resource.spec.networking ?? {};
  const inbounds = inboundViews(entry, { mesh, state: proxy.mesh, matched: proxy.matched, credentials });
  const probes = client.appProbeProxy === true ? undefined : probesView(entry.resource.spec, inbounds);
  return {
    key: client.key,
    client,
    mesh,
    unifiedNaming,
    address: networking.address ?? '',
    adminPort: networking.admin?.port ?? DEFAULT_ADMIN_PORT,
    // With outbounds that are bound there is no redirection to serve.
    transparentProxy: client.features.has('feature-bind-outbounds') ? undefined : redirectionOf(entry, client),
    confs: proxy.confs,
    inbounds,
    collectors: namedCollectors(proxy.mesh, proxy.matched, proxy.confs),
    serviceless: (networking.inbound ?? []).some(({ port }) => port === SERVICELESS_PORT),
    outboundGroup,
    telemetry: telemetryView(entry, client, proxy.confs),
    dns: dnsView(proxy),
    secrets: secretRefs(entry, mesh.name, credentials),
    ...(probes !== undefined && { probes }),
    ...(credentials !== undefined && { credentials: { identity: credentials.identity, trust: credentials.trust, clients: credentials.clients } }),
  };
}

/** Everything that one proxy needs, in one go. Undefined where its Dataplane or mesh does not exist, or its identity cannot be named. Pure. */
export function buildProxyView(sources: ViewSources, client: ProxyClient): ProxyView | undefined {
  const proxy = findProxy(sources, client);
  return proxy === undefined || proxy.credentials.refusal !== undefined ? undefined : completeView(proxy, buildOutboundGroup(sources, proxy.mesh, proxy.class).group);
}
