import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { ageOf } from '../age.ts';
import { deep, textOf, wordAt } from '../checks/check.ts';
import { named } from './service-lines.ts';
import { isRecent, type ZoneNack } from '../zones/zone-records.ts';
import { zoneState, type ZoneState } from '../zones/zone-state.ts';
import { inWords, lastFailure, withdrawalText } from '../zones/zone-troubles.ts';
import { readZoneView } from '../zones/zone-view.ts';

/** What is known of a zone, as lines: at the global control plane, or in a zone of itself and of others. Throws `store/not-found`. */
export async function describeZone(client: ApiClient, name: string): Promise<readonly string[]> {
  const overview = await client.find(`/zones/${encodeURIComponent(name)}/_overview`);
  if (overview === undefined) return describeOther(client, name);
  const [config, dataplanes, ingresses, egresses, services] = await Promise.all([
    client.getJson('/config').catch(() => ({})), ofZone(client, '/dataplanes/_overview', name), ofZone(client, '/zoneingresses/_overview', name), ofZone(client, '/zoneegresses/_overview', name), ofZone(client, '/meshservices', name),
  ]);
  const zone = zoneState(overview);
  const isGlobal = deep(config, 'mode') === 'global';
  return [
    ...(isGlobal ? connectionLines(zone) : [linkLine(zone, config)]),
    ...zone.withdrawals.map((one) => withdrawalText(one, Date.now())),
    ...(zone.isConnected ? syncLines(zone) : []),
    ...incidentLines(zone),
    ...(isGlobal && !zone.isConnected && dataplanes.length + ingresses.length > 0 ? ['What follows is as it was when it went away.'] : []),
    proxiesLine(dataplanes),
    ...ingressLines(zone, ingresses, dataplanes),
    ...(egresses.length === 0 ? [] : [`What leaves it for ExternalServices may go by ${states(egresses, 'zoneEgressInsight')}.`]),
    servicesLine(services),
  ];
}

/** Another zone, as far as a zone hears of it: from the global control plane, by what came from there, and by its own trials. */
async function describeOther(client: ApiClient, name: string): Promise<readonly string[]> {
  const { side, zones: [own] } = await readZoneView(client);
  const [ingresses, addresses, services] = side === 'zone' ? await Promise.all([ofZone(client, '/zoneingresses', name), ofZone(client, '/meshzoneaddresses', name), ofZone(client, '/meshservices', name)]) : [[], [], []];
  const told = own?.others.find(({ zone }) => zone === name);
  if (own === undefined || (told === undefined && ingresses.length + addresses.length + services.length === 0)) throw new MeshError('store/not-found', `there is no zone "${name}"; see: weftctl get zones`);
  const now = Date.now();
  const entrances = [...ingresses, ...addresses].map(displayName);
  return [
    `Zone "${name}" is another zone than this one, which is ${own.name}; the global control plane knows more of it.`,
    ...(told === undefined ? [] : [told.isOnline ? 'The global control plane says that it is alive.' : `The global control plane says that it has given no sign of life for ${ageOf(told.since, now)}.`]),
    ...(own.isConnected ? [] : ['The global control plane is out of reach, so this may be old.']),
    ...own.withdrawals.filter(({ zone }) => zone === name).map((one) => withdrawalText(one, now)),
    entrances.length === 0 ? 'It has no ingress: it cannot be entered from here.' : `It is entered by ${named(entrances)}.`,
    servicesLine(services),
  ];
}

function servicesLine(services: readonly Document[]): string {
  return services.length === 0 ? 'It offers no MeshService.' : `It offers ${services.length} ${services.length === 1 ? 'MeshService' : 'MeshServices'}: ${named(services.map(displayName))}.`;
}

/** Resources that came from a zone, or are of it where this is its control plane. */
async function ofZone(client: ApiClient, path: string, zone: string): Promise<readonly Document[]> {
  const found: Document[] = [];
  for await (const item of client.listAll(path)) if (deep(item, 'labels', 'kuma.io/zone') === zone) found.push(item);
  return found;
}

function connectionLines({ name, isEnabled, isConnected, since, version, isCompatible, backend, showsToken }: ZoneState): readonly string[] {
  const now = Date.now();
  const age = ageOf(since, now);
  const connection = isConnected ? `is connected, and has been for ${age}` : since === undefined ? 'has never connected' : `is not connected: it went away ${age} ago. Its proxies keep what they have`;
  return [
    `Zone "${name}" ${connection}.`,
    ...(isEnabled ? [] : ['It is disabled: other zones are told nothing of its services and ingresses.']),
    ...(since === undefined ? [] : [`Its control plane is of version ${version}${isCompatible ? '' : ', which does not fit this one: releases may be two minor versions apart'}, keeps its resources in a store of type ${backend}, and ${showsToken ? 'showed a token' : 'showed no token'}.`]),
  ];
}

function linkLine(zone: ZoneState, config: unknown): string {
  const { name, isConnected, since } = zone;
  const why = lastFailure(zone);
  const global = wordAt(config, ['multizone', 'zone', 'globalAddress'], '');
  if (global === '') return `Zone "${name}" stands alone: it follows no global control plane.`;
  if (isConnected) return `Zone "${name}" has followed the global control plane at ${global} for ${ageOf(since, Date.now())}.`;
  return `Zone "${name}" does not reach its global control plane at ${global}${since === undefined ? '' : `, and has not for ${ageOf(since, Date.now())}`}. It goes on with what it has.${why === undefined ? '' : ` It says why: ${why}`}`;
}

function syncLines({ nacks, refused }: ZoneState): readonly string[] {
  const of = (nack: ZoneNack): string => `${inWords({ ...nack, resources: [named(nack.resources)] })} for ${ageOf(nack.time, Date.now())}`;
  return [
    ...(nacks.length === 0 ? ['It refuses nothing of what it was sent.'] : nacks.map((nack) => `It has refused ${of(nack)}, and keeps what it had. It says: ${nack.message}`)),
    ...refused.map((nack) => `Of what it made, the global control plane has refused ${of(nack)}: ${nack.message}`),
  ];
}

const INCIDENTS: Readonly<Record<string, string>> = {
  stalled: 'Its sync had stopped moving, and was started anew',
  refused: 'A control plane that bears its name was refused',
  failed: 'Its sync failed, and was started anew',
};

function incidentLines({ incidents, isConnected }: ZoneState): readonly string[] {
  const now = Date.now();
  return incidents.filter((one) => isRecent(one, now) && (isConnected || one.kind !== 'failed')).map(({ kind, time, count, reason }) => `${INCIDENTS[kind] ?? kind}, ${count === 1 ? '' : `${count} times, last `}${ageOf(time, now)} ago: ${reason}`);
}

function proxiesLine(dataplanes: readonly Document[]): string {
  if (dataplanes.length === 0) return 'It has no proxies.';
  const online = dataplanes.filter((one) => isConnected(one, 'dataplaneInsight')).length;
  return `${online} of its ${dataplanes.length} ${dataplanes.length === 1 ? 'proxy is' : 'proxies are'} connected.`;
}

function ingressLines({ name }: ZoneState, ingresses: readonly Document[], dataplanes: readonly Document[]): readonly string[] {
  const listening = dataplanes.filter(isEntrance);
  if (ingresses.length + listening.length === 0) return ['It has no ingress: other zones cannot reach its services.'];
  return [
    ...(ingresses.length === 0 ? [] : [`Other zones enter it by ${states(ingresses, 'zoneIngressInsight')}.`]),
    ...(listening.length === 0 ? [] : [`Other zones enter it by ${states(listening, 'dataplaneInsight')} of mesh ${named([...new Set(listening.map((one) => textOf(one, 'mesh')))])}.`]),
    ...ingresses.filter((one) => deep(one, 'zoneIngress', 'networking', 'advertisedAddress') === undefined).map((one) => `Ingress ${displayName(one)} advertises no address, so no proxy outside of zone ${name} is told of it.`),
  ];
}

/** Whether a dataplane is a way into its zone. */
export function isEntrance(dataplane: Document): boolean {
  const listeners = deep(dataplane, 'dataplane', 'networking', 'listeners');
  return Array.isArray(listeners) && listeners.some((one) => deep(one, 'type') === 'ZoneIngress');
}

/** Whether an overview's insight has an open connection. */
export function isConnected(overview: Document, insight: string): boolean {
  const subscriptions = deep(overview, insight, 'subscriptions');
  return Array.isArray(subscriptions) && subscriptions.some((one) => deep(one, 'connectTime') !== undefined && deep(one, 'disconnectTime') === undefined);
}

/** The name that people gave it. */
export function displayName(document: Document): string {
  return wordAt(document, ['labels', 'kuma.io/display-name'], textOf(document, 'name'));
}

function states(overviews: readonly Document[], insight: string): string {
  return named(overviews.map((one) => `${displayName(one)}${isConnected(one, insight) ? '' : ' (not connected)'}`));
}
