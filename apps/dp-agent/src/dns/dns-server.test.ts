import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode, type DecodedPacket } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDnsServer, type DnsServer } from './dns-server.ts';
import { hostResolvers, readResolvConf, type Resolver } from './host-resolvers.ts';
import { readNameTable } from './name-table.ts';
import { frame, MessageReader } from './tcp-messages.ts';
import { UpstreamQueries } from './upstream-queries.ts';

const HOST = '127.0.0.1';
const read = readNameTable('{"records":[{"name":"web.mesh","ips":["240.0.0.1"]}],"ttl":30}');
const table = read.ok ? read.value : { ttl: 0, addresses: new Map<string, readonly string[]>() };

/** A resolver of the world: answers 192.0.2.1 to everything, over UDP and TCP on one port. */
let world: { readonly udp: UdpSocket; readonly tcp: Server; readonly port: number; asked: number };
let server: DnsServer;
let resolvers: readonly Resolver[];
const complaints: string[] = [];

beforeEach(async () => {
  complaints.length = 0;
  world = await startWorld();
  resolvers = [{ address: HOST, port: world.port }];
  server = await startDnsServer({ hosts: [HOST, '::1'], port: 0, table: () => table, upstream: new UpstreamQueries(() => resolvers, 200), onNoAnswer: (why) => complaints.push(why) });
});

afterEach(() => {
  server.close();
  world.udp.close();
  world.tcp.close();
});

async function startWorld(): Promise<typeof world> {
  const udp = createSocket('udp4').bind(0, HOST);
  await once(udp, 'listening');
  const { port } = udp.address();
  udp.on('message', (query, from) => { made.asked++; udp.send(worldly(query), from.port, from.address); });
  const tcp = createServer((socket) => {
    const reader = new MessageReader();
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => { for (const query of reader.read(chunk)) { made.asked++; socket.write(frame(worldly(query))); } });
  }).listen(port, HOST);
  await once(tcp, 'listening');
  const made = { udp, tcp, port, asked: 0 };
  return made;
}

function worldly(query: Buffer): Buffer {
  const { id = 0, questions = [] } = decode(query);
  return encode({ type: 'response', id, flags: 0x180, questions, answers: [{ type: 'A', name: questions[0]?.name ?? '', ttl: 60, data: '192.0.2.1' }] });
}

async function ask(name: string, port = server.port): Promise<DecodedPacket> {
  const socket = createSocket('udp4');
  socket.send(encode({ type: 'query', id: 99, flags: 0x100, questions: [{ type: 'A', name }] }), port, HOST);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return decode(answer);
}

async function askOverTcp(names: readonly string[]): Promise<DecodedPacket[]> {
  const socket = connect(server.port, HOST);
  const reader = new MessageReader();
  const answers: DecodedPacket[] = [];
  // In odd pieces, as TCP may bring them.
  const bytes = Buffer.concat(names.map((name, id) => frame(encode({ type: 'query', id, questions: [{ type: 'A', name }] }))));
  socket.write(bytes.subarray(0, 5));
  await new Promise((resolve) => { setImmediate(resolve); });
  socket.write(bytes.subarray(5));
  while (answers.length < names.length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answers.push(...reader.read(chunk).map((answer) => decode(answer)));
  }
  socket.destroy();
  return answers.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

const addresses = ({ answers = [] }: DecodedPacket): unknown[] => answers.map((answer) => ('data' in answer ? answer.data : undefined));

describe('the agent\'s DNS server', () => {
  it('answers names of the mesh itself and asks the host about the rest, over UDP and TCP', async () => {
    expect(addresses(await ask('web.mesh'))).toEqual(['240.0.0.1']);
    expect(world.asked).toBe(0);
    const outside = await ask('example.com');
    expect([outside.id, addresses(outside)]).toEqual([99, ['192.0.2.1']]);
    expect((await askOverTcp(['example.com', 'web.mesh'])).map(addresses)).toEqual([['192.0.2.1'], ['240.0.0.1']]);
    expect(complaints).toEqual([]);
  });

  it('asks the next resolver where one is away, and says SERVFAIL where none answers', async () => {
    const gone = createSocket('udp4').bind(0, HOST);
    await once(gone, 'listening');
    resolvers = [{ address: HOST, port: gone.address().port }, { address: HOST, port: world.port }];
    expect(addresses(await ask('example.com'))).toEqual(['192.0.2.1']);
    resolvers = [{ address: HOST, port: gone.address().port }];
    expect(await ask('example.com')).toMatchObject({ rcode: 'SERVFAIL', questions: [{ name: 'example.com' }] });
    resolvers = [];
    expect(await ask('example.com')).toMatchObject({ rcode: 'SERVFAIL' });
    expect(complaints).toEqual(['timeout', 'no-resolver']);
    expect(addresses(await ask('web.mesh'))).toEqual(['240.0.0.1']);
    gone.close();
  });

  it('sees when its own queries come back to it, and does not ask again', async () => {
    resolvers = [{ address: HOST, port: server.port }];
    expect(await ask('example.com')).toMatchObject({ rcode: 'SERVFAIL' });
    expect(complaints).toEqual(['loop']);
  });

  it('does not start on a port that is taken, and says what to do', async () => {
    const options = { hosts: [HOST], port: world.port, table: () => table, upstream: new UpstreamQueries(() => []), onNoAnswer: () => undefined };
    await expect(startDnsServer(options)).rejects.toThrow(/KUMA_DNS_PROXY_PORT/);
  });

  it('survives what is no DNS', async () => {
    const socket = createSocket('udp4');
    socket.send(Buffer.from('x'), server.port, HOST);
    socket.send(Buffer.alloc(40, 0xff), server.port, HOST, () => socket.close());
    expect(addresses(await ask('web.mesh'))).toEqual(['240.0.0.1']);
  });
});

describe('the host\'s resolvers', () => {
  it('are read as the C library reads them', () => {
    expect(readResolvConf('# nameserver 1.1.1.1\nnameserver 10.0.0.2\n nameserver\tfe80::1%eth0\noptions ndots:2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n').map(({ address }) => address))
      .toEqual(['10.0.0.2', 'fe80::1%eth0', '10.0.0.3']);
  });

  it('are read again once the file is another, and stay while it is gone', () => {
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
});
