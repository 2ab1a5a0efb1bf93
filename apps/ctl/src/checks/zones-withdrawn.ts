import { allWithdrawals, withdrawalText } from '../zones/zone-troubles.ts';
import { zonesOf, type PlaneCheck } from './check.ts';

/** A zone that seems dead is taken out of use by each other one for itself (docs/adr/0038). */
export const zonesWithdrawn: PlaneCheck = {
  id: 'WEFT-ZONE-008',
  group: 'Zones',
  title: 'no zone is out of use',
  applies: (facts) => zonesOf(facts) !== undefined,
  run: (facts) => allWithdrawals(zonesOf(facts) ?? []).map((one) => ({
    severity: one.effect === 'lowered' ? 'warning' as const : 'error' as const,
    message: withdrawalText(one, facts.nowMs),
    hint: `start the control plane and an ingress of zone ${one.zone}; if they run, let the control planes of zone ${one.by} connect to the advertised addresses of its ingresses, as its proxies do`,
  })),
};
