import { ageOf } from '../age.ts';
import { isRecent, type ZoneNack, type ZoneWithdrawal } from './zone-records.ts';
import type { ZoneState } from './zone-state.ts';
import type { ZoneView } from './zone-view.ts';

/** One sentence for each thing that is wrong with zones now, or was a moment ago; none where all is well. */
export function zoneTroubles({ side, zones, strangers }: ZoneView, nowMs: number): readonly string[] {
  if (side === undefined) return [];
  return [
    ...zones.filter(({ isConnected }) => !isConnected).map((zone) => (side === 'global' ? away(zone, nowMs) : cutOff(zone, nowMs))),
    ...allWithdrawals(zones).map((one) => withdrawalText(one, nowMs)),
    ...zones.flatMap(({ name, nacks }) => nacks.map((nack) => `Zone ${name} has refused ${inWords(nack)} for ${ageOf(nack.time, nowMs)}: ${nack.message}`)),
    ...zones.flatMap(({ name, refused }) => refused.map((nack) => `Of what zone ${name} made, ${inWords(nack)} has been refused by the global control plane for ${ageOf(nack.time, nowMs)}: ${nack.message}`)),
    ...zones.flatMap(({ name, incidents }) => incidents.filter((one) => one.kind === 'stalled' && isRecent(one, nowMs)).map(({ time, reason }) => `The sync with zone ${name} had stopped moving ${ageOf(time, nowMs)} ago, and was started anew: ${reason}`)),
    ...[...zones, ...strangers].flatMap(({ name, incidents }) => incidents.filter((one) => one.kind === 'refused' && isRecent(one, nowMs)).map(({ time, reason }) => `A control plane that calls itself zone ${name} was refused ${ageOf(time, nowMs)} ago: ${reason}`)),
  ];
}

/** Each once: it stands with the zone that decided, and with the one that it is about. */
export function allWithdrawals(zones: readonly ZoneState[]): readonly ZoneWithdrawal[] {
  return [...new Map(zones.flatMap(({ withdrawals }) => withdrawals).map((one) => [`${one.by} ${one.zone}`, one])).values()];
}

/** What a zone has decided about another one, as a sentence. */
export function withdrawalText({ zone, by, effect, since }: ZoneWithdrawal, nowMs: number): string {
  const age = ageOf(since, nowMs);
  if (effect === 'lowered') return `Zone ${by} has used zone ${zone} after all others for ${age}: no entrance of it answers, and the global control plane cannot be asked.`;
  return `Zone ${by} has not used zone ${zone} for ${age}: it gives no sign of life, and no entrance of it answers.`;
}

/** Why the newest attempt to connect failed, where it is known. */
export function lastFailure({ incidents }: Pick<ZoneState, 'incidents'>): string | undefined {
  return incidents.at(-1)?.reason;
}

/** Type and names. */
export function inWords({ type, resources }: ZoneNack): string {
  return [type, ...(resources.includes('*') ? ['(all of them)'] : resources)].join(' ');
}

function away({ name, since }: ZoneState, nowMs: number): string {
  return since === undefined ? `Zone ${name} has never connected.` : `Zone ${name} has been away for ${ageOf(since, nowMs)}: what is shown of its proxies is as it was then.`;
}

function cutOff(zone: ZoneState, nowMs: number): string {
  const why = lastFailure(zone);
  return `This zone, ${zone.name}, does not reach its global control plane${zone.since === undefined ? '' : `, and has not for ${ageOf(zone.since, nowMs)}`}${why === undefined ? '.' : `: ${why}`}`;
}
