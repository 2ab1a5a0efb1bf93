import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { ageOf } from '../age.ts';
import { deep, textOf, wordAt } from '../checks/check.ts';
import type { ProxySync } from '../receipts/show-syncs.ts';
import { rulesLines } from './rules-lines.ts';

/** Which proxy or service. */
export interface NameInMesh {
  readonly mesh: string;
  readonly name: string;
}

/** What is known of a dataplane, as lines. */
export async function describeDataplane(client: ApiClient, { mesh, name }: NameInMesh): Promise<readonly string[]> {
  const path = `/meshes/${encodeURIComponent(mesh)}/dataplanes/${encodeURIComponent(name)}`;
  const [overview, sync, rules] = await Promise.all([client.find(`${path}/_overview`), client.find(`${path}/_xds`), client.find(`${path}/_rules`)]);
  if (overview === undefined) throw new MeshError('store/not-found', `there is no dataplane "${name}" in mesh "${mesh}"; see: weftctl get dataplanes -m ${mesh}`);
  const networking = deep(overview, 'dataplane', 'networking');
  return [
    `Dataplane "${name}" of mesh "${mesh}" is at ${String(deep(networking, 'address'))}${zoneOf(overview)}.`,
    ...list(deep(networking, 'inbound')).map(inboundLine),
    ...(deep(networking, 'gateway') === undefined ? [] : [`It is a gateway for service ${String(deep(networking, 'gateway', 'tags', 'kuma.io/service'))}.`]),
    outboundLine(networking),
    ...rulesLines(rules),
    ...connectionLines(overview),
    ...syncLines(sync as unknown as ProxySync | undefined),
    ...list(deep(overview, 'dataplaneInsight', 'problems')).map(problemLine),
  ];
}

function zoneOf(overview: Document): string {
  const zone = deep(overview, 'labels', 'kuma.io/zone');
  return typeof zone === 'string' ? `, in zone ${zone}` : '';
}

function inboundLine(inbound: unknown): string {
  const tags = deep(inbound, 'tags');
  const port = Number(deep(inbound, 'port'));
  const servicePort = Number(deep(inbound, 'servicePort') ?? port);
  const ready = deep(inbound, 'state') === 'NotReady' || deep(inbound, 'health', 'ready') === false ? ', and is not ready' : '';
  return `It serves ${wordAt(tags, ['kuma.io/service'], wordAt(inbound, ['name'], 'its application'))} on port ${port} (${wordAt(tags, ['kuma.io/protocol'], wordAt(inbound, ['protocol'], 'tcp'))}), the application listens on ${servicePort}${ready}.`;
}

function outboundLine(networking: unknown): string {
  if (deep(networking, 'transparentProxying') !== undefined) return 'Its traffic is redirected: it reaches services by their names.';
  const outbounds = list(deep(networking, 'outbound')).map((outbound) => `${String(deep(outbound, 'tags', 'kuma.io/service') ?? deep(outbound, 'backendRef', 'name'))} on port ${String(deep(outbound, 'port'))}`);
  return outbounds.length === 0 ? 'It calls no service.' : `It calls ${outbounds.join(', ')}.`;
}

function connectionLines(overview: Document): readonly string[] {
  const last = list(deep(overview, 'dataplaneInsight', 'subscriptions')).at(-1);
  if (last === undefined) return ['Its proxy has never connected.'];
  const now = Date.now();
  const since = (field: string): string => ageOf(textOf(last as Document, field) || undefined, now);
  const versions = `Envoy ${wordAt(last, ['version', 'envoy', 'version'], 'of unknown version')}`;
  const connected = deep(last, 'disconnectTime') === undefined ? `Its proxy (${versions}) has been connected for ${since('connectTime')}.` : `Its proxy (${versions}) went away ${since('disconnectTime')} ago.`;
  const mtls = deep(overview, 'dataplaneInsight', 'mTLS');
  if (mtls === undefined) return [connected, 'It holds no certificate.'];
  return [connected, `Its certificate is from ${String(deep(mtls, 'issuedBackend'))}, was issued ${ageOf(String(deep(mtls, 'lastCertificateRegeneration')), now)} ago and ends ${momentOf(String(deep(mtls, 'certificateExpirationTime')))}.`];
}

/** `2026-11-22 12:00:34 UTC` */
function momentOf(time: string): string {
  return time.replace(/^(\S+)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 UTC');
}

function syncLines(sync: ProxySync | undefined): readonly string[] {
  if (sync === undefined || sync.state === 'OFFLINE') return ['It hears of no change until it connects.'];
  if (sync.state === 'SYNCED') return ['It has accepted all of its configuration.'];
  return Object.entries(sync.types).flatMap(([type, { state, message = '', since }]) => {
    if (state === 'NACK') return [`It has refused ${type.toUpperCase()} for ${ageOf(since, Date.now())}, and keeps what it had. Envoy says: ${message.trim()}`];
    return state === 'STALE' ? [`It has been sent ${type.toUpperCase()} ${ageOf(since, Date.now())} ago and has not answered yet.`] : [];
  });
}

/** A part of its configuration that the control plane itself could not make as asked. */
function problemLine(problem: unknown): string {
  return `Its ${String(deep(problem, 'resource'))} could not be made as asked and stays as it was: ${String(deep(problem, 'reason'))}.`;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
