import { isConnected, isEntrance } from '../describe/describe-zone.ts';
import { deep, textOf, wordAt, type PlaneCheck, type PlaneFacts } from './check.ts';

/** Services of a zone are entered by its ingresses alone. */
export const zonesWithoutIngress: PlaneCheck = {
  id: 'WEFT-ZONE-005',
  group: 'Zones',
  title: 'zones with services can be entered',
  applies: ({ multizone }) => multizone !== undefined,
  run: (facts) => {
    const { zones = [], ingresses = [] } = facts.multizone ?? {};
    const offering = zones.filter(({ name, isEnabled }) => isEnabled && offers(facts, name));
    if (zones.length < 2) return [];
    return offering.flatMap(({ name }) => {
      const own = ingresses.filter((one) => zoneOf(one) === name);
      const entrances = facts.dataplanes.filter((one) => zoneOf(one) === name && isEntrance(one));
      const isOpen = own.some((one) => isConnected(one, 'zoneIngressInsight') && deep(one, 'zoneIngress', 'networking', 'advertisedAddress') !== undefined) || entrances.some((one) => isConnected(one, 'dataplaneInsight'));
      if (isOpen) return [];
      const why = own.length + entrances.length === 0 ? 'no ingress' : 'no ingress that is connected and advertises an address';
      return [{ severity: 'warning' as const, message: `zone "${name}" offers services and has ${why}: no other zone reaches them`, hint: 'start one in that zone: weft-dp run --proxy-type ingress' }];
    });
  },
};

function offers({ services, dataplanes }: PlaneFacts, zone: string): boolean {
  return services.some((one) => textOf(one, 'type') === 'MeshService' && zoneOf(one) === zone) || dataplanes.some((one) => zoneOf(one) === zone && Array.isArray(deep(one, 'dataplane', 'networking', 'inbound')));
}

function zoneOf(document: unknown): string {
  return wordAt(document, ['labels', 'kuma.io/zone'], '');
}
