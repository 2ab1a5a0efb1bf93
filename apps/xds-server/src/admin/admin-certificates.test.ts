import { createMemoryBus } from '@weft/bus-memory';
import { answer, REQUESTS } from '@weft/bus';
import { FakeClock } from '@weft/kernel/testing';
import { expect, it } from 'vitest';
import { AdminCertificates } from './admin-certificates.ts';

it('rests between certificates, longer as each takes longer, and goes on after a failure', async () => {
  const clock = new FakeClock(0);
  const bus = createMemoryBus({ clock });
  const signed: string[] = [];
  await answer(bus, REQUESTS.signServer, async ({ dnsNames: [name = ''] }) => {
    clock.advance(10);
    signed.push(name);
    if (name.endsWith('.b')) throw new Error('no');
    return { certificatePem: name, caPem: 'ca', notAfter: 1_000_000 };
  });
  const certificates = new AdminCertificates(bus, clock);
  const [a, b, c] = ['a', 'b', 'c'].map((proxy) => certificates.issue({ kind: 'admin', name: 'n', mesh: 'm', proxy }));
  const failed = expect(b).rejects.toThrow('no');
  await a;
  clock.advance(39);
  expect(signed).toHaveLength(1);
  clock.advance(1);
  await failed;
  expect(signed).toHaveLength(2);
  clock.advance(40);
  await c;
  expect(signed).toEqual(['dataplane.m.a', 'dataplane.m.b', 'dataplane.m.c']);
});
