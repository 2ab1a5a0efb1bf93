import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { catalogueRoute, resourcePath } from '../shop/resources.ts';
import { firstOf } from '../shop/topology.ts';
import type { CallOutcome } from '../workloads/call-outcome.ts';
import { expectThat, type Checklist } from './checklist.ts';

const CALLS = 30;

/** A MeshHTTPRoute takes effect, and so does its removal. */
export async function checkRoute(shop: Shop, list: Checklist): Promise<void> {
  const web = shop.app(firstOf('web'));
  const call = (): Promise<CallOutcome> => web.call('catalogue');
  const calls = async (): Promise<readonly CallOutcome[]> => Promise.all(Array.from({ length: CALLS }, call));
  const versions = (outcomes: readonly CallOutcome[]): string => [...new Set(outcomes.map((one) => one.version ?? one.status))].sort().join(', ');

  await list.check('without a route both versions of the catalogue answer', async () => {
    await until('both versions answer', 15_000, async () => versions(await calls()) === 'v1, v2');
    return 'v1, v2';
  });
  await list.check('a MeshHTTPRoute, written at the global control plane, sends all requests to v2 in the other zone and sets a header', async () => {
    const begin = performance.now();
    await shop.apply(catalogueRoute('v2'));
    await until('the route takes effect', 15_000, async () => (await call()).sawRoute === 'v2');
    const took = Math.round(performance.now() - begin);
    const outcomes = await calls();
    expectThat(outcomes.every((one) => one.ok), `some of ${CALLS} calls failed: ${outcomes.find((one) => !one.ok)?.status ?? ''}`);
    expectThat(versions(outcomes) === 'v2' && outcomes.every((one) => one.sawRoute === 'v2'), `versions ${versions(outcomes)} answered`);
    return `in effect ${took} ms after the PUT began; ${CALLS} of ${CALLS} calls went to v2`;
  });
  await list.check('deleting the route brings both versions back', async () => {
    await shop.controlPlanes.global.api.delete(resourcePath(catalogueRoute('v2')));
    await until('both versions answer again', 15_000, async () => versions(await calls()) === 'v1, v2');
    return 'v1, v2';
  });
}
