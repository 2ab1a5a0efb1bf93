import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { deep, textOf, wordAt } from '../checks/check.ts';
import { incidentsOf, type ZoneIncident } from './zone-records.ts';
import { readZones, zoneState, type ZoneState } from './zone-state.ts';

/** A name under which control planes were refused, and for which there is no Zone. */
export interface Stranger {
  readonly name: string;
  readonly incidents: readonly ZoneIncident[];
}

/** The zones as the server sees them: all of them where it is the global control plane, itself in a zone that follows one. */
export interface ZoneView {
  /** Undefined: a zone that follows none, or a server that does not say. */
  readonly side: 'global' | 'zone' | undefined;
  readonly zones: readonly ZoneState[];
  readonly strangers: readonly Stranger[];
}

const NONE: ZoneView = { side: undefined, zones: [], strangers: [] };

/** `config`: that of the server, where it was read already. */
export async function readZoneView(client: ApiClient, config?: Document): Promise<ZoneView> {
  const known = config ?? (await client.getJson('/config').catch((): Document => ({})));
  if (deep(known, 'mode') === 'global') return viewOfGlobal(client);
  if (wordAt(known, ['multizone', 'zone', 'globalAddress'], '') === '') return NONE;
  const own = await client.find(`/zones/${encodeURIComponent(wordAt(known, ['multizone', 'zone', 'name'], ''))}/_overview`);
  return { side: 'zone', zones: own === undefined ? [] : [zoneState(own)], strangers: [] };
}

async function viewOfGlobal(client: ApiClient): Promise<ZoneView> {
  const zones = await readZones(client);
  const strangers: Stranger[] = [];
  try {
    for await (const insight of client.listAll('/zone-insights')) {
      const [name, incidents] = [textOf(insight, 'name'), incidentsOf(insight)];
      if (incidents.length > 0 && !zones.some((zone) => zone.name === name)) strangers.push({ name, incidents });
    }
  } catch (caught) {
    if (MeshError.from(caught).code !== 'store/not-found') throw caught;
  }
  return { side: 'global', zones, strangers };
}
