import type { EndpointsView, ExternalServerView, InboundPolicyRules, MeshCredentials, Protocol, SecretRef, ServiceTarget, TlsVersion } from '../proxy-view.ts';
import type { InboundRule, SubsetRule } from '../rules.ts';
import type { IngressDestination, ListenerProxy } from './zone-proxy-view.ts';

/** An address outside the mesh. */
export interface ExternalEndpoint {
  /** An IP address or a host name. */
  readonly address: string;
  readonly port: number;
  /** 0 is used first; without gaps. */
  readonly priority: number;
}

/** TLS that a proxy speaks with a server outside the mesh. */
export interface OriginationTls {
  /** Empty where the server is known by its address only. */
  readonly serverName: string;
  /** What the server's certificate must be for (DNS or IP), one of them; empty: whatever its CA has signed. */
  readonly names: readonly { readonly kind: 'exact' | 'prefix'; readonly value: string }[];
  /** What the server must chain to: SDS name of a CA, the CAs of the proxy's host, or nothing. */
  readonly trust: { readonly secret: string } | 'system' | 'any';
  /** SDS name of the certificate that the server may ask for. */
  readonly certificate?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly allowRenegotiation: boolean;
}

/** Who may use a way out: everyone of the mesh, nobody, or whom the rules allow; as on inbounds, `inbound` wins over `from`. */
export type EgressPermission = 'everyone' | 'nobody' | { readonly inbound?: readonly InboundRule[]; readonly from: readonly SubsetRule[] };

/** A server outside the mesh, as an egress offers it to proxies of the mesh. */
export interface EgressDestination {
  readonly mesh: string;
  readonly clusterName: string;
  /** Name of the filter chain. Default: that of the cluster. */
  readonly chainName?: string;
  readonly target: ServiceTarget;
  readonly protocol: Protocol;
  /** What clients say in TLS, lower case. */
  readonly serverNames: readonly string[];
  readonly endpoints: readonly ExternalEndpoint[];
  /** Servers of ExternalServices, each with TLS of its own: then there are no other endpoints. */
  readonly servers?: readonly ExternalServerView[];
  /** Absent: plaintext. */
  readonly tls?: OriginationTls;
  readonly permission: EgressPermission;
  /** Rules by policy type, as of an inbound; absent: callers are no policy's business here. */
  readonly rules?: Readonly<Record<string, InboundPolicyRules>>;
  /** Effective confs by policy type. */
  readonly conf: Readonly<Record<string, unknown>>;
  /** By which the egress takes part in the mesh. */
  readonly credentials: MeshCredentials;
}

/** A service of other zones: the egress passes connections on to where these are entered, as they are. */
export interface EgressPassage {
  readonly destination: IngressDestination;
  readonly endpoints: EndpointsView;
}

/** The listener of an egress. */
export interface EgressListenerView {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly unifiedNaming: boolean;
  readonly reusePort: boolean;
}

/** The listeners of a Dataplane that lead out of its mesh. */
export interface DataplaneEgress {
  /** All lead to the same servers; who may go there, and how, each says for itself. */
  readonly listeners: readonly { readonly listener: EgressListenerView; readonly destinations: readonly EgressDestination[] }[];
  /** Secrets that this takes, beside the proxy's own. */
  readonly secrets: readonly SecretRef[];
}

/** Facts about an egress that shape what is built for it. */
export interface EgressContext {
  readonly ipv6Enabled: boolean;
  /** File with the CAs of its host. */
  readonly systemCaPath?: string;
  /** File for one line per denied call. Default: no such log. */
  readonly denialLogPath?: string;
  /** Of a listener on a Dataplane. */
  readonly proxy?: ListenerProxy;
}
