import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { ALLOWED, firstOf, FORBIDDEN } from '../shop/topology.ts';
import { checkByName } from './by-name-check.ts';
import { Checklist } from './checklist.ts';
import { checkControlPlanesKilled } from './control-plane-check.ts';
import { checkIdentity } from './identity-checks.ts';
import { checkKilledInstance } from './killed-instance-check.ts';
import { callTotals, checkLeafRotation } from './leaf-check.ts';
import { checkRoute } from './route-check.ts';
import { checkAcrossZones, checkGlobalKilled, checkZoneKilled } from './zone-checks.ts';

/**
 * Lifetime of leaves while verifying: short, so that all are replaced (at 4/5 of it) while the checks run; long enough that none
 * is due a second time before the last check, which counts what a restarted control plane sends.
 */
export const VERIFY_LEAF_LIFETIME = '60s';
const ROTATION_TIME_MS = 60_000;

/** Runs every check on a shop that has started. Resolves to the list with all results. */
export async function verifyShop(shop: Shop, write: (line: string) => void): Promise<Checklist> {
  const list = new Checklist(write);
  await list.check('every permitted pair is called all the time', () => trafficFlows(shop));
  await checkIdentity(shop, list);
  await checkByName(shop, list);
  await checkAcrossZones(shop, list);
  await checkRoute(shop, list);
  await checkKilledInstance(shop, list);
  await checkLeafRotation(shop, list, ROTATION_TIME_MS);
  await checkControlPlanesKilled(shop, list);
  await checkGlobalKilled(shop, list);
  await checkZoneKilled(shop, list);
  await list.check('no forbidden call was ever answered', async () => {
    const answered = FORBIDDEN.map(([from, to]) => ({ pair: `${from} → ${to}`, ...shop.traffic.total(from, to) }));
    const bad = answered.find((one) => one.ok > 0);
    if (bad !== undefined) throw new Error(`${bad.pair} was answered ${bad.ok} times`);
    return `${answered.reduce((sum, one) => sum + one.failed, 0)} tries, all refused; ${callTotals(shop).calls} permitted calls`;
  });
  return list;
}

async function trafficFlows(shop: Shop): Promise<string> {
  for (const [from, to] of ALLOWED) {
    await until(`${firstOf(from).name} reaches ${to} (last answer: ${shop.traffic.total(from, to).lastFailure ?? 'none'})`, 15_000, () => (shop.traffic.rows().find((row) => row.from === from && row.to === to)?.success ?? 0) === 1);
  }
  return ALLOWED.map((pair) => pair.join(' → ')).join(', ');
}
