import { contextualInboundName, zoneListenerName } from '@weft/envoy-builders';
import { kriOf, PROTOCOL_TAG, sectionOf, withSection } from '@weft/policy-engine';
import { outboundSpecs, type OutboundSpec, type Protocol, type ServiceTarget } from '@weft/proxy-view';
import type { InspectedProxy } from './inspected-proxy.ts';

/** Answer of `_layout`: the parts of a proxy. */
export interface ProxyLayout {
  readonly kri: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly inbounds: readonly LayoutPart[];
  readonly outbounds: readonly LayoutPart[];
  /** Listeners of zone proxies, ready or not. */
  readonly listeners: readonly LayoutListener[];
  /** Absent where the proxy has no workload identity. */
  readonly spiffeId?: string;
}

/** One inbound or outbound. */
export interface LayoutPart {
  readonly kri: string;
  readonly port: number;
  readonly protocol: string;
  /** Its name in Envoy where names are unified. */
  readonly proxyResourceName: string;
}

/** One listener of a zone proxy. */
export interface LayoutListener extends Omit<LayoutPart, 'protocol'> {
  readonly type: 'ZoneIngress' | 'ZoneEgress';
}

type ResourceTarget = Extract<ServiceTarget, { kind: 'resource' }>;

/** An outbound to one port of a real service. */
export interface ResourceOutbound {
  readonly spec: OutboundSpec;
  readonly target: ResourceTarget;
  readonly protocol: Protocol;
}

/** The parts of a proxy by their KRIs; outbounds by tag have none and are left out. */
export function proxyLayout(proxy: InspectedProxy): ProxyLayout {
  const { entry, credentials } = proxy.known;
  const spiffeId = credentials.current?.workload?.spiffeId;
  return {
    inbounds: inboundKris(proxy).map(({ kri, index }) => {
      const { name, port = 0, protocol, tags = {} } = entry.inbounds[index] ?? {};
      return { kri, port, protocol: protocol ?? tags[PROTOCOL_TAG] ?? 'tcp', proxyResourceName: contextualInboundName({ name, port }) };
    }),
    kri: dataplaneKri(proxy),
    labels: entry.resource.labels,
    listeners: entry.listeners.map(({ type, name, port }) => ({ kri: withSection(dataplaneKri(proxy), sectionOf({ name, port })), port, proxyResourceName: zoneListenerName(type, sectionOf({ name, port })), type })),
    outbounds: resourceOutbounds(proxy).map(({ target, protocol }) => ({ kri: target.kri, port: target.port, protocol, proxyResourceName: target.kri })),
    ...(spiffeId !== undefined && { spiffeId }),
  };
}

/** KRIs of the inbounds, with their index among those that are served: the section is the inbound's name, or its port. */
export function inboundKris(proxy: InspectedProxy): readonly { readonly kri: string; readonly index: number }[] {
  const kri = dataplaneKri(proxy);
  return proxy.known.entry.subject.inbounds.map(({ name, port }, index) => ({ kri: withSection(kri, sectionOf({ name, port })), index }));
}

/** The outbounds to real services, each once whatever number of addresses it has. */
export function resourceOutbounds({ sources: { index }, known: { mesh, class: proxies } }: InspectedProxy): readonly ResourceOutbound[] {
  const byKri = new Map<string, ResourceOutbound>();
  for (const spec of outboundSpecs(index, mesh, proxies)) {
    const { target, protocol } = spec.known;
    if (target.kind === 'resource' && !byKri.has(target.kri)) byKri.set(target.kri, { spec, target, protocol });
  }
  return [...byKri.values()];
}

function dataplaneKri({ known: { entry } }: InspectedProxy): string {
  return kriOf(entry.resource, 'dp');
}
