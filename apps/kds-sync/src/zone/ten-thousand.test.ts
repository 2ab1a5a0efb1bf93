import { readFileSync } from 'node:fs';
import { decodeResource, isLocal, isOwnOfEach } from '@weft/kds-core';
import { weftRegistry } from '@weft/policy-model';
import { extractSensitive, type Resource } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGlobal, type GlobalForTest } from '../global/testing/global-for-test.ts';
import { FederatedZone } from './testing/federated-zone.ts';

const RESOURCES = 10_000;
const PER_COMMIT = 500;

interface Recorded {
  readonly direction: 'global-to-zone' | 'zone-to-global';
  readonly type: string;
  readonly name: string;
  /** An encoded KumaResource, base64. */
  readonly resource: string;
}

const recorded = JSON.parse(readFileSync(new URL('../../../../libs/kds-core/testdata/recorded-resources.json', import.meta.url), 'utf8')) as readonly Recorded[];

/** One recorded resource of each type of a direction, as its maker has it. Secrets, whose content lies apart, are left out. */
function examples(direction: Recorded['direction']): readonly Resource[] {
  const byType = new Map<string, Resource>();
  for (const one of recorded) {
    const type = weftRegistry.byName(one.type);
    if (type === undefined || one.direction !== direction || ['Mesh', 'Config', 'Secret', 'GlobalSecret'].includes(one.type) || one.type.endsWith('Insight')) continue;
    const decoded = decodeResource(type, Buffer.from(one.resource, 'base64'));
    if (!decoded.ok || decoded.value.labels['kuma.io/zone'] !== undefined && direction === 'global-to-zone') continue;
    const { 'kuma.io/origin': _origin, 'kuma.io/display-name': _name, 'kuma.io/zone': _zone, ...labels } = decoded.value.labels;
    const { status: _status, ...rest } = decoded.value;
    byType.set(one.type, { ...rest, labels, spec: extractSensitive(type.schema, decoded.value.spec).spec });
  }
  return [...byType.values()];
}

/** Copies of the examples, evenly, under names of their own. */
function copies(of: readonly Resource[], count: number): readonly Resource[] {
  return Array.from({ length: count }, (_, at) => ({ ...(of[at % of.length] as Resource), name: `copy-${at}` }));
}

async function store(into: ResourceStore, resources: readonly Resource[]): Promise<void> {
  for (let at = 0; at < resources.length; at += PER_COMMIT) await into.commit({ writes: resources.slice(at, at + PER_COMMIT).map((resource) => ({ op: 'put', resource, expect: 'any' })) });
}

/** Type to how many copies there are. */
async function countOf(from: ResourceStore): Promise<Readonly<Record<string, number>>> {
  const { resources } = await from.snapshot();
  const counts: Record<string, number> = {};
  for (const { type, name, labels } of resources) if ((labels['kuma.io/display-name'] ?? name).startsWith('copy-')) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

describe('ten thousand resources of every type that was recorded', () => {
  let global: GlobalForTest;
  let zone: FederatedZone;
  beforeAll(async () => {
    global = await startGlobal();
  });
  afterAll(async () => {
    await zone.close();
    await global.close();
  });

  it('go down and up, and nothing is sent again after a pause', { timeout: 240_000 }, async () => {
    const [down, up] = [examples('global-to-zone'), examples('zone-to-global')];
    await store(global.store.ports.store, copies(down, RESOURCES / 2));
    zone = await FederatedZone.start({ name: 'east', global: () => global.sync.addresses['kds'] ?? '' });
    await store(zone.store.ports.store, copies(up, RESOURCES / 2).map((resource) => ({ ...resource, name: `${resource.name}-own`, labels: { ...resource.labels, 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' } })));
    const total = async (from: ResourceStore): Promise<number> => Object.values(await countOf(from)).reduce((sum, count) => sum + count, 0);
    const both = { timeout: 200_000, interval: 500 };
    await expect.poll(() => total(zone.store.ports.store), both).toBe(RESOURCES);
    await expect.poll(() => total(global.store.ports.store), both).toBe(RESOURCES);
    await expect.poll(() => zone.held(), both).toMatchObject({ zone_sync_connected: 1, zone_sync_due: 0 });
    expect(await countOf(zone.store.ports.store)).toEqual(await countOf(global.store.ports.store));
    const { resources } = await zone.store.ports.store.snapshot();
    expect(resources.filter((one) => isLocal(one) && one.name.startsWith('copy-')).length + resources.filter((one) => !isLocal(one) && !isOwnOfEach(one) && one.labels['kuma.io/display-name']?.startsWith('copy-')).length).toBe(RESOURCES);
    await zone.leave();
    zone.takeTraffic();
    await zone.join();
    await expect.poll(() => zone.held(), both).toMatchObject({ zone_sync_connected: 1, zone_sync_due: 0 });
    expect(zone.takeTraffic()).toMatchObject({ items: 0, removed: 0 });
  });
});
