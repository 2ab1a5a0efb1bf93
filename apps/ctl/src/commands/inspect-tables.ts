import type { Document } from '@weft/api-client';
import { ageOf } from '../age.ts';
import type { CliContext } from '../context.ts';
import { encode, parseFormat, table } from '../output.ts';
import { painter } from '../paint.ts';
import { zoneState } from '../zones/zone-state.ts';
import { zoneTroubles } from '../zones/zone-troubles.ts';
import { readZoneView } from '../zones/zone-view.ts';

/** Flags of `inspect meshes` and its like. */
export interface InspectTableFlags {
  readonly mesh: string;
  readonly output: string;
}

/** One overview table: where its items come from, and how each is shown. */
export interface InspectTable {
  readonly path: (mesh: string) => string;
  readonly headers: readonly string[];
  readonly row: (item: Document, nowMs: number) => readonly string[];
}

interface Stat {
  readonly total?: number;
  readonly online?: number;
}

interface Subscription {
  readonly connectTime?: string;
  readonly disconnectTime?: string;
  readonly status?: { readonly lastUpdateTime?: string; readonly total?: { readonly responsesSent?: string; readonly responsesRejected?: string } };
  readonly version?: { readonly kumaCp?: { readonly version?: string }; readonly kumaDp?: { readonly version?: string }; readonly envoy?: { readonly version?: string } };
  readonly config?: string;
}

/** The types of the first generation that `inspect meshes` counts, with their columns. */
const COUNTED = [
  ['TrafficPermission', 'TRAFFIC PERMISSIONS'], ['TrafficRoute', 'TRAFFIC ROUTES'], ['CircuitBreaker', 'CIRCUIT BREAKERS'], ['HealthCheck', 'HEALTH CHECKS'],
  ['FaultInjection', 'FAULT INJECTIONS'], ['ExternalService', 'EXTERNAL SERVICES'], ['TrafficTrace', 'TRAFFIC TRACES'], ['TrafficLog', 'TRAFFIC LOGS'],
  ['ProxyTemplate', 'PROXY TEMPLATES'], ['RateLimit', 'RATE LIMITS'],
] as const;
const STATUS: Readonly<Record<string, string>> = { online: 'Online', offline: 'Offline', partially_degraded: 'Partially degraded', not_available: 'Not available' };
const CONNECTION = ['NAME', 'STATUS', 'LAST CONNECTED AGO', 'LAST UPDATED AGO', 'TOTAL UPDATES', 'TOTAL ERRORS'];

/** The tables of `inspect`, by their name on the command line. Columns are those of kumactl 2.14. */
export const INSPECT_TABLES = {
  meshes: {
    path: () => '/mesh-insights',
    headers: ['MESH', 'DATAPLANES', ...COUNTED.map(([, header]) => header)],
    row: (item) => {
      const counts = (item['resources'] ?? item['policies'] ?? {}) as Readonly<Record<string, Stat | undefined>>;
      return [nameOf(item), onlineOf(item), ...COUNTED.map(([type]) => String(counts[type]?.total ?? 0))];
    },
  },
  services: {
    path: (mesh) => `/meshes/${encodeURIComponent(mesh)}/service-insights`,
    headers: ['SERVICE', 'STATUS', 'DATAPLANES'],
    row: (item) => [nameOf(item), STATUS[String(item['status'])] ?? 'Offline', onlineOf(item)],
  },
  zones: {
    path: () => '/zones/_overview',
    headers: [...CONNECTION, 'ZONE-CP VERSION', 'BACKEND'],
    row: (item, nowMs) => {
      const subscriptions = subscriptionsOf(item['zoneInsight']);
      const enabled = (item['zone'] as { readonly enabled?: boolean } | undefined)?.enabled !== false;
      const last = subscriptions.at(-1);
      return [nameOf(item), ...connection(subscriptions, { enabled, nowMs }), last === undefined ? '' : last.version?.kumaCp?.version ?? 'unknown', last === undefined ? '' : backendOf(last)];
    },
  },
  zoneingresses: zoneProxies('/zoneingresses/_overview', 'zoneIngressInsight'),
  zoneegresses: zoneProxies('/zoneegresses/_overview', 'zoneEgressInsight'),
} as const satisfies Readonly<Record<string, InspectTable>>;

/** `weftctl inspect meshes|services|zones|zoneingresses|zoneegresses`. */
export async function inspectTable(context: CliContext, kind: keyof typeof INSPECT_TABLES, flags: InspectTableFlags): Promise<void> {
  const format = parseFormat(flags.output);
  await context.checkVersion();
  const { path, headers, row }: InspectTable = INSPECT_TABLES[kind];
  const page = await context.client().getJson(`${path(flags.mesh)}?size=1000`);
  if (format !== 'table') return context.print(encode(page, format));
  const nowMs = Date.now();
  context.print(table(headers, (page['items'] as readonly Document[]).map((item) => row(item, nowMs))));
  const troubles = kind === 'zones' && (page['items'] as readonly Document[]).some(isTroubled) ? zoneTroubles(await readZoneView(context.client()), nowMs) : [];
  if (troubles.length > 0) context.print(`\n${troubles.map((line) => `${painter(context.terminal)('warning', line)}\n`).join('')}`);
}

/** Where there is nothing to explain nothing more is asked for, as kumactl does. */
function isTroubled(overview: Document): boolean {
  const { nacks, refused, incidents, withdrawals } = zoneState(overview);
  return nacks.length + refused.length + incidents.length + withdrawals.length > 0;
}

function zoneProxies(path: string, insight: string): InspectTable {
  return {
    path: () => path,
    headers: [...CONNECTION, 'KUMA-DP VERSION', 'ENVOY VERSION'],
    row: (item, nowMs) => {
      const subscriptions = subscriptionsOf(item[insight]);
      const last = subscriptions.at(-1);
      const never = last === undefined ? '' : 'unknown';
      return [nameOf(item), ...connection(subscriptions, { enabled: true, nowMs }), last?.version?.kumaDp?.version ?? never, last?.version?.envoy?.version ?? never];
    },
  };
}

function nameOf(item: Document): string {
  return String(item['name']);
}

function onlineOf(item: Document): string {
  const { online = 0, total = 0 } = (item['dataplanes'] ?? {}) as Stat;
  return `${online}/${total}`;
}

function subscriptionsOf(insight: unknown): readonly Subscription[] {
  return (insight as { readonly subscriptions?: readonly Subscription[] } | undefined)?.subscriptions ?? [];
}

function connection(subscriptions: readonly Subscription[], { enabled, nowMs }: { readonly enabled: boolean; readonly nowMs: number }): readonly string[] {
  const last = subscriptions.at(-1);
  const open = subscriptions.some(({ connectTime, disconnectTime }) => connectTime !== undefined && disconnectTime === undefined);
  const sum = (key: 'responsesSent' | 'responsesRejected'): string => String(subscriptions.reduce((total, one) => total + Number(one.status?.total?.[key] ?? 0), 0));
  return [open && enabled ? 'Online' : 'Offline', ageOf(last?.connectTime, nowMs), ageOf(last?.status?.lastUpdateTime, nowMs), sum('responsesSent'), sum('responsesRejected')];
}

// The configuration of a zone's control plane is JSON text within its insight.
function backendOf(subscription: Subscription | undefined): string {
  try {
    const config = JSON.parse(subscription?.config ?? '{}') as { readonly store?: { readonly type?: string } };
    return config.store?.type ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
