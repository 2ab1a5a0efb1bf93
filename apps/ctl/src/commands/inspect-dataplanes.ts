import type { Document } from '@weft/api-client';
import { ageOf } from '../age.ts';
import type { CliContext } from '../context.ts';
import { encode, parseFormat, table } from '../output.ts';

/** Flags of `inspect dataplanes`. */
export interface InspectDataplanesFlags {
  readonly mesh: string;
  readonly tag?: readonly string[];
  readonly gateway?: boolean;
  readonly output: string;
}

interface Subscription {
  readonly connectTime?: string;
  readonly disconnectTime?: string;
  readonly status?: { readonly lastUpdateTime?: string; readonly total?: { readonly responsesSent?: string; readonly responsesRejected?: string } };
  readonly version?: { readonly kumaDp?: { readonly version?: string; readonly kumaCpCompatible?: boolean }; readonly envoy?: { readonly version?: string }; readonly dependencies?: Readonly<Record<string, string>> };
}

interface Overview extends Document {
  readonly mesh: string;
  readonly name: string;
  readonly dataplane?: { readonly networking?: { readonly inbound?: readonly Inbound[]; readonly gateway?: { readonly tags?: Readonly<Record<string, string>> } } };
  readonly dataplaneInsight?: {
    readonly subscriptions?: readonly Subscription[];
    readonly mTLS?: { readonly certificateExpirationTime?: string; readonly lastCertificateRegeneration?: string; readonly certificateRegenerations?: number; readonly issuedBackend?: string; readonly supportedBackends?: readonly string[] };
  };
}

interface Inbound {
  readonly port: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly state?: string;
  readonly health?: { readonly ready?: boolean };
}

const HEADERS = [
  'MESH', 'NAME', 'TAGS', 'STATUS', 'LAST CONNECTED AGO', 'LAST UPDATED AGO', 'TOTAL UPDATES', 'TOTAL ERRORS', 'CERT REGENERATED AGO', 'CERT EXPIRATION',
  'CERT REGENERATIONS', 'CERT BACKEND', 'SUPPORTED CERT BACKENDS', 'KUMA-DP VERSION', 'ENVOY VERSION', 'DEPENDENCIES VERSIONS', 'NOTES',
];

/** `weftctl inspect dataplanes`: one line per proxy, connected or not. */
export async function inspectDataplanes(context: CliContext, flags: InspectDataplanesFlags): Promise<void> {
  const format = parseFormat(flags.output);
  await context.checkVersion();
  const search = new URLSearchParams({ size: '1000', ...(flags.gateway === true && { gateway: 'true' }) });
  for (const tag of flags.tag ?? []) search.append('tag', tag.replace('=', ':'));
  const page = await context.client().getJson(`/meshes/${encodeURIComponent(flags.mesh)}/dataplanes/_overview?${search.toString()}`);
  if (format !== 'table') return context.print(encode(page, format));
  context.print(table(HEADERS, (page['items'] as readonly Overview[]).map((overview) => rowOf(overview, Date.now()))));
}

function rowOf(overview: Overview, nowMs: number): string[] {
  const subscriptions = overview.dataplaneInsight?.subscriptions ?? [];
  const last = subscriptions.at(-1);
  const mtls = overview.dataplaneInsight?.mTLS;
  const { status, notes } = statusOf(overview);
  const never = last === undefined ? '' : 'unknown';
  const sum = (key: 'responsesSent' | 'responsesRejected'): string => String(subscriptions.reduce((total, one) => total + Number(one.status?.total?.[key] ?? 0), 0));
  return [
    overview.mesh, overview.name, tagsOf(overview), status,
    ageOf(last?.connectTime, nowMs), ageOf(last?.status?.lastUpdateTime, nowMs), sum('responsesSent'), sum('responsesRejected'),
    ageOf(mtls?.lastCertificateRegeneration, nowMs), localTime(mtls?.certificateExpirationTime), String(mtls?.certificateRegenerations ?? 0),
    mtls?.issuedBackend ?? '-', mtls?.supportedBackends?.join(',') ?? '',
    last?.version?.kumaDp?.version ?? never, last?.version?.envoy?.version ?? never,
    Object.entries(last?.version?.dependencies ?? {}).map(([name, version]) => `${name}: ${version}`).join(', ') || '-', [...notes, ...versionNotes(last)].join(';'),
  ];
}

/** What a connected agent of a release far from the control plane's has to be told. */
function versionNotes(last: Subscription | undefined): readonly string[] {
  const agent = last?.version?.kumaDp;
  return agent?.kumaCpCompatible === false ? [`kuma-dp ${agent.version ?? ''} is too far from the control plane's version`] : [];
}

function statusOf(overview: Overview): { status: string; notes: string[] } {
  const connected = (overview.dataplaneInsight?.subscriptions ?? []).some((one) => one.connectTime !== undefined && one.disconnectTime === undefined);
  const inbounds = overview.dataplane?.networking?.inbound ?? [];
  const notReady = inbounds.filter((inbound) => inbound.health?.ready === false || inbound.state === 'NotReady');
  const notes = notReady.map((inbound) => `inbound[port=${inbound.port},svc=${inbound.tags?.['kuma.io/service'] ?? ''}] is not ready`);
  if (!connected || (inbounds.length > 0 && notReady.length === inbounds.length)) return { status: 'Offline', notes };
  return { status: notReady.length > 0 ? 'Partially degraded' : 'Online', notes };
}

function tagsOf(overview: Overview): string {
  const networking = overview.dataplane?.networking;
  const values = new Map<string, Set<string>>();
  for (const tags of [...(networking?.inbound ?? []).map((inbound) => inbound.tags), networking?.gateway?.tags]) {
    for (const [key, value] of Object.entries(tags ?? {})) values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, set]) => `${key}=${[...set].sort().join(',')}`).join(' ');
}

function localTime(time: string | undefined): string {
  if (time === undefined) return '-';
  const at = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
