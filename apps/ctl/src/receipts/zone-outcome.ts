import type { ZoneState } from '../zones/zone-state.ts';

/** A resource that was written at a global control plane. */
export interface Written {
  readonly type: string;
  readonly name: string;
}

/** What became of writes in one zone. `UNCHANGED`: nothing had to be sent, it has them already or they do not concern it. */
export interface ZoneOutcome {
  readonly zone: string;
  readonly result: 'ACKED' | 'NACKED' | 'PENDING' | 'UNCHANGED' | 'OFFLINE';
  /** The zone's words. */
  readonly messages: readonly string[];
}

/**
 * What became of writes in a zone, from what was counted of it before and now. `isSettled`: what had to be sent is counted by
 * now, so that what was not will not be.
 */
export function zoneOutcome(written: readonly Written[], { before, now, isSettled }: { readonly before: ZoneState | undefined; readonly now: ZoneState; readonly isSettled: boolean }): ZoneOutcome {
  const outcome = (result: ZoneOutcome['result'], messages: readonly string[] = []): ZoneOutcome => ({ zone: now.name, result, messages });
  if (!now.isConnected) return outcome('OFFLINE');
  const refused = now.nacks.filter((nack) => written.some(({ type, name }) => nack.type === type && (nack.resources.length === 0 || nack.resources.some((one) => one.startsWith(name)))));
  if (refused.length > 0) return outcome('NACKED', refused.map(({ message }) => message));
  const types = [...new Set(written.map(({ type }) => type))].map((type) => moved(type, before, now));
  if (types.includes('awaited')) return outcome('PENDING');
  if (types.every((type) => type === 'answered')) return outcome('ACKED');
  if (!isSettled) return outcome('PENDING');
  return outcome(types.includes('answered') ? 'ACKED' : 'UNCHANGED');
}

/** A connection that is newer than `before` counts from the start: all that it sent is news. */
function moved(type: string, before: ZoneState | undefined, now: ZoneState): 'nothing' | 'awaited' | 'answered' {
  const { sent, answered } = now.counts.get(type) ?? { sent: 0, answered: 0 };
  const earlier = before?.isConnected === true && before.since === now.since ? before.counts.get(type) ?? { sent: 0, answered: 0 } : { sent: 0, answered: 0 };
  if (sent === earlier.sent) return 'nothing';
  return answered - earlier.answered < sent - earlier.sent ? 'awaited' : 'answered';
}
