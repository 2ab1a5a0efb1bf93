import { setTimeout as pause } from 'node:timers/promises';
import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { INSTANCES, MEMBERS, MESH, ZONES } from '../shop/topology.ts';
import { expectThat, type Checklist } from './checklist.ts';
import { isOnline } from './is-online.ts';
import { callTotals } from './leaf-check.ts';

const OUTAGE_MS = 3000;
/** Envoy tries again after pauses that grow up to 30 s, and each may be drawn long. */
const RECONNECT_LIMIT_MS = 90_000;
const CONNECTED = '^control_plane\\.connected_state$';
/** Counters of resources that Envoy was given: clusters, listeners, endpoints, routes, secrets. */
const UPDATES = '(cds|lds|sds\\..*|rds\\..*)\\.update_success$|^cluster\\.[^.]+\\.update_success$';

/** All control planes are killed while traffic flows: nothing fails, and after their restart Envoys are not sent again what they hold. */
export async function checkControlPlanesKilled(shop: Shop, list: Checklist): Promise<void> {
  const before = await updates(shop);
  await list.check('killed control planes interrupt nothing', async () => {
    const callsBefore = callTotals(shop);
    await Promise.all(shop.controlPlanes.all.map((one) => one.kill()));
    await pause(OUTAGE_MS);
    const callsAfter = callTotals(shop);
    const calls = callsAfter.calls - callsBefore.calls;
    expectThat(calls > 0, 'no calls were made meanwhile');
    expectThat(callsAfter.failed === callsBefore.failed, `${callsAfter.failed - callsBefore.failed} of ${calls} calls failed (${callsAfter.failures})`);
    return `0 of ${calls} calls failed in ${OUTAGE_MS / 1000} s without any`;
  });
  await list.check('after their restart every Envoy is back, with nothing resent', async () => {
    const begin = performance.now();
    for (const controlPlane of shop.controlPlanes.all) await controlPlane.start();
    await until('every Envoy is connected again', RECONNECT_LIMIT_MS, async () => (await connected(shop)) === MEMBERS.length);
    const took = Math.round(performance.now() - begin);
    await until('the control planes of the zones list every proxy as online', 30_000, async () => (await online(shop)) === INSTANCES.length);
    const after = await updates(shop);
    const resent = [...after].filter(([name, count]) => count > (before.get(name) ?? 0));
    expectThat(resent.length === 0, `sent again: ${resent.slice(0, 5).map(([name]) => name).join(', ')}${resent.length > 5 ? ` and ${resent.length - 5} more` : ''}`);
    const calls = callTotals(shop);
    return `${MEMBERS.length} Envoys connected after ${took} ms; ${after.size} update counters unchanged; ${calls.calls} calls so far`;
  });
}

async function connected(shop: Shop): Promise<number> {
  const states = await Promise.all(MEMBERS.map((member) => shop.envoy(member).sum(CONNECTED)));
  return states.filter((state) => state > 0).length;
}

async function online(shop: Shop): Promise<number> {
  const counts = await Promise.all(ZONES.map(async (zone) => {
    const { items } = await shop.controlPlanes.of({ zone }).api.list(`/meshes/${MESH}/dataplanes/_overview`);
    return items.filter((item) => isOnline(item['dataplaneInsight'])).length;
  }));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Update counters of all Envoys, keyed by instance and stat. */
async function updates(shop: Shop): Promise<ReadonlyMap<string, number>> {
  const all = await Promise.all(MEMBERS.map(async (member) => [...(await shop.envoy(member).stats(UPDATES))].map(([name, value]) => [`${member.name} ${name}`, value] as const)));
  return new Map(all.flat());
}
