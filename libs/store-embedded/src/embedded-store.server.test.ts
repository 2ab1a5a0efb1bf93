import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FakeClock } from '@weft/kernel/testing';
import { startProcess, tempDir, waitFor } from '@weft/testkit';
import { openEmbeddedStore } from './embedded-store.ts';

const program = fileURLToPath(new URL('testing/write-forever.ts', import.meta.url));

it('has every acknowledged write after kill -9 under writes, and batches whole', async () => {
  const folder = await tempDir();
  const writer = await startProcess({ command: process.execPath, args: ['--import', 'tsx', program, folder.path], isReady: async () => true });
  // Only whole lines count.
  const acknowledged = (): readonly string[] => writer.output().split('\n').slice(0, -1);
  expect(await waitFor(() => acknowledged().length > 300)).toBe(true);
  await expect(openEmbeddedStore({ path: folder.path, clock: new FakeClock() })).rejects.toThrow(`process ${writer.pid}`);
  await writer.stop('SIGKILL');
  const store = await openEmbeddedStore({ path: folder.path, clock: new FakeClock() });
  const stored = new Set((await store.list('Dataplane')).map((resource) => resource.name));
  expect(acknowledged().filter((name) => !stored.has(name) || !stored.has(`${name}-twin`))).toEqual([]);
  expect((await store.head()).n).toBe(stored.size);
  expect(await store.changesAfter(0, 1_000_000)).toHaveLength(stored.size);
  await store.close();
  await folder.remove();
});
