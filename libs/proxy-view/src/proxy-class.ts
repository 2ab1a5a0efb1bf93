import type { DataplaneEntry, MeshIndex } from '@weft/mesh-index';
import { canonicalJson } from '@weft/kernel';
import type { Policy } from '@weft/policy-engine';
import type { DataplaneOutbound, DataplaneTransparentProxying } from '@weft/resource-model';
import { callerTags } from './caller-tags.ts';
import type { Credentials } from './credentials.ts';
import { outboundTlsBounds, type TlsBounds } from './inbound-views.ts';
import { whereaboutsOf, type Whereabouts } from './locality.ts';
import type { MatchedPolicies } from './matched-policies.ts';
import { forbiddenServers } from './outside-permissions.ts';
import { outboundConfs, type ProxyConfs } from './proxy-confs.ts';
import type { MeshView, ProxyClient, TelemetryView, TransparentProxyPorts } from './proxy-view.ts';
import { outboundTelemetry } from './telemetry-view.ts';

/** References of `reachableBackends`. */
export type ReachableBackends = NonNullable<DataplaneTransparentProxying['reachableBackends']>;

/** All that the outbounds of a proxy depend on, beside the index. Proxies of equal keys share their outbounds. */
export interface ProxyClass {
  readonly key: string;
  readonly mesh: MeshView;
  /** Matched policies with `to`, by type, in ascending precedence. */
  readonly policies: ReadonlyMap<string, readonly Policy[]>;
  /** Confs about the proxy as a whole that shape its outbounds, by policy type. */
  readonly confs: ProxyConfs;
  readonly whereabouts: Whereabouts;
  readonly explicit: readonly DataplaneOutbound[];
  /** Whether it gets an outbound for each VIP. */
  readonly vips: boolean;
  readonly reachableServices: readonly string[];
  readonly reachableBackends: ReachableBackends | undefined;
  /** `ip:port` of inbounds that are VIPs themselves: no outbound may take their place. */
  readonly ownVips: readonly string[];
  /** Services whose instances are also reached by their own addresses, and the proxy's own `ip:port`s, which are its inbounds'. */
  readonly directAccess: { readonly services: readonly string[]; readonly own: readonly string[] } | undefined;
  readonly bindToPort: boolean;
  readonly unifiedNaming: boolean;
  readonly reusePort: boolean;
  readonly ipv6Enabled: boolean;
  readonly tls: TlsBounds;
  /** What its outbounds' logs and traces say of it; undefined where there are none. */
  readonly telemetry: TelemetryView | undefined;
  /** What requests say of their sender's tags; undefined where no policy of the mesh asks, so that proxies of different tags are of one class. */
  readonly callerTags: string | undefined;
  /** Names of ExternalServices that it may not dial. */
  readonly forbidden: readonly string[];
  /** What its clusters prove themselves with; undefined where it dials in plaintext. */
  readonly credentials: ClassCredentials | undefined;
}

/** Secret names of a class, and whether its certificates are of a MeshIdentity. */
export interface ClassCredentials {
  readonly identity: string;
  readonly trust: string;
  readonly workload: boolean;
}

/** What is known of one proxy when its class is asked for. */
export interface ClassInput {
  readonly entry: DataplaneEntry;
  readonly client: ProxyClient;
  readonly mesh: MeshView;
  readonly matched: MatchedPolicies;
  readonly confs: ProxyConfs;
  readonly credentials: Credentials | undefined;
}

/** The class of a proxy. */
export function proxyClass(index: MeshIndex, { entry, client, mesh, matched, confs, credentials }: ClassInput): ProxyClass {
  const { networking } = entry.resource.spec;
  const bindOutbounds = client.features.has('feature-bind-outbounds');
  const redirected = redirectionOf(entry, client) !== undefined;
  const policies = new Map([...matched].flatMap(([type, match]) => {
    const withTo = match.policies.filter(({ to }) => to.length > 0);
    return withTo.length === 0 ? [] : [[type, withTo] as const];
  }));
  const facts = {
    mesh,
    confs: outboundConfs(confs),
    whereabouts: whereaboutsOf(entry, policies.get('MeshLoadBalancingStrategy') ?? []),
    explicit: networking?.outbound ?? [],
    vips: redirected || bindOutbounds,
    reachableServices: networking?.transparentProxying?.reachableServices ?? [],
    reachableBackends: networking?.transparentProxying?.reachableBackends,
    ownVips: redirected || bindOutbounds ? ownVips(index, entry) : [],
    directAccess: redirected && !bindOutbounds ? directAccess(entry) : undefined,
    bindToPort: bindOutbounds || !redirected,
    unifiedNaming: usesUnifiedNaming(client, mesh),
    reusePort: client.features.has('feature-reuse-port'),
    ipv6Enabled: client.ipv6Enabled,
    tls: outboundTlsBounds(matched),
    telemetry: outboundTelemetry(entry, client, { logs: policies.get('MeshAccessLog') ?? [], confs }),
    callerTags: callerTagsOf(index, entry),
    forbidden: forbiddenTo(index, entry),
    credentials: credentials && { identity: credentials.identity, trust: credentials.trust, workload: credentials.workload !== undefined },
  };
  const uids = [...policies].map(([type, list]) => [type, list.map(({ uid }) => uid)]);
  return { ...facts, policies, key: canonicalJson({ ...facts, policies: uids }) };
}

/** KRI names need the agent's consent and a mesh that knows only real services. */
export function usesUnifiedNaming(client: ProxyClient, mesh: MeshView): boolean {
  return client.features.has('feature-unified-resource-naming') && mesh.meshServicesMode === 'Exclusive';
}

/** Redirection of the proxy: what its agent reports, else what the resource says. */
export function redirectionOf({ resource }: DataplaneEntry, client: ProxyClient): TransparentProxyPorts | undefined {
  if (client.transparentProxy !== undefined) return client.transparentProxy;
  const { redirectPortInbound = 0, redirectPortOutbound = 0, ipFamilyMode } = resource.spec.networking?.transparentProxying ?? {};
  if (redirectPortInbound === 0 || redirectPortOutbound === 0) return undefined;
  return { inboundPort: redirectPortInbound, outboundPort: redirectPortOutbound, ipv4: ipFamilyMode !== 'IPv6', ipv6: client.ipv6Enabled && ipFamilyMode !== 'IPv4' };
}

function callerTagsOf(index: MeshIndex, entry: DataplaneEntry): string | undefined {
  const mesh = index.mesh(entry.resource.mesh);
  return mesh && callerTags(mesh, entry);
}

function forbiddenTo(index: MeshIndex, { resource, subject }: DataplaneEntry): readonly string[] {
  const mesh = index.mesh(resource.mesh);
  return mesh === undefined ? [] : forbiddenServers(mesh, subject);
}

function ownVips(index: MeshIndex, { resource, inbounds }: DataplaneEntry): readonly string[] {
  const address = resource.spec.networking?.address ?? '';
  const services = [...(index.mesh(resource.mesh)?.meshServices.values() ?? [])];
  const isVip = (ip: string): boolean => index.hasVip(ip) || services.some((service) => service.resource.status?.vips?.some((vip) => vip.ip === ip) === true);
  return inbounds.filter((inbound) => isVip(inbound.address ?? address)).map((inbound) => `${inbound.address ?? address}:${inbound.port ?? 0}`).sort();
}

/** Few proxies ask for it; each of them is then a class of its own. */
function directAccess({ resource, inbounds }: DataplaneEntry): ProxyClass['directAccess'] {
  const { transparentProxying, address = '' } = resource.spec.networking ?? {};
  const services = transparentProxying?.directAccessServices ?? [];
  return services.length === 0 ? undefined : { services, own: inbounds.map((inbound) => `${inbound.address ?? address}:${inbound.port ?? 0}`) };
}
