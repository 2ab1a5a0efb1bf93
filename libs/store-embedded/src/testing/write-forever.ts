// Writes to the embedded store at argv[2] until it is killed, and prints each name once its write is acknowledged.
import type { Write } from '@weft/store';
import { openEmbeddedStore } from '../embedded-store.ts';

const time = '2026-01-01T00:00:00.000Z';
const putOf = (name: string): Write => ({
  op: 'put', expect: 'any', resource: { type: 'Dataplane', mesh: 'default', name, labels: {}, creationTime: time, modificationTime: time, spec: {} },
});
const clock = { now: () => Date.now(), after: () => () => undefined };
const store = await openEmbeddedStore({ path: process.argv[2] ?? '', clock });
await Promise.all(Array.from({ length: 4 }, async (_, writer) => {
  for (let count = 0; ; count += 1) {
    const name = `w${writer}-${count}`;
    await store.commit({ writes: [putOf(name), putOf(`${name}-twin`)] });
    process.stdout.write(`${name}\n`);
  }
}));
