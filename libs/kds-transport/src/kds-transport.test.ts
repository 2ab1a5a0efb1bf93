import { status, type ServiceError } from '@grpc/grpc-js';
import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import { ZoneHealthCheckRequestSchema, ZoneHealthCheckResponseSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { decodeSyncRequest, decodeSyncResponse, encodeSyncRequest, encodeSyncResponse, SyncReceiver, SyncSender, type ReceiverEffect, type SyncItem } from '@weft/kds-core';
import { startSecureServer, type SecureServer, type ServerCertificate } from '@weft/grpc-transport';
import { selfSignedCertificate } from '@weft/grpc-transport/testing';
import { Sensitive } from '@weft/kernel';
import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { askForHeartbeats, isHeartbeat, KDS_MESSAGE_LIMIT, kdsServices, onHeartbeatsAsked, openKdsLink, sendHeartbeat, type KdsHandlers, type KdsLink, type KdsServerStream, type ZoneCall } from './index.ts';

const CALL: ZoneCall = { zone: 'zone-1', features: new Set(['zone-ping-health', 'hash-suffix']), version: '2.14.3' };
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(handlers: Partial<KdsHandlers>, { host = '127.0.0.1', certificate }: { readonly host?: string; readonly certificate?: ServerCertificate } = {}): Promise<SecureServer> {
  const unused = (_: ZoneCall, stream: KdsServerStream): void => void stream.end();
  const server = await startSecureServer({
    host, port: 0, certificate: certificate ?? await selfSignedCertificate(), http: (_, response) => response.end(), limits: { maxMessageBytes: KDS_MESSAGE_LIMIT },
    services: kdsServices({ globalToZone: unused, zoneToGlobal: unused, configDumps: unused, stats: unused, clusters: unused, healthCheck: async () => new Uint8Array(), ...handlers }),
  });
  closing.push(() => server.close());
  return server;
}

function link(server: SecureServer, call: ZoneCall = CALL): KdsLink {
  const opened = openKdsLink({ address: `localhost:${server.port}`, call, tls: { skipVerify: true } });
  closing.push(() => opened.close());
  return opened;
}

/** Sends one compressed message by hand, as stock zones do, and gives the status of the call. */
async function sendCompressed(server: SecureServer, message: Uint8Array): Promise<{ readonly status: number; readonly answered: boolean }> {
  const session = connect(`https://localhost:${server.port}`, { rejectUnauthorized: false });
  closing.push(() => session.destroy());
  const stream = session.request({ ':method': 'POST', ':path': '/kuma.mesh.v1alpha1.GlobalKDSService/StreamStats', 'content-type': 'application/grpc', te: 'trailers', 'grpc-encoding': 'gzip', 'client-id': 'zone-1' });
  const packed = gzipSync(message);
  const head = Buffer.alloc(5);
  head.writeUInt8(1);
  head.writeUInt32BE(packed.length, 1);
  stream.end(Buffer.concat([head, packed]));
  let answered = false;
  stream.on('data', () => (answered = true)).resume();
  return new Promise((resolve, reject) => {
    const settle = (headers: IncomingHttpHeaders): void => {
      if (headers['grpc-status'] !== undefined) resolve({ status: Number(headers['grpc-status']), answered });
    };
    stream.on('response', settle).on('trailers', settle).on('error', reject);
  });
}

const echo: Partial<KdsHandlers> = {
  stats: (_, stream) => {
    stream.on('data', (bytes: Uint8Array) => stream.write(bytes));
    stream.on('end', () => stream.end());
  },
};

describe('calls of a zone', () => {
  it('say who calls, and get their answers', async () => {
    const seen: ZoneCall[] = [];
    const healthCheck = async (call: ZoneCall): Promise<Uint8Array> => {
      seen.push(call);
      return toBinary(ZoneHealthCheckResponseSchema, create(ZoneHealthCheckResponseSchema, { interval: { seconds: 7n } }));
    };
    const zone = link(await start({ ...echo, healthCheck }), { ...CALL, token: new Sensitive('secret') });
    const answer = await zone.healthCheck(toBinary(ZoneHealthCheckRequestSchema, create(ZoneHealthCheckRequestSchema)), 20_000);
    expect(fromBinary(ZoneHealthCheckResponseSchema, answer).interval?.seconds).toBe(7n);
    expect(seen.map(({ zone: name, features, version, token }) => [name, [...features], version, token?.reveal()])).toEqual([['zone-1', ['zone-ping-health', 'hash-suffix'], '2.14.3', 'secret']]);
    const stream = zone.open('stats');
    const sent = Buffer.alloc(1_000_000, 'abcd');
    stream.write(sent);
    const [echoed] = (await once(stream, 'data')) as [Uint8Array];
    expect(sent.equals(echoed)).toBe(true);
    stream.on('error', () => undefined).cancel();
  });

  it('may come compressed; what grows beyond the limit when it is unpacked ends its call, and no other', async () => {
    const server = await start(echo);
    const other = link(server).open('stats');
    other.write(Buffer.from('a'));
    await once(other, 'data');
    expect(await sendCompressed(server, Buffer.alloc(1_000_000))).toEqual({ status: status.OK, answered: true });
    expect(await sendCompressed(server, Buffer.alloc(KDS_MESSAGE_LIMIT + 1))).toEqual({ status: status.RESOURCE_EXHAUSTED, answered: false });
    other.write(Buffer.from('b'));
    const [again] = (await once(other, 'data')) as [Uint8Array];
    expect(Buffer.from(again).toString()).toBe('b');
    other.on('error', () => undefined).cancel();
  });

  it('of our own leave compressed', async () => {
    const listener = createServer();
    closing.push(() => void listener.close());
    const received = new Promise<{ readonly encoding: unknown; readonly body: Buffer }>((resolve) => {
      listener.on('stream', (stream, headers) => stream.on('data', (body: Buffer) => resolve({ encoding: headers['grpc-encoding'], body })));
    });
    await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
    const zone = openKdsLink({ address: `127.0.0.1:${(listener.address() as AddressInfo).port}`, call: CALL, tls: 'plain' });
    const stream = zone.open('stats');
    stream.on('error', () => undefined).write(Buffer.from('hello'));
    const { encoding, body } = await received;
    expect([encoding, body[0], gunzipSync(body.subarray(5)).toString()]).toEqual(['gzip', 1, 'hello']);
    stream.cancel();
    zone.close();
  });

  it('of our own leave as they are where they have no bytes', async () => {
    const listener = createServer();
    closing.push(() => void listener.close());
    const received = new Promise<Buffer>((resolve) => {
      listener.on('stream', (stream) => stream.on('data', resolve));
    });
    await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
    const zone = openKdsLink({ address: `127.0.0.1:${(listener.address() as AddressInfo).port}`, call: CALL, tls: 'plain' });
    const stream = zone.open('globalToZone');
    sendHeartbeat(stream.on('error', () => undefined));
    expect([...(await received)]).toEqual([0, 0, 0, 0, 0]);
    stream.cancel();
    zone.close();
  });

  it('that name no zone are refused, in the recorded words', async () => {
    const server = await start({ globalToZone: () => { throw new Error('not reached'); } });
    const nobody = link(server, { ...CALL, zone: '' });
    const [error] = (await once(nobody.open('globalToZone'), 'error', { signal: AbortSignal.timeout(20_000) }).catch((caught: unknown) => [caught])) as [ServiceError];
    expect(error).toMatchObject({ code: status.UNKNOWN, details: '"client-id" is not present in metadata' });
    await expect(nobody.healthCheck(new Uint8Array(), 20_000)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('heartbeats', () => {
  it('are asked for on a stream, and are told from requests; where nobody asks, none are sent', async () => {
    const heard: boolean[] = [];
    const server = await start({
      globalToZone: (_, stream) => {
        stream.on('data', (bytes: Uint8Array) => heard.push(isHeartbeat(bytes)));
        askForHeartbeats(stream, 250);
      },
      ...echo,
    });
    const zone = link(server);
    const asked: number[] = [];
    const stock = zone.open('stats');
    onHeartbeatsAsked(stock, () => asked.push(0));
    stock.write(Buffer.from('a'));
    await once(stock, 'data');
    const stream = zone.open('globalToZone');
    onHeartbeatsAsked(stream, (everyMs) => {
      asked.push(everyMs);
      stream.write(encodeSyncRequest({ type: 'Mesh', subscribe: true, initialVersions: new Map(), nonce: '' }));
      sendHeartbeat(stream);
    });
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual([false, true]);
    expect(asked).toEqual([250]);
    for (const one of [stock, stream]) one.on('error', () => undefined).cancel();
  });
});

describe('a zone and its global control plane', () => {
  it('come into step over a compressed stream, and stay so when something changes', async () => {
    const item = (name: string, version: string): SyncItem => ({ name, version, body: Buffer.from(`${name}@${version}`) });
    const state = new Map([['Mesh', new Map([['default.', item('default.', '1')]])], ['MeshTimeout', new Map<string, SyncItem>()]]);
    let change = (_: string, __: string): void => undefined;
    const server = await start({
      globalToZone: (_, stream) => {
        const sender = new SyncSender({ names: (type) => state.get(type)?.keys(), item: (type, name) => state.get(type)?.get(name) }, { sender: 'global', nackBackoffMs: 5000, maxResponseBytes: KDS_MESSAGE_LIMIT, weftPeer: false });
        const perform = (effects: ReturnType<SyncSender['handle']>): void => {
          for (const effect of effects) if (effect.kind === 'send') stream.write(encodeSyncResponse(effect.response));
        };
        change = (type, name) => perform(sender.handle({ kind: 'changed', type, names: [name] }));
        stream.on('data', (bytes: Uint8Array) => {
          const request = decodeSyncRequest(bytes);
          if (request.ok) perform(sender.handle({ kind: 'request', request: request.value }));
        });
      },
    });
    const kept = new Map<string, string>();
    const stream = link(server).open('globalToZone');
    const receiver = new SyncReceiver({ types: ['Mesh', 'MeshTimeout', 'Unknown'], node: { id: 'zone-1', metadata: { features: ['hash-suffix'] } }, peer: 'stock', held: () => new Map() });
    const perform = (effects: readonly ReceiverEffect[]): void => effects.forEach((effect) => {
      if (effect.kind === 'send') return void stream.write(encodeSyncRequest(effect.request));
      for (const one of effect.items) kept.set(`${effect.type} ${one.name}`, one.version);
      for (const name of effect.removed) kept.delete(`${effect.type} ${name}`);
      perform(receiver.handle({ kind: 'applied', type: effect.type, nonce: effect.nonce }));
    });
    stream.on('data', (bytes: Uint8Array) => {
      const response = decodeSyncResponse(bytes);
      if (response.ok) perform(receiver.handle({ kind: 'response', response: response.value }));
    });
    perform(receiver.handle({ kind: 'opened' }));
    await expect.poll(() => receiver.outstanding()).toEqual([]);
    expect([...kept]).toEqual([['Mesh default.', '1']]);
    state.get('MeshTimeout')?.set('t.default', item('t.default', '1'));
    change('MeshTimeout', 't.default');
    state.get('Mesh')?.delete('default.');
    change('Mesh', 'default.');
    await expect.poll(() => [...kept]).toEqual([['MeshTimeout t.default', '1']]);
    stream.on('error', () => undefined).cancel();
  });
});

describe('a global control plane by its address', () => {
  it.each([['127.0.0.1', true], ['127.0.0.2', false]])('%s: whether its certificate names it decides', async (host, named) => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    closing.push(() => void process.off('warning', warned));
    const certificate = await selfSignedCertificate();
    const server = await start({}, { host, certificate });
    const zone = openKdsLink({ address: `${host}:${server.port}`, call: CALL, tls: { caPem: certificate.certificatePem } });
    closing.push(() => zone.close());
    const answer = zone.healthCheck(new Uint8Array(), 10_000);
    if (named) await expect(answer).resolves.toHaveLength(0);
    else await expect(answer).rejects.toThrow(/does not match|altnames/i);
    expect(warnings).toEqual([]);
  });
});
