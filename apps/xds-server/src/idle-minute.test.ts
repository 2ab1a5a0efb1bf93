import { BUCKETS } from '@weft/bus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdsClient } from './testing.ts';
import { dataplane, MTLS_SECRETS, smallSnapshot, TestPlane } from './testing/test-plane.ts';

const PROXIES = ['web-1', 'web-2', 'web-3'];
const MINUTE = 60_000;

let plane: TestPlane | undefined;

afterEach(async () => {
  await plane?.close();
  plane = undefined;
});

/** Counts what is written to a bucket from now on. */
async function countWrites(cp: TestPlane, bucket: string): Promise<{ writes: number }> {
  const count = { writes: 0 };
  await (await cp.bus.bucket(bucket)).watch(() => (count.writes += 1));
  await vi.waitFor(() => expect(count.writes).toBeGreaterThanOrEqual(bucket === BUCKETS.observed.name ? PROXIES.length : 0), { timeout: 20_000 });
  count.writes = 0;
  return count;
}

/** Names of all that a client holds, in the order of the types. */
function namesHeld({ envoy }: AdsClient): readonly string[] {
  return (['cds', 'eds', 'lds', 'rds', 'sds'] as const).flatMap((type) => Object.keys(envoy.held(type)).sort());
}

describe('an idle minute', () => {
  it('sends no proxy anything, signs nothing, and writes no more than that the server lives', async () => {
    const cp = await TestPlane.start({ resources: PROXIES.map((name) => dataplane(name)) });
    plane = cp;
    for (const name of PROXIES) cp.give(name, smallSnapshot(), MTLS_SECRETS);
    const clients = PROXIES.map((name) => cp.connect(new AdsClient(name, { secrets: ['identity', 'ca'] })));
    for (const client of clients) await vi.waitFor(() => expect(namesHeld(client)).toEqual(['backend', 'backend', 'inbound', 'inbound', 'ca', 'identity']), { timeout: 5_000, interval: 5 });
    // What the connections have left to write is written.
    cp.clock.advance(MINUTE / 2);
    const [observed, instances] = [await countWrites(cp, BUCKETS.observed.name), await countWrites(cp, BUCKETS.instances.name)];
    for (const client of clients) client.received = [];
    const leaves = cp.signer.leaves;

    cp.clock.advance(MINUTE);
    await vi.waitFor(() => expect(instances.writes).toBeGreaterThan(0), { timeout: 20_000 });
    const idleWrites = observed.writes;

    // Streams keep order: once this arrived, anything sent before would have arrived too.
    for (const [at, name] of PROXIES.entries()) {
      cp.give(name, smallSnapshot({ endpoints: '2' }), MTLS_SECRETS);
      await vi.waitFor(() => expect(clients[at]?.received).toContain('ClusterLoadAssignment/backend'), { timeout: 5_000, interval: 5 });
    }
    expect(clients.map(({ received }) => received)).toEqual(PROXIES.map(() => ['ClusterLoadAssignment/backend']));
    expect(cp.signer.leaves).toBe(leaves);
    expect(idleWrites).toBe(0);
    expect(instances.writes).toBeLessThanOrEqual(MINUTE / 3_000);
  });
});
