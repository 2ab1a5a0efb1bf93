import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { EntranceProbe } from './entrance-probe.ts';

it('a zone answers where one of its entrances takes a connection', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const probe = new EntranceProbe();
  expect(await probe.answers([open])).toBe(true);
  const closed = once(server, 'close');
  server.close();
  await closed;
  expect([await probe.answers([open]), await probe.answers([])]).toEqual([false, false]);
});

it('few connections are made at a time, and every place is tried', async () => {
  const waiting: (() => void)[] = [];
  const probe = new EntranceProbe(() => new Promise((resolve) => waiting.push(() => resolve(false))));
  const zones = Array.from({ length: 5 }, (_, zone) => probe.answers(Array.from({ length: 10 }, (__, port) => ({ address: `192.0.2.${zone}`, port }))));
  let [most, all] = [0, 0];
  const ended = Promise.all(zones).then(() => true);
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, waiting.length);
    const next = waiting.shift();
    if (next === undefined) break;
    all++;
    next();
  }
  expect([await ended, most, all]).toEqual([true, 16, 50]);
});
