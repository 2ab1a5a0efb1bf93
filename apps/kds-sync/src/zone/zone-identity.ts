import { ask, REQUESTS, type Requests } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import type { ConfigSpec } from '@weft/resource-model';
import { randomUUID } from 'node:crypto';

/** Name of the Config; it is never synced. */
const NAME = 'weft-zone-identity';
const KEY = { type: 'Config', mesh: '', name: NAME };

/** What tells this zone from another that bears its name: made once, kept in the zone's store, the same for all replicas. Throws what the bus throws. */
export async function zoneIdentity(bus: Requests, writer: string): Promise<string> {
  const known = await read(bus);
  if (known !== undefined) return known;
  const config = randomUUID();
  try {
    await ask(bus, REQUESTS.storeWrite, { writes: [{ op: 'put', ...KEY, labels: {}, spec: { config }, expectVersion: 'absent', bare: true }], writer });
    return config;
  } catch (caught) {
    // Another replica may have been first.
    const first = MeshError.from(caught).code === 'store/conflict' ? await read(bus) : undefined;
    if (first === undefined) throw caught;
    return first;
  }
}

async function read(bus: Requests): Promise<string | undefined> {
  const { resource } = await ask(bus, REQUESTS.storeRead, KEY);
  return (resource?.spec as ConfigSpec | undefined)?.config;
}
