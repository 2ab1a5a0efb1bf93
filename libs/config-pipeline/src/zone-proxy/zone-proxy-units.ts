import { zoneProxyListenerName } from '@weft/envoy-builders';
import { zoneIngressListener, type IngressOffer, type ZoneProxyView } from '@weft/proxy-view';
import type { Unit } from '../generator.ts';
import { adminUnit } from '../admin-unit.ts';
import { ingressListenerUnit } from './ingress-units.ts';

/** What a zone proxy has by itself: its admin resources, and, of an ingress, the listener that leads to what is offered. */
export function zoneProxyUnits(view: ZoneProxyView, offer: IngressOffer | undefined): readonly Unit[] {
  const name = zoneProxyListenerName({ type: view.key.type, address: view.address, port: view.port }, view.unifiedNaming);
  return [...adminUnit(view), ...(offer === undefined ? [] : [ingressListenerUnit(zoneIngressListener(view, name), offer)])];
}
