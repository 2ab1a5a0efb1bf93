import type { Document } from '@weft/api-client';
import { ageOf } from '../age.ts';
import { deep, textOf, wordAt } from '../checks/check.ts';
import { list } from '../zones/zone-records.ts';
import { withdrawalText } from '../zones/zone-troubles.ts';
import type { ZoneView } from '../zones/zone-view.ts';

/** What a service outside the mesh is, and whether it can be reached, as lines. */
export function externalServiceLines(resource: Document): readonly string[] {
  const match = deep(resource, 'spec', 'match');
  const servers = list(deep(resource, 'spec', 'endpoints')).map((one) => `${wordAt(one, ['address'], '')}:${wordAt(one, ['port'], '')}`);
  return [
    `Service "${textOf(resource, 'name')}" of mesh "${textOf(resource, 'mesh')}" is a MeshExternalService with port ${wordAt(match, ['port'], '')} (${wordAt(match, ['protocol'], 'tcp')})${servers.length === 0 ? '' : `, served outside by ${named(servers)}`}.`,
    ...unreachableLines(resource),
    ...namesLine(resource),
  ];
}

/** What a service of several zones stands for, as lines. */
export function multiZoneServiceLines(resource: Document): readonly string[] {
  const services = list(deep(resource, 'status', 'meshServices')).map((one) => `${wordAt(one, ['name'], '')}${wordAt(one, ['zone'], '') === '' ? '' : ` of zone ${wordAt(one, ['zone'], '')}`}`);
  return [
    `Service "${textOf(resource, 'name')}" of mesh "${textOf(resource, 'mesh')}" is a MeshMultiZoneService with ${portsOf(resource)}.`,
    services.length === 0 ? 'It selects no MeshService, so calls of it fail.' : `It stands for ${named(services)}.`,
    ...namesLine(resource),
  ];
}

/** Why it cannot be reached from here, where this control plane says so. */
export function unreachableLines(resource: Document): readonly string[] {
  const failed = list(deep(resource, 'status', 'conditions')).filter((one) => deep(one, 'type') === 'Reachable' && deep(one, 'status') === 'False');
  return failed.map((one) => `It cannot be reached from here: ${wordAt(one, ['message'], wordAt(one, ['reason'], 'no reason is given'))}`);
}

/** What is wrong with the zone that a service runs in: who knows of it is away, or others do not use it. */
export function zoneLines(zone: string, { side, zones }: ZoneView, nowMs: number): readonly string[] {
  const away = side === 'global' ? zones.filter((one) => one.name === zone && !one.isConnected) : [];
  const withdrawals = zones.flatMap((one) => one.withdrawals).filter((one, at, all) => one.zone === zone && all.findIndex(({ by, zone: of }) => by === one.by && of === zone) === at);
  return [
    ...away.map(({ since }) => `Zone ${zone} has been away${since === undefined ? '' : ` for ${ageOf(since, nowMs)}`}: what is said of its proxies is as it was then.`),
    ...withdrawals.map((one) => withdrawalText(one, nowMs)),
  ];
}

/** `port 80 (http)`. */
export function portsOf(resource: Document): string {
  const ports = list(deep(resource, 'spec', 'ports')).map((port) => `${String(deep(port, 'port'))} (${wordAt(port, ['appProtocol'], 'tcp')})`);
  return `${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')}`;
}

/** How applications call it. */
export function namesLine(resource: Document): readonly string[] {
  const names = list(deep(resource, 'status', 'addresses')).map((address) => String(deep(address, 'hostname')));
  return names.length === 0 ? [] : [`Applications reach it as ${names.join(', ')}.`];
}

const SHOWN = 5;

/** The first names, and how many more. */
export function named(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ');
}
