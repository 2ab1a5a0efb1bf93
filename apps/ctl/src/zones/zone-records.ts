import { deep, wordAt } from '../checks/check.ts';

/** What one side refuses of what the other one sends. */
export interface ZoneNack {
  readonly type: string;
  readonly message: string;
  /** RFC 3339. */
  readonly time: string;
  /** Names of resources, as far as they are known. */
  readonly resources: readonly string[];
}

/** What went wrong with the connection of a zone; the same again is counted. Times are RFC 3339. */
export interface ZoneIncident {
  /** `refused`: a control plane was not let in under the name. `stalled`: the sync had stopped moving. `failed`: it failed otherwise. */
  readonly kind: string;
  readonly reason: string;
  readonly time: string;
  readonly count: number;
}

/** That one zone (`by`) takes another one for dead. */
export interface ZoneWithdrawal {
  readonly zone: string;
  readonly by: string;
  /** `withdrawn`: its endpoints are not used; `lowered`: after all others. */
  readonly effect: string;
  /** RFC 3339. */
  readonly since: string;
}

/** Longer ago than this, an incident is history, in milliseconds. */
const RECENT_MS = 15 * 60_000;

export function nacksAt(document: unknown, field: 'nacks' | 'refused'): readonly ZoneNack[] {
  return list(deep(document, field)).map((nack) => ({ type: wordAt(nack, ['type'], ''), message: wordAt(nack, ['message'], '').trim(), time: wordAt(nack, ['time'], ''), resources: list(deep(nack, 'resources')).map(String) }));
}

/** Newest last. */
export function incidentsOf(insight: unknown): readonly ZoneIncident[] {
  return list(deep(insight, 'incidents')).map((one) => ({ kind: wordAt(one, ['kind'], ''), reason: wordAt(one, ['reason'], ''), time: wordAt(one, ['time'], ''), count: Number(deep(one, 'count') ?? 1) }));
}

export function withdrawalsOf(insight: unknown): readonly ZoneWithdrawal[] {
  return list(deep(insight, 'withdrawals')).map((one) => ({ zone: wordAt(one, ['zone'], ''), by: wordAt(one, ['by'], ''), effect: wordAt(one, ['effect'], ''), since: wordAt(one, ['since'], '') }));
}

/** Whether an incident is of the last quarter of an hour. */
export function isRecent({ time }: ZoneIncident, nowMs: number): boolean {
  return nowMs - Date.parse(time) < RECENT_MS;
}

/** A list in a document; empty where there is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
