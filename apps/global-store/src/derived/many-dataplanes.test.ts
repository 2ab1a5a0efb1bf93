import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock } from '@weft/kernel/testing';
import type { Resource } from '@weft/resource-model';
import type { Write } from '@weft/store';
import { expect, it } from 'vitest';
import { startForTest } from '../testing/start-for-test.ts';

const PROXIES = 1000;
const SERVICES = 5;
const STEP_MS = 30;
const dataplane = (at: number): Omit<Resource, 'version'> => ({
  type: 'Dataplane', mesh: 'default', name: `p-${at}`, creationTime: '2026-01-01T00:00:00.000Z', modificationTime: '', labels: { 'kuma.io/workload': `w-${at % SERVICES}` },
  spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': `s-${at % SERVICES}` } }] } },
});

it('a thousand dataplanes that come and go within a minute are few writes', async () => {
  const clock = new FakeClock();
  const pump = setInterval(() => clock.advance(1), 1);
  const server = await startForTest({ clock });
  clearInterval(pump);
  const { store } = server.ports;
  /** Time passes, and what falls due is done before more happens. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  };
  const commit = async (write: Write): Promise<void> => {
    await store.commit({ writes: [write] });
    await pass(STEP_MS);
  };
  const derived = async (): Promise<readonly Resource[]> => [...(await store.list('MeshService')), ...(await store.list('Workload'))];
  const until = async (isSo: (all: readonly Resource[]) => boolean): Promise<void> => {
    for (let step = 0; step < 300 && !isSo(await derived()); step++) await pass(100);
    expect(await derived()).toSatisfy(isSo);
  };
  const totalIs = (total: number) => (all: readonly Resource[]): boolean =>
    all.length > 0 && all.every(({ status }) => ((status as { dataplaneProxies: { total?: number } }).dataplaneProxies.total ?? 0) === total);
  try {
    expect((await server.call('PUT', '/meshes/default', { json: { type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' } } })).status).toBe(200);
    await pass(1000);
    const before = (await store.head()).n;
    for (let at = 0; at < PROXIES; at++) await commit({ op: 'put', resource: dataplane(at), expect: 'absent' });
    await until((all) => all.length === 2 * SERVICES && totalIs(PROXIES / SERVICES)(all));
    for (let at = 0; at < PROXIES; at++) await commit({ op: 'delete', key: dataplane(at), expect: 'any' });
    await until((all) => all.length === SERVICES && totalIs(0)(all));
    const writes = (await store.head()).n - before - 2 * PROXIES;
    // One a second for each of them, and the few that could not wait.
    expect(writes).toBeLessThan(2 * SERVICES * ((2 * PROXIES * STEP_MS) / 1000 + 10));
    expect(writes).toBeGreaterThan(2 * SERVICES);
  } finally {
    const closing = setInterval(() => clock.advance(10), 1);
    await server.app.close();
    clearInterval(closing);
  }
}, 60_000);
