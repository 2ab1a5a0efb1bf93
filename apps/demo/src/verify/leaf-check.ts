import { peerCertificate } from '../platform/peer-certificate.ts';
import type { Shop } from '../platform/shop.ts';
import { until } from '../platform/until.ts';
import { ALLOWED, firstOf, INSTANCES } from '../shop/topology.ts';
import { expectThat, type Checklist } from './checklist.ts';

/** Serial numbers of the leaves that the instances present, by name. */
export type Serials = ReadonlyMap<string, string>;

/** Reads the serial of every instance's leaf from a TLS connection. */
export async function readSerials(shop: Shop): Promise<Serials> {
  const read = async (at: number): Promise<readonly [string, string]> => {
    const instance = INSTANCES[at];
    if (instance === undefined) return ['', ''];
    return [instance.name, (await peerCertificate(shop.inbound(instance))).serial];
  };
  return new Map(await Promise.all(INSTANCES.map((_, at) => read(at))));
}

/** Calls that were made and that failed, over all permitted pairs. */
export function callTotals(shop: Shop): { readonly calls: number; readonly failed: number; readonly failures: string } {
  const totals = ALLOWED.map(([from, to]) => ({ pair: `${from} → ${to}`, ...shop.traffic.total(from, to) }));
  const failed = totals.reduce((sum, one) => sum + one.failed, 0);
  return {
    failed,
    calls: totals.reduce((sum, one) => sum + one.ok, failed),
    failures: totals.filter((one) => one.failed > 0).map((one) => `${one.pair}: ${one.failed}, last ${one.lastFailure ?? ''}`).join('; '),
  };
}

/** Every leaf is replaced before it expires, no call fails meanwhile, and a connection that is kept open stays open. */
export async function checkLeafRotation(shop: Shop, list: Checklist, timeoutMs: number): Promise<void> {
  await list.check('rotating every leaf drops nothing', async () => {
    const before = await readSerials(shop);
    const callsBefore = callTotals(shop);
    const held = shop.app(firstOf('cart')).held;
    expectThat((held?.pongs ?? 0) > 0, 'the connection that cart keeps to stock does not answer');
    await until('every instance presents another leaf', timeoutMs, async () => {
      const now = await readSerials(shop);
      return [...before].every(([name, serial]) => now.get(name) !== serial);
    });
    const callsAfter = callTotals(shop);
    const after = shop.app(firstOf('cart')).held;
    const failed = callsAfter.failed - callsBefore.failed;
    expectThat(failed === 0, `${failed} calls failed meanwhile (${callsAfter.failures})`);
    expectThat(after?.broken === held?.broken && after?.opened === held?.opened, 'the connection that cart keeps to stock broke');
    expectThat((after?.pongs ?? 0) > (held?.pongs ?? 0), 'the connection that cart keeps to stock went silent');
    return `${before.size} leaves replaced; 0 of ${callsAfter.calls - callsBefore.calls} calls failed; the held connection stayed`;
  });
}
