import { setTimeout as pause } from 'node:timers/promises';
import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { INSTANCES, MESH } from '../shop/topology.ts';
import { expectThat, type Checklist } from './checklist.ts';
import { callTotals } from './leaf-check.ts';

const OUTAGE_MS = 3000;
const CONNECTED = '^control_plane\\.connected_state$';
/** Counters of resources that Envoy was given: clusters, listeners, endpoints, routes, secrets. */
const UPDATES = '(cds|lds|sds\\..*|rds\\..*)\\.update_success$|^cluster\\.[^.]+\\.update_success$';

/** The control plane is killed while traffic flows: nothing fails, and after its restart Envoys are not sent again what they hold. */
export async function checkControlPlaneKilled(shop: Shop, list: Checklist): Promise<void> {
  const before = await updates(shop);
  await list.check('a killed control plane interrupts nothing', async () => {
    const callsBefore = callTotals(shop);
    await shop.controlPlane.kill();
    await pause(OUTAGE_MS);
    const callsAfter = callTotals(shop);
    const calls = callsAfter.calls - callsBefore.calls;
    expectThat(calls > 0, 'no calls were made meanwhile');
    expectThat(callsAfter.failed === callsBefore.failed, `${callsAfter.failed - callsBefore.failed} of ${calls} calls failed (${callsAfter.failures})`);
    return `0 of ${calls} calls failed in ${OUTAGE_MS / 1000} s without one`;
  });
  await list.check('after its restart every Envoy is back, with nothing resent', async () => {
    const begin = performance.now();
    await shop.controlPlane.start();
    await until('every Envoy is connected again', 20_000, async () => (await connected(shop)) === INSTANCES.length);
    const took = Math.round(performance.now() - begin);
    await until('the control plane lists every proxy as online', 10_000, async () => (await online(shop)) === INSTANCES.length);
    const after = await updates(shop);
    const resent = [...after].filter(([name, count]) => count > (before.get(name) ?? 0));
    expectThat(resent.length === 0, `sent again: ${resent.slice(0, 5).map(([name]) => name).join(', ')}${resent.length > 5 ? ` and ${resent.length - 5} more` : ''}`);
    const calls = callTotals(shop);
    return `${INSTANCES.length} Envoys connected after ${took} ms; ${after.size} update counters unchanged; ${calls.calls} calls so far`;
  });
}

async function connected(shop: Shop): Promise<number> {
  const states = await Promise.all(INSTANCES.map((instance) => shop.envoy(instance).sum(CONNECTED)));
  return states.filter((state) => state > 0).length;
}

async function online(shop: Shop): Promise<number> {
  const { items } = await shop.controlPlane.api.list(`/meshes/${MESH}/dataplanes/_overview`);
  return items.filter((item) => isOnline(item['dataplaneInsight'])).length;
}

function isOnline(insight: unknown): boolean {
  const { subscriptions = [] } = (insight ?? {}) as { readonly subscriptions?: readonly { readonly connectTime?: string; readonly disconnectTime?: string }[] };
  return subscriptions.some((one) => one.connectTime !== undefined && one.disconnectTime === undefined);
}

/** Update counters of all Envoys, keyed by instance and stat. */
async function updates(shop: Shop): Promise<ReadonlyMap<string, number>> {
  const all = await Promise.all(INSTANCES.map(async (instance) => [...(await shop.envoy(instance).stats(UPDATES))].map(([name, value]) => [`${instance.name} ${name}`, value] as const)));
  return new Map(all.flat());
}
