import type { ZoneWithdrawalSpec } from '@weft/resource-model';

/** How another zone is to be used from here. */
export type ZoneVerdict = 'usual' | ZoneWithdrawalSpec['effect'];

/**
 * The link to the global control plane. `settling`: it was made a moment ago, and what the global control plane says may be
 * of before its own restart. `unsure`: it was lost a moment ago, or has not been made yet.
 */
export type GlobalLink = 'up' | 'settling' | 'unsure' | 'down';

/** What is known of another zone. */
export interface ZoneSigns {
  readonly link: GlobalLink;
  /** Whether the global control plane says that the zone is alive; undefined where it says nothing (stock zones). */
  readonly online: boolean | undefined;
  /** Whether an entrance of the zone takes connections from here; undefined where that is not known. */
  readonly answers: boolean | undefined;
  readonly before: ZoneVerdict;
}

/** Whether the entrances of a zone must be looked at: nobody says that it is alive. */
export function isSuspect({ link, online }: Pick<ZoneSigns, 'link' | 'online'>): boolean {
  return online === false || link === 'settling' || link === 'down';
}

/**
 * What to do about a zone. It is withdrawn only where the global control plane says that it is offline and nothing of it
 * answers; without the global control plane it is lowered at most, or stays what it was. Whatever answers is used.
 */
export function verdictOn({ link, online, answers, before }: ZoneSigns): ZoneVerdict {
  if (answers === true) return 'usual';
  if (link === 'up' && online !== false) return 'usual';
  if (answers === undefined || link === 'unsure') return before;
  if (link === 'down') return before === 'withdrawn' ? before : 'lowered';
  return online === false ? 'withdrawn' : before;
}
