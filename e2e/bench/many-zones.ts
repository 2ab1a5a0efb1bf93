import { until } from '../harness/test-mesh.ts';
import { TestZones } from '../harness/zones.ts';
import { cpuSecondsOf, memoryOf, say } from './figures.ts';
import { SimulatedZone } from './simulated-zones.ts';

const SETTLE_MS = 10_000;
const REGISTRATION_LIMIT_MS = 300_000;

/** How much there is, and how long the idle control plane is watched. */
export interface ManyZones {
  readonly zones: number;
  readonly dataplanes: number;
  readonly idleSeconds: number;
}

/** What a global control plane with many zones holds in memory and does when nothing happens. Prints both. */
export async function measureManyZones({ zones: count, dataplanes, idleSeconds }: ManyZones): Promise<void> {
  const zones = await TestZones.start({ zones: [] });
  const simulated: SimulatedZone[] = [];
  try {
    const { global, kdsPort } = zones;
    say(`global control plane without zones: ${memoryOf(global.planePid).now.toFixed(0)} MiB`);
    const begun = performance.now();
    for (let at = 0; at < count; at++) {
      const zone = new SimulatedZone(`zone-${at}`, `127.0.0.1:${kdsPort}`);
      simulated.push(zone);
      zone.register(dataplanes);
    }
    await until(`${count * dataplanes} dataplanes at the global control plane`, async () => (await online(zones)) === count * dataplanes, REGISTRATION_LIMIT_MS).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; ${simulated.flatMap(({ failures }) => failures).slice(0, 3).join('; ')}`);
    });
    say(`${count} zones with ${dataplanes} dataplanes each, and their insights: there after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const before = cpuSecondsOf(global.planePid);
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
    const percent = ((cpuSecondsOf(global.planePid) - before) / idleSeconds) * 100;
    const memory = memoryOf(global.planePid);
    const failures = simulated.flatMap((zone) => zone.failures);
    if (failures.length > 0) throw new Error(`${failures.length} links of simulated zones ended: ${failures[0]}`);
    say(`memory: ${memory.now.toFixed(0)} MiB now, ${memory.highest.toFixed(0)} MiB at its highest (bar: 500 MiB, ${memory.now <= 500 ? 'kept' : 'missed'})`);
    say(`idle CPU over ${idleSeconds} s: ${percent.toFixed(2)} % of a core (bar: 2 %, ${percent <= 2 ? 'kept' : 'missed'})`);
  } finally {
    for (const zone of simulated) zone.close();
    await zones.close();
  }
}

async function online({ global }: TestZones): Promise<number> {
  const insight = (await global.api.getJson('/global-insight')) as { readonly dataplanes?: { readonly standard?: { readonly online?: number } } };
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return insight.dataplanes?.standard?.online ?? 0;
}
