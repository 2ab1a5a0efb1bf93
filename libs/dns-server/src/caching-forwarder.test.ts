import { decode, encode, type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import { FakeClock } from '@weft/kernel/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { CachingForwarder, type CachingForwarderOptions } from './caching-forwarder.ts';
import { readQuery, type DnsQuery } from './read-query.ts';
import type { NoAnswer } from './upstream-queries.ts';

const OPTION: Answer = { type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
const SOA: Answer = { type: 'SOA', name: 'com', ttl: 900, data: { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 20 } };

let clock: FakeClock;
let asked: { readonly query: DecodedPacket; readonly protocol: string }[];
let reply: (query: DecodedPacket, protocol: string) => Packet | NoAnswer | Promise<NoAnswer>;
let forwarder: CachingForwarder;

beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  reply = ({ questions }) => ({ answers: [{ type: 'A', name: questions?.[0]?.name ?? '', ttl: 60, data: '192.0.2.1' }], additionals: [OPTION] });
  forwarder = make();
});

function make(options: Partial<CachingForwarderOptions> = {}): CachingForwarder {
  const ask = async (bytes: Buffer, protocol: 'udp' | 'tcp'): Promise<Buffer | NoAnswer> => {
    const query = decode(bytes);
    asked.push({ query, protocol });
    const made = await reply(query, protocol);
    return typeof made === 'string' ? made : encode({ type: 'response', id: 0, flags: 0x180, questions: query.questions ?? [], ...made });
  };
  return new CachingForwarder({ upstream: { ask, isOwn: () => false }, clock, ...options });
}

function query(name: string, more: Packet = {}): DnsQuery {
  const read = readQuery(encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name }], ...more }));
  if (read.kind !== 'query') throw new Error(read.kind);
  return read.query;
}

async function ask(name: string, more: Packet = {}): Promise<DecodedPacket | NoAnswer> {
  const answer = await forwarder.forward(query(name, more));
  return typeof answer === 'string' ? answer : decode(answer);
}

const ttlOf = (answer: DecodedPacket | NoAnswer): unknown => (typeof answer === 'string' ? answer : answer.answers?.map((found) => ('ttl' in found ? found.ttl : undefined))[0]);

describe('CachingForwarder', () => {
  it('asks once within an answer\'s time, which runs down; each client has its id, case and EDNS', async () => {
    expect(await ask('example.com')).toMatchObject({ id: 7, flag_ra: true, flag_aa: false, additionals: [], answers: [{ ttl: 60 }] });
    clock.advance(20_500);
    expect(await ask('EXAMPLE.com', { id: 8, additionals: [OPTION] })).toMatchObject({ id: 8, questions: [{ name: 'EXAMPLE.com' }], answers: [{ ttl: 40 }], additionals: [{ type: 'OPT' }] });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.query).toMatchObject({ flag_rd: true, additionals: [{ type: 'OPT', udpPayloadSize: 1232 }] });
    clock.advance(39_500);
    expect(ttlOf(await ask('example.com'))).toBe(60);
    expect(asked).toHaveLength(2);
  });

  it('asks apart for signatures, and not at all again for what is being asked', async () => {
    await Promise.all(Array.from({ length: 50 }, () => ask('example.com')));
    expect(asked).toHaveLength(1);
    await ask('example.com', { additionals: [{ ...OPTION, flags: 0x8000, flag_do: true }] });
    expect(asked).toHaveLength(2);
    expect(forwarder.sizes).toMatchObject({ open: 0, waiting: 0, kept: 2 });
  });

  it('remembers that a name is not there as long as its SOA says, and without one not at all', async () => {
    reply = () => ({ flags: 0x183, authorities: [SOA] });
    for (const wait of [0, 19_000, 0]) { clock.advance(wait); expect(await ask('no.com')).toMatchObject({ rcode: 'NXDOMAIN' }); }
    expect(asked).toHaveLength(1);
    clock.advance(1000);
    await ask('no.com');
    expect(asked).toHaveLength(2);
    reply = () => ({ flags: 0x183 });
    await ask('none.com');
    await ask('none.com');
    expect(asked).toHaveLength(4);
  });

  it('gives old answers while resolvers are gone, at once after the first failure, and new ones when they are back', async () => {
    await ask('example.com');
    clock.advance(61_000);
    reply = () => 'timeout';
    expect(ttlOf(await ask('example.com'))).toBe(30);
    expect(asked).toHaveLength(2);
    expect(ttlOf(await ask('example.com'))).toBe(30);
    expect(asked).toHaveLength(2);
    expect(await ask('new.com')).toBe('timeout');
    clock.advance(30_000);
    reply = () => ({ flags: 0x182 });
    expect(await ask('example.com')).toMatchObject({ rcode: 'NOERROR', answers: [{ ttl: 30 }] });
    clock.advance(30_000);
    reply = () => ({ answers: [{ type: 'A', name: 'example.com', ttl: 5, data: '192.0.2.2' }] });
    expect(ttlOf(await ask('example.com'))).toBe(5);
    clock.advance(86_400_000 + 6000);
    reply = () => 'timeout';
    expect(await ask('example.com')).toBe('timeout');
  });

  it('gives an old answer while resolvers are slow, and keeps what comes late', async () => {
    await ask('example.com');
    clock.advance(61_000);
    let release = (): void => undefined;
    const late = new Promise<void>((resolve) => { release = resolve; });
    reply = () => late.then(() => 'timeout' as const);
    const waiting = ask('example.com');
    await Promise.resolve();
    clock.advance(1800);
    expect(ttlOf(await waiting)).toBe(30);
    expect(forwarder.sizes).toMatchObject({ open: 1, waiting: 0 });
    release();
    await expect.poll(() => forwarder.sizes.open).toBe(0);
  });

  it('fetches over TCP what does not fit, and asks without EDNS who does not know it', async () => {
    reply = (_, protocol) => (protocol === 'udp' ? { flags: 0x380 } : { answers: [{ type: 'A', name: 'big.com', ttl: 60, data: '192.0.2.9' }] });
    expect(await ask('big.com')).toMatchObject({ flag_tc: false, answers: [{ data: '192.0.2.9' }] });
    expect(asked.map(({ protocol }) => protocol)).toEqual(['udp', 'tcp']);
    reply = ({ additionals = [] }) => (additionals.length > 0 ? { flags: 0x181 } : { answers: [{ type: 'A', name: 'old.com', ttl: 60, data: '192.0.2.8' }] });
    expect(await ask('old.com')).toMatchObject({ rcode: 'NOERROR', answers: [{ data: '192.0.2.8' }] });
  });

  it('passes on what resolvers cannot do, and keeps none of it', async () => {
    reply = () => ({ flags: 0x182 });
    expect(await ask('broken.com')).toMatchObject({ rcode: 'SERVFAIL', id: 7 });
    expect(forwarder.sizes.kept).toBe(0);
  });

  it('holds no more answers, bytes and waiting clients than it may', async () => {
    forwarder = make({ cache: { entries: 10, bytes: 1 << 20 }, mostWaiting: 3 });
    for (let i = 0; i < 30; i++) await ask(`n${i}.com`);
    expect(forwarder.sizes.kept).toBe(10);
    expect(asked).toHaveLength(30);
    await ask('n29.com');
    expect(asked).toHaveLength(30);
    expect((await Promise.all([1, 2, 3, 4].map((i) => ask(`w${i}.com`)))).filter((answer) => answer === 'overload')).toHaveLength(1);
    forwarder = make({ cache: { entries: 1000, bytes: 5000 } });
    for (let i = 0; i < 100; i++) await ask(`n${i}.com`);
    expect(forwarder.sizes.bytes).toBeLessThanOrEqual(5000);
    expect(forwarder.sizes.kept).toBeGreaterThan(3);
  });
});
