import { zoneProxyListenerName } from '@weft/envoy-builders';
import { zoneIngressListener, type IngressOffer, type MeshEgress, type ZoneProxyView } from '@weft/proxy-view';
import type { Unit } from '../generator.ts';
import { adminUnit } from '../admin-unit.ts';
import { egressClusterUnit, egressContext, egressListenerUnit, egressPassageUnits } from './egress-units.ts';
import { zoneIngressUnit } from './ingress-units.ts';

/** What a zone proxy leads to. */
export interface ZoneProxyOffer {
  readonly ingress?: IngressOffer | undefined;
  readonly egress?: MeshEgress | undefined;
}

/** What a zone proxy has by itself: its admin resources, the listener that leads to what is offered, and, of an egress, the clusters behind it. */
export function zoneProxyUnits(view: ZoneProxyView, { ingress, egress }: ZoneProxyOffer): readonly Unit[] {
  const name = zoneProxyListenerName({ type: view.key.type, address: view.address, port: view.port }, view.unifiedNaming);
  return [
    ...adminUnit(view),
    ...(ingress === undefined ? [] : [zoneIngressUnit(zoneIngressListener(view, name), ingress)]),
    ...(egress === undefined ? [] : egressUnits(view, name, egress)),
  ];
}

function egressUnits({ address, port, unifiedNaming, client }: ZoneProxyView, name: string, egress: MeshEgress): Unit[] {
  const ctx = egressContext(client);
  const view = { name, address, port, unifiedNaming, reusePort: client.features.has('feature-reuse-port') };
  return [egressListenerUnit(view, egress, ctx), ...egress.destinations.map((destination) => egressClusterUnit(destination, ctx)), ...egress.passages.flatMap(egressPassageUnits)];
}
