import type { ApiClient, Document } from '@weft/api-client';
import { deep, textOf, wordAt } from '../checks/check.ts';
import { incidentsOf, list, nacksAt, withdrawalsOf, type ZoneIncident, type ZoneNack, type ZoneWithdrawal } from './zone-records.ts';

/** A zone as the global control plane sees it, or as its own one does. Times are RFC 3339. */
export interface ZoneState {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Its control plane holds a connection. */
  readonly isConnected: boolean;
  /** Since when it is connected or, else, since when not; undefined where it was never seen. */
  readonly since: string | undefined;
  readonly version: string;
  /** False where the global control plane does not work with that version. */
  readonly isCompatible: boolean;
  readonly backend: string;
  /** Streams that are open now, by their names in a ZoneInsight; undefined where the server does not tell. */
  readonly streams: readonly string[] | undefined;
  readonly healthTime: string | undefined;
  readonly showsToken: boolean;
  /** What the zone refuses now. */
  readonly nacks: readonly ZoneNack[];
  /** What the global control plane refuses now of what the zone made. */
  readonly refused: readonly ZoneNack[];
  readonly incidents: readonly ZoneIncident[];
  /** By this zone, or about it. */
  readonly withdrawals: readonly ZoneWithdrawal[];
  /** In a zone: what the global control plane says of the others. */
  readonly others: readonly { readonly zone: string; readonly isOnline: boolean; readonly since: string }[];
  /** Responses of each type on the newest connection. */
  readonly counts: ReadonlyMap<string, { readonly sent: number; readonly answered: number }>;
}

/** Reads a ZoneOverview. */
export function zoneState(overview: Document): ZoneState {
  const insight = overview['zoneInsight'];
  const subscriptions = list(deep(insight, 'subscriptions'));
  const open = subscriptions.find((one) => deep(one, 'connectTime') !== undefined && deep(one, 'disconnectTime') === undefined);
  const newest = open ?? subscriptions.at(-1);
  const streams = deep(insight, 'kdsStreams');
  return {
    name: textOf(overview, 'name'),
    isEnabled: deep(overview, 'zone', 'enabled') !== false,
    isConnected: open !== undefined,
    since: timeAt(newest, open === undefined ? 'disconnectTime' : 'connectTime'),
    version: wordAt(newest, ['version', 'kumaCp', 'version'], 'unknown'),
    isCompatible: deep(newest, 'version', 'kumaCp', 'kumaCpGlobalCompatible') !== false,
    backend: backendOf(newest),
    streams: typeof streams === 'object' && streams !== null ? Object.keys(streams) : undefined,
    healthTime: timeAt(deep(insight, 'healthCheck'), 'time'),
    showsToken: deep(newest, 'authTokenProvided') === true,
    nacks: open === undefined ? [] : nacksAt(open, 'nacks'),
    refused: open === undefined ? [] : nacksAt(insight, 'refused'),
    incidents: incidentsOf(insight),
    withdrawals: withdrawalsOf(insight),
    others: list(deep(insight, 'others')).map((one) => ({ zone: wordAt(one, ['zone'], ''), isOnline: deep(one, 'online') === true, since: wordAt(one, ['since'], '') })),
    counts: countsOf(deep(newest, 'status', 'stat')),
  };
}

/** Every zone, by name, as the global control plane sees them. */
export async function readZones(client: ApiClient): Promise<readonly ZoneState[]> {
  const zones: ZoneState[] = [];
  for await (const overview of client.listAll('/zones/_overview')) zones.push(zoneState(overview));
  return zones;
}

/** Every zone where the server is a global control plane; undefined where it is none, or does not say. */
export async function zonesOfGlobal(client: ApiClient): Promise<readonly ZoneState[] | undefined> {
  const config = await client.getJson('/config').catch(() => ({}));
  return deep(config, 'mode') === 'global' ? readZones(client) : undefined;
}

function countsOf(stat: unknown): ZoneState['counts'] {
  const number = (one: unknown, field: string): number => Number(deep(one, field) ?? 0);
  return new Map(Object.entries((stat ?? {}) as Document).map(([type, one]) => [type, { sent: number(one, 'responsesSent'), answered: number(one, 'responsesAcknowledged') + number(one, 'responsesRejected') }]));
}

/** The configuration of a zone's control plane is JSON text. */
function backendOf(subscription: unknown): string {
  try {
    return wordAt(JSON.parse(wordAt(subscription, ['config'], '{}')), ['store', 'type'], 'unknown');
  } catch {
    return 'unknown';
  }
}

function timeAt(document: unknown, field: string): string | undefined {
  const value = deep(document, field);
  return typeof value === 'string' ? value : undefined;
}
