import type { ApiClient, Document } from '@weft/api-client';
import { flowOf } from '@weft/kds-core';
import { canonicalJson } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { ResourceType } from '@weft/resource-model';

/** A document of the API, as far as all types are alike. */
interface Item extends Document {
  readonly name: string;
  readonly mesh?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a control plane has of one type: who it is (mesh, display name, zone) to what it says. */
type State = ReadonlyMap<string, string>;

/** Each control plane makes some of these for itself. */
const OWN_OF_EACH = new Set(['GlobalSecret', 'Config']);
/** What differs between control planes by design: names, times, and what each of them sees of a service itself. */
const OWN_FIELDS = new Set(['name', 'labels', 'creationTime', 'modificationTime', 'kri', 'status']);

/**
 * In what a global control plane and its zones differ, over all synced types that the API shows, in words; empty where each zone has what the
 * global control plane has for it, and the other way round. Insights are not compared: they speak of connections, not of writes.
 */
export async function differences(global: ApiClient, zones: ReadonlyMap<string, ApiClient>): Promise<readonly string[]> {
  const types = weftRegistry.all.filter((type) => type.weftOnly !== true && type.internal !== true && !type.name.endsWith('Insight') && !OWN_OF_EACH.has(type.name) && (flowOf(type).toZones || flowOf(type).toGlobal));
  const found = await Promise.all(types.map((type) => differencesOf(type, global, zones)));
  return found.flat();
}

async function differencesOf(type: ResourceType, global: ApiClient, zones: ReadonlyMap<string, ApiClient>): Promise<readonly string[]> {
  const above = await listOf(global, type);
  const { toZones, toGlobal, acrossZones } = flowOf(type);
  const found: string[] = [];
  for (const [zone, api] of zones) {
    const below = await listOf(api, type);
    const ofZone = ({ labels }: Item): boolean => labels?.['kuma.io/origin'] === 'zone' && labels['kuma.io/zone'] === zone;
    const forZone = (item: Item): boolean => item.labels?.['kuma.io/origin'] !== 'zone' || (acrossZones && type.policy === undefined && !ofZone(item));
    const isReceived = ({ labels }: Item): boolean => labels?.['kuma.io/origin'] === 'global';
    if (toZones) found.push(...compared(`zone ${zone}: ${type.name}`, stateOf(above.filter(forZone)), stateOf(below.filter(isReceived))));
    if (toGlobal) found.push(...compared(`global, of zone ${zone}: ${type.name}`, stateOf(below.filter((item) => !isReceived(item)), zone), stateOf(above.filter(ofZone))));
  }
  return found;
}

async function listOf(api: ApiClient, type: ResourceType): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of api.listAll(`/${type.plural}`)) items.push(item as Item);
  return items;
}

/** `zone`: of items that do not say theirs. */
function stateOf(items: readonly Item[], zone = ''): State {
  return new Map(items.map((item) => {
    const labels = item.labels ?? {};
    const content = Object.entries(item).filter(([field]) => !OWN_FIELDS.has(field));
    const ofPeople = Object.entries(labels).filter(([label]) => !label.includes('kuma.io/'));
    return [[item.mesh ?? '', labels['kuma.io/display-name'] ?? item.name, labels['kuma.io/zone'] ?? zone].join('/'), canonicalJson({ content: Object.fromEntries(content), labels: Object.fromEntries(ofPeople) })];
  }));
}

function compared(what: string, wanted: State, held: State): readonly string[] {
  const names = [...new Set([...wanted.keys(), ...held.keys()])].sort();
  return names.flatMap((name) => (wanted.get(name) === held.get(name) ? [] : [`${what} ${name}: ${held.get(name) ?? 'absent'} instead of ${wanted.get(name) ?? 'absent'}`]));
}
