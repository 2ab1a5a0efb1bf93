import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { isPortFree, MACHINE_CHECKS } from './machine-checks.ts';

it('a port is taken for the transport that listens on it', async () => {
  const tcp = createServer().listen(0);
  await once(tcp, 'listening');
  expect(await isPortFree((tcp.address() as AddressInfo).port, 'tcp')).toBe(false);
  await new Promise((resolve) => tcp.close(resolve));
  const udp = createSocket('udp4').bind(0);
  await once(udp, 'listening');
  const { port } = udp.address();
  expect(await isPortFree(port, 'udp')).toBe(false);
  await new Promise<void>((resolve) => udp.close(resolve));
  expect(await isPortFree(port, 'udp')).toBe(true);
});

it('names a DNS port that is taken over UDP only', async () => {
  const ports = MACHINE_CHECKS.find(({ id }) => id === 'WEFT-PRE-005');
  const facts = { nodeVersion: 'v20.0.0', platform: 'linux', isRoot: true, openFiles: 65_536, find: () => '/bin/x', isFree: async (port: number, transport: string) => port !== 5653 || transport !== 'udp' };
  expect(await ports?.run(facts)).toEqual([{ severity: 'warning', message: 'port 5653 (DNS over UDP) is taken', hint: expect.any(String) as string }]);
});
