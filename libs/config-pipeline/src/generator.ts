import type { EnvoyResource, NameRecords, OutboundContext } from '@weft/envoy-builders';
import type { EndpointSet } from '@weft/mesh-index';
import type { DestinationView, DnsView, OutboundGroup, ProxyView } from '@weft/proxy-view';

/** A part of a config that is built, checked and replaced as a whole. */
export interface Unit {
  /** Stays the same while the part is changed, e.g. `outbound 127.0.0.1:8080`. */
  readonly id: string;
  /** Everything that the outcome depends on: equal keys give equal resources, and are built once per process. */
  readonly key: string;
  /** For large parts: a hash that stands for the content, so that the content itself need not be hashed. Equal on every replica. */
  readonly fingerprint?: string;
  /** Pure. May throw: then the part's last good version stays. */
  build(): readonly EnvoyResource[];
}

/** Makes parts that belong to one proxy. `origin`: what MeshProxyPatch calls where they come from, as in Kuma 2.14. */
export interface ProxyGenerator {
  readonly name: string;
  readonly origin: string;
  readonly scope: 'proxy';
  units(view: ProxyView): readonly Unit[];
}

/** Makes parts that all proxies of a class share. */
export interface GroupGenerator {
  readonly name: string;
  readonly origin: string;
  readonly scope: 'group';
  /** One by one, as their keys take time too. */
  units(group: OutboundGroup, context: OutboundContext): Iterable<Unit>;
}

/** Makes the endpoints of one destination. */
export interface EndpointsGenerator {
  readonly name: string;
  readonly origin: string;
  readonly scope: 'endpoints';
  unit(destination: DestinationView, mesh: string, set: EndpointSet | undefined): Unit;
}

/** Makes the table of names, which the proxies of a group share that answer names in the same way. */
export interface NamesGenerator {
  readonly name: string;
  readonly origin: string;
  readonly scope: 'names';
  unit(records: NameRecords, dns: DnsView): Unit;
}

/** One step from views to Envoy's resources. */
export type Generator = ProxyGenerator | GroupGenerator | EndpointsGenerator | NamesGenerator;
