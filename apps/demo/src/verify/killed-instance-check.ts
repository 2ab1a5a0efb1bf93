import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { firstOf, instanceNamed, MESH } from '../shop/topology.ts';
import { expectThat, type Checklist } from './checklist.ts';

const CALLS = 40;

/** An instance that is killed leaves rotation, and is taken back when it returns. */
export async function checkKilledInstance(shop: Shop, list: Checklist): Promise<void> {
  const victim = instanceNamed('catalogue-2');
  const { host, port } = shop.inbound(victim);
  const endpoint = `${host}:${port}`;
  const web = firstOf('web');
  const inRotation = async (): Promise<boolean> => (await shop.envoy(web).endpoints('catalogue')).includes(endpoint);

  await list.check('a killed instance leaves rotation', async () => {
    expectThat(await inRotation(), `${endpoint} is not among web's endpoints to begin with`);
    await shop.kill(victim);
    const begin = performance.now();
    await until(`${victim.name} is out of rotation`, 15_000, async () => !(await inRotation()));
    const gone = await shop.controlPlanes.of(victim).api.find(`/meshes/${MESH}/dataplanes/${victim.name}`);
    expectThat(gone === undefined, 'its Dataplane is still there');
    const took = Math.round(performance.now() - begin);
    const outcomes = await Promise.all(Array.from({ length: CALLS }, () => shop.app(web).call('catalogue')));
    const bad = outcomes.filter((one) => !one.ok || one.instance === victim.name);
    expectThat(bad.length === 0, `${bad.length} of ${CALLS} calls failed or reached it: ${bad[0]?.status ?? ''}`);
    return `deregistered after ${took} ms; ${CALLS} of ${CALLS} calls answered by ${[...new Set(outcomes.map((one) => one.instance))].sort().join(', ')}`;
  });
  await list.check('an instance that returns is taken back', async () => {
    await shop.restart(victim);
    await until(`${victim.name} answers`, 15_000, async () => (await shop.app(web).call('catalogue')).instance === victim.name);
    return `${victim.name} answers again`;
  });
}
