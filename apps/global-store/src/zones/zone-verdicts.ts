import { compareText } from '@weft/kernel';
import type { Resource, ZoneInsightSpec, ZoneLivenessSpec, ZoneWithdrawalSpec } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import type { Site } from '../admission/draft.ts';

type Withdrawal = NonNullable<ZoneInsightSpec['withdrawals']>[number];
type Verdicts = Pick<ZoneInsightSpec, 'withdrawals' | 'others'>;

/** Gives what is decided and told about a zone, by its name (docs/adr/0041). */
export type ZoneVerdicts = (zone: string) => Verdicts;

/** Reads what zones decided about each other, and, in a zone, what the global control plane says of the others. */
export async function readZoneVerdicts({ store, site }: { readonly store: ResourceStore; readonly site: Pick<Site, 'mode' | 'zone'> }): Promise<ZoneVerdicts> {
  const isZone = site.mode === 'zone';
  const [decided, told] = await Promise.all([store.list('ZoneWithdrawal'), isZone ? store.list('ZoneLiveness') : []]);
  const withdrawals = decided.map((one) => asWithdrawal(one as Resource<ZoneWithdrawalSpec>, site.zone)).sort((a, b) => compareText(`${a.zone} ${a.by}`, `${b.zone} ${b.by}`));
  const others = told.map(({ spec }) => spec as ZoneLivenessSpec).filter(({ zone }) => zone !== site.zone).sort((a, b) => compareText(a.zone, b.zone));
  return (zone) => {
    const concerned = withdrawals.filter((one) => one.zone === zone || one.by === zone);
    return { ...(concerned.length > 0 && { withdrawals: concerned }), ...(others.length > 0 && zone === site.zone && { others }) };
  };
}

/** One that came from a zone names it in its labels, and bears another name there. */
function asWithdrawal({ name, labels, spec: { effect, since } }: Resource<ZoneWithdrawalSpec>, own: string): Withdrawal {
  return { zone: labels['kuma.io/display-name'] ?? name, by: labels['kuma.io/zone'] ?? own, effect, since };
}
