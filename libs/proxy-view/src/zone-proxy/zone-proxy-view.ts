import type { EndpointSetKey } from '@weft/mesh-index';
import type { InboundPolicyRules, ProxyClient, ProxyKey, ServiceTarget, TelemetryView, ZoneProxyType } from '../proxy-view.ts';

/** What a zone proxy (ZoneIngress or ZoneEgress) is by itself. What it carries is per mesh, and shared with its like. */
export interface ZoneProxyView {
  readonly key: ProxyKey & { readonly type: ZoneProxyType };
  readonly client: ProxyClient;
  readonly zone: string;
  /** Of a zone proxy the agent alone decides. */
  readonly unifiedNaming: boolean;
  readonly address: string;
  readonly port: number;
  /** Port of the admin listener on the proxy's address (9901 by default). */
  readonly adminPort: number;
  /** The admin listener shows statistics to whoever asks. Default: no. */
  readonly exposeMetrics?: boolean;
}

/** How an ingress names what it carries: by that, ingresses share what is built. */
export interface IngressForm {
  /** What clients say in TLS: of a ZoneIngress `hash` (and tags), of a listener on a Dataplane `kri`. */
  readonly sni: 'hash' | 'kri';
  /** KRIs as names of clusters. */
  readonly unifiedNaming: boolean;
}

/** One way that leads to a destination. */
export interface IngressChain {
  /** Lower case: Envoy compares it with what the client said in lower case. */
  readonly sni: string;
  /** Tags that tell some of the destination's endpoints from others; empty where any will do. */
  readonly subset: Readonly<Record<string, string>>;
}

/** A service of the own zone that other zones reach by way of an ingress. */
export interface IngressDestination {
  readonly mesh: string;
  /** Cluster name = EDS service name. */
  readonly clusterName: string;
  readonly target: ServiceTarget;
  readonly chains: readonly IngressChain[];
  /** Of these, only endpoints of the own zone are used. */
  readonly endpoints: EndpointSetKey;
}

/** What all listeners of one form have in common: the ways that they offer, and a text that stands for them. */
export interface IngressOffer {
  readonly destinations: readonly IngressDestination[];
  readonly key: string;
}

/** A listener that takes connections from other zones. */
export interface IngressListenerView {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly unifiedNaming: boolean;
  readonly reusePort: boolean;
  /** Answered to whoever connects while there is nothing to offer; absent: then there is no listener. */
  readonly idle?: { readonly proxy: string; readonly zone: string };
  /** Rules about it, by policy type; absent: none. */
  readonly rules?: Readonly<Record<string, InboundPolicyRules>>;
}

/** What policies about a listener of a Dataplane need to know of the proxy. */
export interface ListenerProxy {
  readonly mesh: string;
  readonly unifiedNaming: boolean;
  readonly telemetry: TelemetryView;
}
