import type { ZoneIngressSpec } from '@weft/resource-model';
import { withResource, type Step } from './draft.ts';

/**
 * A zone's own ZoneIngresses and ZoneEgresses say which zone is theirs. What an ingress offers is the control plane's to
 * say: a document that is silent about it (an agent that registers again) leaves it as it is.
 */
export const completeZoneProxy: Step = {
  name: 'complete zone proxy',
  stage: 'process',
  run: (draft, { site, previous }) => {
    const { type, labels } = draft.resource;
    if ((type !== 'ZoneIngress' && type !== 'ZoneEgress') || site.mode !== 'zone' || labels['kuma.io/origin'] === 'global') return draft;
    const spec = draft.resource.spec as ZoneIngressSpec;
    const kept = spec.availableServices ?? (previous?.spec as ZoneIngressSpec | undefined)?.availableServices;
    const zone = (spec.zone ?? '') === '' ? site.zone : spec.zone;
    return withResource(draft, { spec: { ...spec, zone, ...(kept !== undefined && { availableServices: kept }) } });
  },
};
