import type { NamedCollector } from './named-collectors.ts';
import type { SubsetRule, InboundRule, Origin } from './rules.ts';
import type { DataplaneEgress, OriginationTls } from './zone-proxy/egress-view.ts';
import type { IngressListenerView, IngressOffer } from './zone-proxy/zone-proxy-view.ts';

/** Application protocols that Weft knows; anything else is handled as tcp. */
export type Protocol = 'http' | 'http2' | 'grpc' | 'tcp' | 'kafka';

/** Identifies a proxy: a Dataplane of a mesh, or a zone proxy, which belongs to none. */
export interface ProxyKey {
  /** Empty for zone proxies. */
  readonly mesh: string;
  readonly name: string;
  /** Absent: a Dataplane. With the rest, the key of the proxy's resource. */
  readonly type?: ZoneProxyType;
}

/** Resources of proxies that stand between zones. */
export type ZoneProxyType = 'ZoneIngress' | 'ZoneEgress';

/** What the agent and Envoy of one proxy can do, from the node metadata. Equal clients share everything built for them. */
export interface ProxyClient {
  readonly key: ProxyKey;
  /** Feature strings announced by the agent (reference dataplane §4). */
  readonly features: ReadonlySet<string>;
  /** Envoy's admin: a unix socket or a loopback port. */
  readonly admin: { readonly socketPath: string } | { readonly address: string; readonly port: number } | undefined;
  readonly readinessPort: number | undefined;
  /** Port of Envoy's DNS listener; undefined where DNS is not redirected. */
  readonly dnsPort: number | undefined;
  readonly workdir: string;
  readonly ipv6Enabled: boolean;
  /** Redirection as the agent reports it in metadata (it wins over the resource's fields). */
  readonly transparentProxy: TransparentProxyPorts | undefined;
  /** The agent answers probes of applications itself, so that virtual probes are not wanted. */
  readonly appProbeProxy?: boolean;
  /** File with the CAs of its host, where it has said so. */
  readonly systemCaPath?: string;
  /** What the node's metadata say of the workload, since the bootstrap; Envoy can put it into a log line by itself. */
  readonly source?: TrafficSource;
  /** Files of the certificate that the agent was given for metrics. */
  readonly metricsTls?: { readonly certPath: string; readonly keyPath: string };
}

/** Whose traffic a log line is about, as text; empty where unknown. */
export interface TrafficSource {
  readonly address: string;
  readonly service: string;
  readonly workload: string;
}

/** What access logs and traces of a proxy say of it. */
export interface TelemetryView {
  readonly zone: string;
  /** In log lines. For outbounds these may be command operators, which Envoy fills in: then proxies share them. */
  readonly source: TrafficSource;
  /** The workload itself, where a collector must be told it. */
  readonly workload?: string;
  /** The service itself, where a collector must be told it. */
  readonly service?: string;
  /** Merged conf of MeshTrace; absent where no spans are sent. */
  readonly trace?: unknown;
  /** The agent takes logs for collectors, and reaches those that Envoy's loggers cannot (HTTP). */
  readonly forwards?: true;
  /** The agent whose socket takes log lines for TCP backends. */
  readonly agent?: { readonly workdir: string; readonly name: string };
}

/** A collector of OpenTelemetry data. In a conf it stands as `openTelemetry.collector`, resolved from `endpoint` or `backendRef`. */
export interface CollectorView {
  /** Of the MeshOpenTelemetryBackend; absent where a policy names the place itself. */
  readonly name?: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'grpc' | 'http';
  /** Base path of HTTP endpoints; default none. */
  readonly path?: string;
  /** True where the backend names no place: then `address` is this machine's. */
  readonly isImplied?: true;
  /** How far variables of the agent's environment count; absent members have Kuma's defaults. */
  readonly env?: { readonly mode?: string | undefined; readonly precedence?: string | undefined; readonly allowSignalOverrides?: boolean | undefined };
}

/** Virtual probes: paths on a plaintext port of the proxy, and the workload's own path behind each. */
export interface ProbesView {
  readonly port: number;
  readonly routes: readonly { readonly path: string; readonly inboundPath: string; readonly inbound: Pick<InboundView, 'address' | 'port' | 'name' | 'workload' | 'service'> }[];
}

/** Where redirected connections arrive. */
export interface TransparentProxyPorts {
  readonly inboundPort: number;
  readonly outboundPort: number;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

/** Facts of the mesh that shape its proxies' configuration. */
export interface MeshView {
  readonly name: string;
  /** The enabled CA backend; undefined where mTLS is off. */
  readonly mtls: { readonly backend: string; readonly mode: 'STRICT' | 'PERMISSIVE' } | undefined;
  /** `networking.outbound.passthrough`, default true. */
  readonly passthrough: boolean;
  readonly meshServicesMode: 'Disabled' | 'Everywhere' | 'ReachableBackends' | 'Exclusive';
  /** Services by tag prefer their own zone (`routing.localityAwareLoadBalancing`). Default false. */
  readonly localityAware?: boolean;
  /** Refusals (403, 429) of inbounds say in a header who refused. Default false: callers need not know. */
  readonly nameRefusals?: boolean;
}

/** What TLS between proxies refers to: names of secrets, and who may call. */
export interface MeshCredentials {
  /** SDS name of the proxy's own certificate. */
  readonly identity: string;
  /** SDS name of what peers must chain to. */
  readonly trust: string;
  /** What the URI of a client must begin with, one of them; empty: whoever chains. */
  readonly clients: readonly string[];
}

/** TLS of an inbound after MeshTLS: `off` only where the proxy has no certificate: neither mTLS of the mesh nor a MeshIdentity. */
export interface InboundTls {
  readonly mode: 'off' | 'strict' | 'permissive';
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly ciphers?: readonly string[];
}

/** TLS versions as MeshTLS names them. */
export type TlsVersion = 'TLSAuto' | 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13';

/** One `networking.inbound[]` that is served. Plain data: equal content gives equal Envoy resources. */
export interface InboundView {
  readonly address: string;
  readonly port: number;
  readonly name: string | undefined;
  readonly workload: { readonly address: string; readonly port: number };
  readonly protocol: Protocol;
  /** `kuma.io/service` of the inbound, if it has tags. */
  readonly service: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly tls: InboundTls;
  /** Rules by policy type, in the merge order of reference policy-matching §6. */
  readonly rules: Readonly<Record<string, InboundPolicyRules>>;
}

/** Rules of one policy type on one inbound. */
export interface InboundPolicyRules {
  /** From `rules`, or `from` where the type converts it (reference policy-matching §8.1). Not merged with each other. */
  readonly inbound: readonly InboundRule[];
  /** From `from` by the tag-subset engine (MeshTrafficPermission, MeshFaultInjection). */
  readonly from: readonly SubsetRule[];
}

/** The service that traffic goes to: by `kuma.io/service` tag (L), or a real resource (R). */
export type ServiceTarget =
  | { readonly kind: 'tag'; readonly service: string }
  | { readonly kind: 'resource'; readonly type: 'MeshService' | 'MeshExternalService' | 'MeshMultiZoneService'; readonly kri: string; readonly name: string; readonly namespace: string; readonly zone: string; readonly port: number; readonly sectionName: string };

/** An Envoy cluster that outbounds use: one per distinct backend (service, and tags where a subset is meant). */
export interface DestinationView {
  /** Cluster name = EDS service name, in the naming scheme of the viewer (reference envoy-layout §2). */
  readonly clusterName: string;
  readonly target: ServiceTarget;
  /** Tags beyond `kuma.io/service` that endpoints must carry. */
  readonly tags: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  /**
   * Mesh TLS towards this destination; undefined where it is dialled in plaintext, and then only in the own zone. `sniByZone`: zones whose
   * ingresses know the destination by another server name.
   */
  readonly tls: { readonly sni: string; readonly sniByZone?: Readonly<Record<string, string>>; readonly spiffeIds: readonly string[]; readonly minVersion?: TlsVersion; readonly maxVersion?: TlsVersion; readonly ciphers?: readonly string[] } | undefined;
  /** Effective conf by policy type for the cluster (MeshTimeout, MeshCircuitBreaker, MeshHealthCheck, …), merged. */
  readonly conf: Readonly<Record<string, unknown>>;
  /** Servers outside the mesh that are dialled as they are: then there are no other endpoints. */
  readonly servers?: readonly ExternalServerView[];
  /** How its endpoints are grouped; absent: by zone, all alike. */
  readonly locality?: LocalityRules;
}

/** A server outside the mesh (ExternalService). */
export interface ExternalServerView {
  /** Of the ExternalService. */
  readonly name: string;
  /** An IP address or a host name. */
  readonly address: string;
  readonly port: number;
  /** Absent: plaintext. */
  readonly tls?: OriginationTls;
}

/** How endpoints are grouped into localities for a class of viewers (MeshLoadBalancingStrategy). */
export interface LocalityRules {
  /** Of the viewers. */
  readonly zone: string;
  /** Other zones are used as much as the own one; otherwise only where that fails. */
  readonly spread: boolean;
  /** Absent: localities are the zones. */
  readonly groups?: {
    /** An endpoint of the own zone belongs to the first of these that it has a value of; the rest makes a group of weight 1. */
    readonly affinity: readonly { readonly key: string; readonly values: readonly string[]; readonly weight: number }[];
    /** Other zones by priority; a zone that none leads to is left out. */
    readonly failover: readonly { readonly applies: boolean; readonly type: 'None' | 'Only' | 'Any' | 'AnyExcept'; readonly zones: readonly string[] }[];
    /** Percent, as Envoy has it. */
    readonly overprovisioningFactor: number;
  };
}

/** One route of an outbound, sorted into its final place (reference policies §3). */
export interface RouteView {
  /** Envoy route name: the KRI of the MeshHTTPRoute (R) or the hash of the matches (L). */
  readonly name: string;
  /** One match of MeshHTTPRoute's `matches`. */
  readonly match: Readonly<Record<string, unknown>>;
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  /** Clusters with weights; never empty. */
  readonly backends: readonly { readonly clusterName: string; readonly weight: number }[];
  /** Some backend lies outside the mesh, and wants to be asked by its own name. */
  readonly external?: true;
  /** Effective conf by policy type for this route (MeshTimeout, MeshRetry), merged. */
  readonly conf: Readonly<Record<string, unknown>>;
  readonly origins: readonly Origin[];
}

/** One outbound listener: address and port, and what stands behind. */
export interface OutboundView {
  readonly address: string;
  readonly port: number;
  readonly target: ServiceTarget;
  /** Tags of the outbound (L), for listener metadata. */
  readonly tags: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  /** For http, http2, grpc: its routes. Empty for the rest, and where a MeshTCPRoute takes their place. */
  readonly routes: readonly RouteView[];
  /** Where connections go, clusters with weights; empty where requests have routes. */
  readonly backends: readonly { readonly clusterName: string; readonly weight: number }[];
  /** Effective conf by policy type for the listener (MeshTimeout, MeshRetry tcp, …), merged. */
  readonly conf: Readonly<Record<string, unknown>>;
  readonly bindToPort: boolean;
}

/** An instance that the proxy reaches by its own address (`directAccessServices`). */
export interface DirectAccessView {
  readonly address: string;
  readonly port: number;
}

/** A name that the proxy answers beside its application, with the addresses of outbounds. */
export interface NameView {
  readonly name: string;
  readonly addresses: readonly string[];
}

/**
 * How names are answered beside an application: by the agent, which asks Envoy for the table (`labels` are for its metrics; in `domains`, no
 * other names exist),
 * or by a DNS listener of Envoy. Proxies with equal views share the table that is made for them.
 */
export type DnsView =
  | { readonly by: 'agent'; readonly unifiedNaming: boolean; readonly ipv6: boolean; readonly labels: Readonly<Record<string, string>>; readonly domains?: readonly string[] }
  | { readonly by: 'envoy'; readonly unifiedNaming: boolean; readonly ipv6: boolean; readonly port: number };

/**
 * The outbounds of a class of proxies: all that match the same `to` policies, reach the same services and have the
 * same features share one group, and thus one built copy of everything in it.
 */
export interface OutboundGroup {
  /** Identifies the class; equal keys mean the same object. */
  readonly key: string;
  readonly outbounds: readonly OutboundView[];
  readonly destinations: readonly DestinationView[];
  readonly directAccess: readonly DirectAccessView[];
  /** Names of the outbounds' addresses, sorted. */
  readonly names: readonly NameView[];
  /** Secrets that its destinations take. Default: none. */
  readonly secrets?: readonly SecretRef[];
}

/** One endpoint, ready for a ClusterLoadAssignment. */
export interface EndpointView {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The other zone that it stands for; absent: an instance of the own zone. */
  readonly remoteZone?: string;
}

/** Endpoints of one locality and priority. */
export interface LocalityView {
  readonly zone: string | undefined;
  readonly subZone: string | undefined;
  readonly priority: number;
  /** Share among the localities of a priority; absent: not weighted. */
  readonly weight?: number;
  readonly endpoints: readonly EndpointView[];
}

/** Endpoints of one destination as one class of viewers sees them: localities sorted, endpoints by address and port. */
export interface EndpointsView {
  readonly clusterName: string;
  readonly localities: readonly LocalityView[];
  /** Percent; absent: Envoy's own (140). */
  readonly overprovisioningFactor?: number;
}

/** Where PEM comes from: a Secret of the mesh, the text itself (plain, or in base64), or a field of a resource that is kept apart from it as a secret (`path` without `spec`). */
export type PemSource =
  | { readonly secret: string }
  | { readonly pem: string }
  | { readonly base64: string }
  | { readonly resource: { readonly type: string; readonly name: string; readonly version: number }; readonly path: readonly string[] };

/** A secret that the proxy's resources refer to; its content is made by the xds-server and ca-service. */
export type SecretRef =
  | { readonly kind: 'identity'; readonly name: string; readonly mesh: string; readonly services: readonly string[]; readonly tags: Readonly<Record<string, readonly string[]>> }
  /** A leaf that the CA of a MeshIdentity (by name) issues. */
  | { readonly kind: 'workload'; readonly name: string; readonly mesh: string; readonly identity: string; readonly spiffeId: string }
  /** The mesh CA's certificates. */
  | { readonly kind: 'ca'; readonly name: string; readonly mesh: string }
  /** Every trust domain of the mesh with its CAs; the mesh CA's own, if it has one, among them. */
  | { readonly kind: 'trust-bundle'; readonly name: string; readonly mesh: string }
  /** What servers outside the mesh must chain to. */
  | { readonly kind: 'external-ca'; readonly name: string; readonly mesh: string; readonly ca: PemSource }
  /** A certificate with its key, for servers outside the mesh that ask for one. */
  | { readonly kind: 'external-certificate'; readonly name: string; readonly mesh: string; readonly certificate: PemSource; readonly key: PemSource }
  /** The certificate of Envoy's admin listener; it names the proxy. */
  | { readonly kind: 'admin'; readonly name: string; readonly mesh: string; readonly proxy: string; readonly type?: ZoneProxyType }
  /** What clients of the admin listener must chain to; one for the zone, so `mesh` is empty. */
  | { readonly kind: 'admin-clients'; readonly name: string; readonly mesh: '' };

/** All that one proxy needs, as plain data: the input of the generators. */
export interface ProxyView {
  readonly key: ProxyKey;
  readonly client: ProxyClient;
  readonly mesh: MeshView;
  readonly unifiedNaming: boolean;
  readonly address: string;
  /** Port of the admin listener on the dataplane's address (9901 by default). */
  readonly adminPort: number;
  readonly transparentProxy: TransparentProxyPorts | undefined;
  /** Merged confs of policies about the proxy as a whole (MeshPassthrough, MeshProxyPatch, MeshTrace, MeshMetric), by type. */
  readonly confs: Readonly<Record<string, unknown>>;
  readonly inbounds: readonly InboundView[];
  /** MeshOpenTelemetryBackends that its policies refer to; absent: none. */
  readonly collectors?: readonly NamedCollector[];
  /** It has an inbound with the port that stands for "no port": whatever is redirected to such a proxy leads nowhere. */
  readonly serviceless: boolean;
  readonly outboundGroup: OutboundGroup;
  /** Undefined where no DNS is redirected. */
  readonly dns: DnsView | undefined;
  readonly secrets: readonly SecretRef[];
  /** Listeners that take connections from other zones, and what they offer; absent where there are none. */
  readonly ingress?: { readonly listeners: readonly IngressListenerView[]; readonly offer: IngressOffer };
  /** Listeners that lead out of the mesh; absent where there are none. */
  readonly egress?: DataplaneEgress;
  /** Virtual probes; absent where there are none, or the agent serves probes itself. */
  readonly probes?: ProbesView;
  /** What its own access logs and traces say of it; default: only its address. */
  readonly telemetry?: TelemetryView;
  /** Absent where the proxy has no certificate. */
  readonly credentials?: MeshCredentials;
}
