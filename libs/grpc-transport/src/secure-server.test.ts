import { credentials, Client, type ClientDuplexStream, type ServerDuplexStream } from '@grpc/grpc-js';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ERROR_CODES, MeshError, type ErrorCode } from '@weft/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { fromStatus, rawStreams, startSecureServer, STATUS_BY_CODE, toStatus, type SecureServer, type ServerLimits } from './index.ts';
import { selfSignedCertificate } from './testing.ts';

const ECHO = rawStreams('test.Echo', ['Echo']);
const running: SecureServer[] = [];

async function start(limits: Partial<ServerLimits> = {}): Promise<SecureServer> {
  const server = await startSecureServer({
    host: '127.0.0.1', port: 0, certificate: await selfSignedCertificate(), limits,
    http: (incoming, response) => response.end(`http ${incoming.method ?? ''} ${incoming.url ?? ''}`),
    services: [{ definition: ECHO, implementation: { Echo: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => { call.on('data', (bytes: Uint8Array) => call.write(bytes)); call.on('end', () => call.end()); } } }],
  });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});


async function echo(server: SecureServer, text: string): Promise<string> {
  const client = new Client(`localhost:${server.port}`, credentials.createSsl(null, null, null, { rejectUnauthorized: false, checkServerIdentity: () => undefined }));
  const method = ECHO['Echo']!;
  const call = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize) as ClientDuplexStream<Uint8Array, Uint8Array>;
  call.write(Buffer.from(text));
  const [answer] = (await once(call, 'data')) as [Uint8Array];
  call.on('error', () => undefined).end();
  client.close();
  return Buffer.from(answer).toString();
}

async function get(server: SecureServer, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, rejectUnauthorized: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => resolve(body));
    }).on('error', reject).end();
  });
}

function greeting(server: SecureServer, text: string): Socket {
  const socket = connectTcp(server.port, '127.0.0.1');
  socket.write(text);
  return socket;
}

async function open(server: SecureServer, protocols: string[]): Promise<TLSSocket> {
  const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: protocols });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

describe('a secure server', () => {
  it('serves gRPC and HTTP on one port', async () => {
    const server = await start();
    expect(await echo(server, 'hello')).toBe('hello');
    expect(await get(server, '/bootstrap')).toBe('http GET /bootstrap');
  });

  it('gives new connections a replaced certificate and keeps the open ones', async () => {
    const server = await start();
    const before = await open(server, ['http/1.1']);
    server.replaceCertificate(await selfSignedCertificate('renewed'));
    const after = await open(server, ['http/1.1']);
    expect(before.getPeerCertificate().subject.CN).toBe('localhost');
    expect(after.getPeerCertificate().subject.CN).toBe('renewed');
    expect(before.destroyed).toBe(false);
    before.destroy();
    after.destroy();
  });

  it.each([
    ['plain garbage', (server: SecureServer) => greeting(server, 'GET / HTTP/1.1\r\n\r\n')],
    ['a client that never starts its handshake', (server: SecureServer) => connectTcp(server.port, '127.0.0.1')],
  ])('closes on %s, and serves on', async (_name, connect) => {
    const server = await start({ handshakeMs: 200 });
    const socket = connect(server);
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    expect(await get(server, '/')).toBe('http GET /');
  });

  it('closes on HTTP headers that never end', async () => {
    const server = await start({ headersMs: 200, requestMs: 400 });
    const socket = await open(server, ['http/1.1']);
    socket.write('POST /bootstrap HTTP/1.1\r\nHost: x\r\n');
    socket.resume();
    await once(socket, 'close');
    expect(await echo(server, 'still there')).toBe('still there');
  });

  it('closes on garbage after h2 was negotiated', async () => {
    const server = await start();
    const socket = await open(server, ['h2']);
    socket.write('this is no HTTP/2 preface, and it never will be one');
    socket.resume();
    await once(socket, 'close');
    expect(await echo(server, 'still there')).toBe('still there');
  });

  it('closes an h2 connection whose peer does not answer pings', async () => {
    const server = await start({ keepaliveMs: 100, keepaliveTimeoutMs: 100 });
    const socket = await open(server, ['h2']);
    socket.resume();
    await once(socket, 'close');
  });

  it('refuses connections beyond its limit', async () => {
    const server = await start({ maxConnections: 1 });
    const first = await open(server, ['http/1.1']);
    const second = connectTcp(server.port, '127.0.0.1');
    second.on('error', () => undefined);
    second.resume();
    await once(second, 'close');
    expect(first.destroyed).toBe(false);
    first.destroy();
  });
});

describe('status codes', () => {
  it('know every error code and come back as what they mean to a client', () => {
    expect(Object.keys(STATUS_BY_CODE).sort()).toEqual(Object.keys(ERROR_CODES).sort());
    for (const code of ['store/not-found', 'auth/denied', 'request/invalid', 'bus/deadline'] as ErrorCode[]) {
      const { code: status, details } = toStatus(new MeshError(code, 'why'));
      expect(fromStatus(status, details)).toMatchObject({ code, message: 'why' });
    }
  });
});
