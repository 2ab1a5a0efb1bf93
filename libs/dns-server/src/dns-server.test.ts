import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@weft/kernel';
import type { Answer, DecodedPacket } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CachingForwarder } from './caching-forwarder.ts';
import { startDnsServer, type DnsServer, type DnsServerOptions } from './dns-server.ts';
import { hostResolvers, parseResolver, readResolvConf, type Resolver } from './host-resolvers.ts';
import { NameIndex } from './name-index.ts';
import { plainForwarder } from './plain-forwarder.ts';
import { askTcp, askUdp, startTestResolver, type TestResolver } from './testing.ts';
import { UpstreamQueries } from './upstream-queries.ts';

const HOST = '127.0.0.1';
const systemClock: Clock = { now: () => Date.now(), after: (ms, task) => { const timer = setTimeout(task, ms); return () => clearTimeout(timer); } };
const OPTION: Answer = { type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };

let world: TestResolver;
let servers: DnsServer[];
let sockets: Socket[];
let resolvers: readonly Resolver[];
let names: NameIndex;
const complaints: string[] = [];

beforeEach(async () => {
  complaints.length = 0;
  [servers, sockets] = [[], []];
  world = await startTestResolver();
  resolvers = [{ address: HOST, port: world.port }];
  names = new NameIndex({ ttl: 30, negativeTtl: 5 });
  names.setDomains(['mesh']);
  names.set('web.mesh', ['240.0.0.1']);
  names.set('both.mesh', ['240.0.0.2', 'fd00::2']);
  names.set('many.mesh', Array.from({ length: 60 }, (_, index) => `240.0.1.${index}`));
  names.complete();
});

afterEach(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  world.close();
});

const upstream = (): UpstreamQueries => new UpstreamQueries(() => resolvers, { patienceMs: 200 });

async function start(options: Partial<DnsServerOptions> = {}): Promise<DnsServer> {
  const server = await startDnsServer({ hosts: [HOST, '::1'], port: 0, lookup: (name) => names.lookup(name), forwarder: plainForwarder(upstream()), onNoAnswer: (why) => complaints.push(why), ...options });
  servers.push(server);
  return server;
}

const startCaching = (): Promise<DnsServer> => start({ forwarder: new CachingForwarder({ upstream: upstream(), clock: systemClock }) });
const addresses = ({ answers = [] }: DecodedPacket): unknown[] => answers.map((answer) => ('data' in answer ? answer.data : undefined));

async function open({ port }: DnsServer): Promise<Socket> {
  const socket = connect(port, HOST);
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('names of ours', () => {
  it('are answered by type, with authority, over UDP and TCP', async () => {
    const { port } = await start();
    expect(await askUdp('Web.MESH', { port })).toMatchObject({ flag_aa: true, flag_rd: true, flag_ra: true, questions: [{ name: 'Web.MESH' }], answers: [{ type: 'A', ttl: 30, data: '240.0.0.1' }] });
    expect(addresses(await askUdp('both.mesh', { port, asks: 'AAAA' }))).toEqual(['fd00::2']);
    expect((await askTcp(['web.mesh', 'both.mesh'], { port })).map(addresses)).toEqual([['240.0.0.1'], ['240.0.0.2']]);
    expect(world.asked).toEqual([]);
  });

  it('are denied with the domain\'s SOA: the whole name, or one type of it', async () => {
    const { port } = await start();
    const soa = [{ type: 'SOA', name: 'mesh', ttl: 5, data: { minimum: 5 } }];
    expect(await askUdp('no.mesh', { port })).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true, answers: [], authorities: soa });
    expect(await askUdp('web.mesh', { port, asks: 'AAAA' })).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: soa });
    expect(await askUdp('mesh', { port, asks: 'SOA' })).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'SOA' }], authorities: [] });
    expect(world.asked).toEqual([]);
  });

  it('that do not fit UDP are cut, with the sign to ask over TCP', async () => {
    const { port } = await start({ mostUdpBytes: 4096 });
    expect(await askUdp('many.mesh', { port })).toMatchObject({ flag_tc: true, answers: [] });
    expect((await askUdp('many.mesh', { port, additionals: [OPTION] })).answers).toHaveLength(60);
    expect((await askTcp(['many.mesh'], { port }))[0]?.answers).toHaveLength(60);
    const careful = await start();
    expect(await askUdp('many.mesh', { port: careful.port, additionals: [OPTION] })).toMatchObject({ flag_tc: true, additionals: [{ type: 'OPT' }] });
  });

  it('have no answer, and no denial, before they are known', async () => {
    const unknown = new NameIndex({ ttl: 30, negativeTtl: 5 });
    unknown.setDomains(['mesh']);
    const { port } = await start({ lookup: (name) => unknown.lookup(name) });
    expect(await askUdp('web.mesh', { port })).toMatchObject({ rcode: 'SERVFAIL', authorities: [] });
    expect(addresses(await askUdp('example.com', { port }))).toEqual(['192.0.2.1']);
  });
});

describe('names of the world', () => {
  it.each(['plain', 'caching'])('are asked of the host\'s resolvers (%s)', async (kind) => {
    const { port } = await (kind === 'plain' ? start() : startCaching());
    expect(await askUdp('example.com', { port })).toMatchObject({ id: 99, flag_aa: false, answers: [{ data: '192.0.2.1' }] });
    expect((await askTcp(['example.com', 'web.mesh'], { port })).map(addresses)).toEqual([['192.0.2.1'], ['240.0.0.1']]);
    expect(complaints).toEqual([]);
    expect(world.asked).toEqual(kind === 'plain' ? ['udp example.com', 'tcp example.com'] : ['udp example.com']);
  });

  it('are asked of the next resolver where one is silent or cannot help, of that one first from then on, and SERVFAIL comes only where none answers', async () => {
    const silent = createSocket('udp4').bind(0, HOST);
    await once(silent, 'listening');
    const lame = await startTestResolver();
    lame.reply = () => ({ flags: 0x185 });
    const { port } = await start();
    resolvers = [{ address: HOST, port: silent.address().port }, { address: HOST, port: lame.port }, { address: HOST, port: world.port }];
    expect(addresses(await askUdp('example.com', { port }))).toEqual(['192.0.2.1']);
    await askUdp('example.com', { port });
    expect(lame.asked).toHaveLength(1);
    resolvers = resolvers.slice(0, 2);
    expect(await askUdp('example.com', { port })).toMatchObject({ rcode: 'REFUSED' });
    resolvers = resolvers.slice(0, 1);
    expect(await askUdp('example.com', { port })).toMatchObject({ rcode: 'SERVFAIL', questions: [{ name: 'example.com' }] });
    resolvers = [];
    expect(await askUdp('example.com', { port })).toMatchObject({ rcode: 'SERVFAIL' });
    expect(complaints).toEqual(['timeout', 'no-resolver']);
    expect(addresses(await askUdp('web.mesh', { port }))).toEqual(['240.0.0.1']);
    silent.close();
    lame.close();
  });

  it('are asked of the next resolver where the network of one cannot be reached', async () => {
    resolvers = [{ address: '2001:db8::1', port: 53 }, { address: '255.255.255.255', port: 53 }, { address: HOST, port: world.port }];
    const { port } = await start();
    expect(addresses(await askUdp('example.com', { port }))).toEqual(['192.0.2.1']);
    expect((await askTcp(['example.com'], { port })).map(addresses)).toEqual([['192.0.2.1']]);
  });

  it('are answered from memory once resolvers talk nonsense or are gone', async () => {
    const { port } = await startCaching();
    world.reply = ({ questions }) => ({ answers: [{ type: 'A', name: questions?.[0]?.name ?? '', ttl: 1, data: '192.0.2.1' }] });
    await askUdp('example.com', { port });
    world.reply = () => Buffer.alloc(60, 0xff);
    await expect.poll(async () => (await askUdp('example.com', { port })).answers?.map((answer) => ('ttl' in answer ? answer.ttl : 0)), { timeout: 10_000 }).toEqual([30]);
    world.close();
    expect(addresses(await askUdp('example.com', { port }))).toEqual(['192.0.2.1']);
    world = await startTestResolver();
  });

  it('are not taken from an answer to another question', async () => {
    world.reply = () => ({ questions: [{ type: 'A', name: 'evil.com' }], answers: [{ type: 'A', name: 'evil.com', ttl: 60, data: '192.0.2.66' }] });
    const { port } = await startCaching();
    expect(await askUdp('example.com', { port })).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
  });

  it('end where a resolver is this server, also by a way round', async () => {
    const direct = await start();
    resolvers = [{ address: HOST, port: direct.port }];
    expect(await askUdp('example.com', { port: direct.port })).toMatchObject({ rcode: 'SERVFAIL' });
    expect((await askTcp(['example.com'], direct))[0]).toMatchObject({ rcode: 'SERVFAIL' });
    expect(complaints).toEqual(['loop', 'loop']);
    resolvers = [...resolvers, { address: HOST, port: world.port }];
    expect(addresses(await askUdp('example.com', direct))).toEqual(['192.0.2.1']);
    const caching = await startCaching();
    const round = await start({ forwarder: plainForwarder(new UpstreamQueries(() => [{ address: HOST, port: caching.port }], { patienceMs: 5000 })) });
    resolvers = [{ address: HOST, port: round.port }];
    expect(await askUdp('example.org', { port: caching.port })).toMatchObject({ rcode: 'SERVFAIL' });
  });

  it('are refused to clients that may not ask', async () => {
    const { port } = await start({ mayForward: () => false });
    expect(await askUdp('example.com', { port })).toMatchObject({ rcode: 'REFUSED' });
    expect(addresses(await askUdp('web.mesh', { port }))).toEqual(['240.0.0.1']);
    expect(world.asked).toEqual([]);
  });
});

describe('clients', () => {
  it('whose question brings something to fall get SERVFAIL, and others their answers', async () => {
    const { port } = await start({ lookup: (name) => { if (name === 'bad.mesh') throw new Error('bad'); return names.lookup(name); } });
    expect(await askUdp('bad.mesh', { port })).toMatchObject({ rcode: 'SERVFAIL' });
    expect(addresses(await askUdp('web.mesh', { port }))).toEqual(['240.0.0.1']);
  });

  it('that send no DNS harm nobody, over UDP and TCP', async () => {
    const server = await start();
    const socket = createSocket('udp4');
    for (const bytes of [Buffer.from('x'), Buffer.alloc(40, 0xff), Buffer.alloc(12), Buffer.alloc(0)]) socket.send(bytes, server.port, HOST);
    const tcp = await open(server);
    tcp.write(Buffer.concat([Buffer.from([0, 0, 0, 1, 7, 0, 40]), Buffer.alloc(40, 0x11)]));
    const [answer] = (await once(tcp, 'data')) as [Buffer];
    expect(answer.readUInt16BE(4) & 0xf).toBe(4);
    expect(addresses(await askUdp('web.mesh', server))).toEqual(['240.0.0.1']);
    socket.close();
  });

  it('are told what is not served', async () => {
    const { port } = await start();
    expect(await askUdp('web.mesh', { port, flags: 0x2000 })).toMatchObject({ rcode: 'NOTIMP' });
    expect(await askUdp('web.mesh', { port, questions: [] })).toMatchObject({ rcode: 'FORMERR' });
    expect(await askUdp('mesh', { port, asks: 'AXFR' })).toMatchObject({ rcode: 'REFUSED' });
    expect(await askUdp('web.mesh', { port, additionals: [{ ...OPTION, ednsVersion: 1 }] })).toMatchObject({ additionals: [{ type: 'OPT', extendedRcode: 1 }] });
  });

  it('over TCP are closed where they say nothing whole, or are too many', async () => {
    const server = await start({ tcp: { idleMs: 300, connections: 2 } });
    const [slow, silent] = [await open(server), await open(server)];
    const closed = Promise.all([slow, silent].map((socket) => new Promise((resolve) => { socket.resume().on('close', resolve); })));
    const drip = setInterval(() => slow.write(Buffer.from([0])), 50);
    const third = await open(server);
    await new Promise((resolve) => { third.resume().on('close', resolve); });
    await closed;
    clearInterval(drip);
    expect((await askTcp(['web.mesh'], server)).map(addresses)).toEqual([['240.0.0.1']]);
  });

  it('over TCP may ask more at once than is worked on at once', async () => {
    const server = await start({ tcp: { questions: 2 } });
    const answers = await askTcp(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'web.mesh' : `n${index}.example.com`)), server);
    expect(answers.filter((answer) => addresses(answer)[0] === '240.0.0.1')).toHaveLength(20);
  });
});

it('a port that is taken is the system\'s error; an address that is not there is left out', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  const other = await start({ hosts: ['192.0.2.77', HOST] });
  expect(addresses(await askUdp('web.mesh', other))).toEqual(['240.0.0.1']);
  await expect(start({ hosts: ['192.0.2.77'] })).rejects.toThrow(/192\.0\.2\.77/);
});

describe('resolvers', () => {
  it('of the host are read as the C library reads them', () => {
    expect(readResolvConf('# nameserver 1.1.1.1\nnameserver 10.0.0.2\n nameserver\tfe80::1%eth0\noptions ndots:2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n').map(({ address }) => address))
      .toEqual(['10.0.0.2', 'fe80::1%eth0', '10.0.0.3']);
  });

  it('of the host are read again once the file is another, and stay while it is gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-resolv-'));
    const path = join(folder, 'resolv.conf');
    writeFileSync(path, 'nameserver 10.0.0.1\n');
    const current = hostResolvers(path);
    expect(current().map(({ address }) => address)).toEqual(['10.0.0.1']);
    writeFileSync(path, 'nameserver 10.0.0.2\n');
    utimesSync(path, 1, 1);
    expect(current().map(({ address }) => address)).toEqual(['10.0.0.2']);
    rmSync(folder, { recursive: true });
    expect(current().map(({ address }) => address)).toEqual(['10.0.0.2']);
  });

  it('may be given, with a port', () => {
    expect(['10.0.0.2', '10.0.0.2:54', 'fd00::2', '[fd00::2]:54'].map((text) => { const read = parseResolver(text); return read.ok ? [read.value.address, read.value.port] : read.error; }))
      .toEqual([['10.0.0.2', 53], ['10.0.0.2', 54], ['fd00::2', 53], ['fd00::2', 54]]);
    for (const text of ['', 'dns.example', '10.0.0.2:0', '10.0.0.2:70000', '[10.0.0']) expect(parseResolver(text).ok).toBe(false);
  });
});
