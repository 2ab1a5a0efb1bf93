import { systemClock } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import { askUdp, startTestResolver, type TestResolver } from '@weft/dns-server/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveNames, type NameServerConfig } from './serve-names.ts';
import { ServedNames } from './served-names.ts';

let world: TestResolver;
const open: { close(): void }[] = [];

beforeEach(async () => { world = await startTestResolver(); });
afterEach(() => {
  for (const server of open.splice(0)) server.close();
  world.close();
});

async function start(config: Partial<NameServerConfig> = {}) {
  const names = new ServedNames('mesh');
  names.complete();
  const server = await serveNames({
    config: { enabled: true, interface: '127.0.0.1', port: 0, upstreams: [`127.0.0.1:${world.port}`], forwardFor: ['127.0.0.0/8', '::1/128'], ...config },
    lookup: (name) => names.lookup(name), clock: systemClock, log: silentLogger,
  });
  if (server !== undefined) open.push(server);
  return server;
}

it('asks the configured resolvers, once, for clients that may', async () => {
  const server = await start();
  const port = server?.port ?? 0;
  expect(server?.address).toBe(`127.0.0.1:${port}`);
  for (const id of [1, 2]) expect(await askUdp('example.com', { port, id })).toMatchObject({ id, answers: [{ data: '192.0.2.1' }] });
  expect(world.asked).toEqual(['udp example.com']);
  expect(server?.held()).toEqual({ dns_answers_kept: 1, dns_open_questions: 0 });
  expect(await askUdp('no.mesh.local', { port })).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true });
  const closed = await start({ forwardFor: ['10.0.0.0/8'] });
  expect(await askUdp('example.com', { port: closed?.port ?? 0 })).toMatchObject({ rcode: 'REFUSED' });
});

it('is not there where it is turned off, and says what is wrong with its settings', async () => {
  expect(await start({ enabled: false })).toBeUndefined();
  await expect(start({ upstreams: ['dns.example'] })).rejects.toThrow(/dnsServer\.upstreams: "dns\.example"/);
  await expect(start({ forwardFor: ['10.0.0.0'] })).rejects.toThrow(/dnsServer\.forwardFor/);
});
