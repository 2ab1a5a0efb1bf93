import { until } from '../harness/test-mesh.ts';
import { TestZones } from '../harness/zones.ts';
import { cpuSecondsOf, memoryOf, say } from './figures.ts';
import { SimulatedZone } from './simulated-zones.ts';

/** Full garbage collections follow the registration, once; they are counted by themselves. */
const SETTLE_SECONDS = 30;
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
    say(`CPU of the ${SETTLE_SECONDS} s after that: ${(await cpuSecondsWithin(SETTLE_SECONDS, global.planePid)).toFixed(2)} s`);
    const percent = (await cpuSecondsWithin(idleSeconds, global.planePid) / idleSeconds) * 100;
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

/** CPU time that a process uses in so many seconds from now. */
async function cpuSecondsWithin(seconds: number, pid: number): Promise<number> {
  const before = cpuSecondsOf(pid);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return cpuSecondsOf(pid) - before;
}

async function online({ global }: TestZones): Promise<number> {
  const insight = (await global.api.getJson('/global-insight')) as { readonly dataplanes?: { readonly standard?: { readonly online?: number } } };
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return insight.dataplanes?.standard?.online ?? 0;
}
